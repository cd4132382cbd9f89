//! The source of a copy: named in a header, found, and its conditions judged.

use drystone_store::StoreError;
use drystone_store::object::get::FoundObject;
use drystone_wire::S3Error;
use drystone_wire::headers::{CopyConditions, CopySource, copy_source};

use crate::dispatch::Context;

/// Finds the source (b65-b72).
pub(crate) async fn find(context: &Context<'_>) -> Result<(CopySource, FoundObject), S3Error> {
    let source = copy_source(context.headers)?;
    let object =
        context.store.find_object(&source.bucket, &source.key, None).await.map_err(|error| match error {
            StoreError::NoSuchBucket => S3Error::no_such_bucket(source.bucket.as_str()),
            StoreError::NoSuchKey | StoreError::DeleteMarker { .. } => {
                S3Error::no_such_key(source.key.as_str())
            }
            other => context.refusal(other),
        })?;
    let record = &object.record;
    CopyConditions::parse(context.headers).judge(&record.etag, record.last_modified, context.store.now())?;
    Ok((source, object))
}
