//! What a write sets on its object, from the headers of the request: PutObject, CopyObject, CreateMultipartUpload.

use drystone_types::ObjectProperties;
use drystone_wire::S3Error;
use drystone_wire::headers::{object_headers, object_lock, tagging};

use crate::context::Context;

/// The properties that the request asks for. The store adds the bucket's default retention.
pub(crate) fn sent(context: &Context<'_>) -> Result<ObjectProperties, S3Error> {
    Ok(ObjectProperties {
        headers: object_headers(context.headers)?,
        tags: tagging(context.headers)?,
        lock: object_lock(context.headers, context.store.now())?,
        ..context.new_properties()
    })
}
