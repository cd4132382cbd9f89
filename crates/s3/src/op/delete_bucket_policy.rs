//! DeleteBucketPolicy: 204, whether there was one or not.

use drystone_store::bucket::DocumentKind;
use drystone_wire::S3Error;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    context.set_document(DocumentKind::Policy, None).await?;
    Ok(respond::empty(204))
}
