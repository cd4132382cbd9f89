//! PutPublicAccessBlock: holds from the next request on, also for ACLs and policies that are there already.

use drystone_store::bucket::DocumentKind;
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::xml::request::public_access_block;
use drystone_wire::xml::response::public_access_block::public_access_block as document_of;

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    let block = public_access_block::parse(&document)?;
    context.set_document(DocumentKind::PublicAccessBlock, Some(document_of(&block))).await?;
    Ok(respond::empty(200))
}
