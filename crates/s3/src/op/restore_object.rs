//! RestoreObject: every class is kept at hand, so nothing can be restored; answered as AWS does for a class that is no archive.

use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::xml::request::restore;

use super::changed;
use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::HttpResponse;

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    context.check_bucket().await?;
    restore::parse(&document)?;
    changed::find(context).await?;
    Err(S3Error::restore_not_allowed())
}
