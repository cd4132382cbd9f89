//! DeleteBucketOwnershipControls: 204, whether there were any or not.

use drystone_store::bucket::DocumentKind;
use drystone_wire::S3Error;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    context.set_document(DocumentKind::OwnershipControls, None).await?;
    Ok(respond::empty(204))
}
