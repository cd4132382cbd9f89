//! DeleteBucketTagging: a bucket without tags; 204 also when it had none.

use drystone_store::bucket::{BucketChange, DocumentKind};
use drystone_wire::S3Error;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let change = BucketChange::Document(DocumentKind::Tagging, None);
    context.store.change_bucket(context.bucket(), change).await.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(204))
}
