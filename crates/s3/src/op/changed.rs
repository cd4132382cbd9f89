//! What the actions on a version in place share: tags, retention, legal hold.

use drystone_store::bucket::BucketRecord;
use drystone_store::object::change::{ObjectChange, ObjectRecord};
use drystone_types::Versioning;
use drystone_wire::S3Error;
use std::sync::Arc;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

/// The bucket, and the version that the request means.
pub(crate) async fn find(context: &Context<'_>) -> Result<(Arc<BucketRecord>, ObjectRecord), S3Error> {
    let bucket = context.bucket_record().await?;
    let found = context.store.head_object(context.bucket(), context.key(), context.route.version).await;
    Ok((bucket, found.map_err(|error| context.refusal(error))?))
}

/// As [`find`], in a bucket that has object lock.
pub(crate) async fn find_lockable(context: &Context<'_>) -> Result<ObjectRecord, S3Error> {
    let (bucket, record) = find(context).await?;
    if bucket.object_lock.is_none() {
        return Err(S3Error::lock_needs_configuration());
    }
    Ok(record)
}

/// Changes the version that the request means.
pub(crate) async fn change(context: &Context<'_>, change: ObjectChange) -> Result<ObjectRecord, S3Error> {
    let (bucket, key) = (context.bucket(), context.key());
    let event = match event_name(context.route.operation.name()) {
        Some(name) => context.event(name).await?,
        None => None,
    };
    let changed = context.store.change_object(bucket, key, context.route.version, change, event).await;
    changed.map_err(|error| context.refusal(error))
}

/// S3 has no events for locks.
fn event_name(action: &str) -> Option<&'static str> {
    match action {
        "PutObjectTagging" => Some("s3:ObjectTagging:Put"),
        "DeleteObjectTagging" => Some("s3:ObjectTagging:Delete"),
        "PutObjectAcl" => Some("s3:ObjectAcl:Put"),
        _ => None,
    }
}

/// x-amz-version-id, where the bucket has or had versions.
pub(crate) fn set_version(response: &mut HttpResponse, bucket: &BucketRecord, record: &ObjectRecord) {
    let shown = bucket.versioning != Versioning::Unversioned;
    respond::set_version(response, shown.then_some(record.version));
}
