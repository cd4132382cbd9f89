//! GetBucketOwnershipControls: who owns what others write.

use drystone_store::bucket::DocumentKind;
use drystone_wire::S3Error;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let document = context.document(DocumentKind::OwnershipControls).await?;
    let document = document.ok_or_else(|| S3Error::no_ownership_controls(context.bucket().as_str()))?;
    Ok(respond::xml(200, document))
}
