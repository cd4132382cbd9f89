//! PutObjectTagging: all tags of a version, at once and in place.

use drystone_store::object::change::ObjectChange;
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::tag_rules::Tagged;
use drystone_wire::xml::request::tagging;

use super::changed;
use crate::authorise::Sent;
use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    let bucket = context.bucket_record().await?;
    let tags = tagging::parse(&document, Tagged::Object)?;
    context.require_with_body(Sent::Tags(&tags)).await?;
    let record = changed::change(context, ObjectChange::Tags(tags)).await?;
    let mut response = respond::empty(200);
    changed::set_version(&mut response, &bucket, &record);
    Ok(response)
}
