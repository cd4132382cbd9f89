//! DeleteObject: 204, whether it was there or not. What versioning makes of it is told in headers.

use drystone_store::object::delete::{DeleteCondition, DeleteRequest, Deleted};
use drystone_types::WhichVersion;
use drystone_wire::S3Error;
use drystone_wire::headers::{DeletePrecondition, bypass_governance_retention, delete_precondition};

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let which = context.route.version;
    let condition = match delete_precondition(context.headers, which.is_some())? {
        DeletePrecondition::None => DeleteCondition::None,
        DeletePrecondition::IfMatch(etag) => DeleteCondition::IfMatch(etag),
        DeletePrecondition::Exists => DeleteCondition::Exists,
    };
    bypass_governance_retention(context.headers)?; // where there is no lock it bypasses nothing
    let (bucket, key) = (context.bucket().clone(), context.key().clone());
    let request = DeleteRequest {
        event: context.event("s3:ObjectRemoved:Delete").await?,
        marker_event: context.event("s3:ObjectRemoved:DeleteMarkerCreated").await?,
        which,
        condition,
        bypass_governance: context.bypasses_governance(context.key(), None),
        ..DeleteRequest::of(bucket, key, context.account().clone())
    };
    let deleted = context.store.delete_object(request).await.map_err(|error| context.refusal(error))?;
    let mut response = respond::empty(204);
    if deleted.delete_marker {
        respond::set(&mut response, "x-amz-delete-marker", "true");
    }
    let sent = context.query.get("versionId");
    if let Some(version_id) = shown_version(which, sent, deleted) {
        respond::set(&mut response, "x-amz-version-id", &version_id);
    }
    Ok(response)
}

/// The version made or deleted; also one named by its id that was gone already, as it was sent.
fn shown_version(which: Option<WhichVersion>, sent: Option<&str>, deleted: Deleted) -> Option<String> {
    match (deleted.version, which) {
        (Some(version), _) => Some(version.to_string()),
        (None, Some(WhichVersion::Id(_))) => sent.map(str::to_owned),
        (None, _) => None,
    }
}
