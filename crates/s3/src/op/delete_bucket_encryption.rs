//! DeleteBucketEncryption: back to the default that every bucket has.

use drystone_store::bucket::{BucketChange, DocumentKind};
use drystone_wire::S3Error;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let change = BucketChange::Document(DocumentKind::Encryption, None);
    let changed = context.store.change_bucket(context.bucket(), change).await;
    changed.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(204))
}
