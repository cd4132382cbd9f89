//! DeleteObjects: up to 1,000 keys, each with its own outcome.

use drystone_store::StoreError;
use drystone_store::object::delete::{DeleteCondition, DeleteRequest};
use drystone_types::{ETag, Key, WhichVersion, limits};
use drystone_wire::S3Error;
use drystone_wire::headers::bypass_governance_retention;
use drystone_wire::xml::request::delete::{self, ObjectIdentifier};
use drystone_wire::xml::response::delete::{DeleteFailure, DeleteResult, DeletedObject};
use futures_util::{StreamExt as _, stream};

use crate::body::RequestBody;
use crate::context::Context;
use crate::notification::Teller;
use crate::respond::{self, HttpResponse};

/// Deletes under way at one time: they share group commits.
const AT_ONCE: usize = 64;

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read_vouched(context, body, limits::XML_DELETE_OBJECTS_MAX_BYTES).await?;
    let bucket = context.bucket_record().await?;
    let teller = context.teller(&bucket);
    let request = delete::parse(&document)?;
    // unlike DeleteObject, not refused without object lock: clients that empty buckets of any kind always send it
    bypass_governance_retention(context.headers)?;
    let is_quiet = request.quiet;
    let mut result = DeleteResult { deleted: Vec::new(), errors: Vec::new() };
    let mut outcomes =
        stream::iter(request.objects).map(|object| delete_one(context, &teller, object)).buffered(AT_ONCE);
    while let Some(outcome) = outcomes.next().await {
        match outcome {
            Ok(deleted) if !is_quiet => result.deleted.push(deleted),
            Ok(_) => {}
            Err(failure) => result.errors.push(failure),
        }
    }
    Ok(respond::xml(200, result.to_xml()))
}

async fn delete_one(
    context: &Context<'_>,
    teller: &Teller,
    object: ObjectIdentifier,
) -> Result<DeletedObject, DeleteFailure> {
    let ObjectIdentifier { key, version_id, etag } = object;
    let outcome = async {
        let name = Key::parse(&key).map_err(|_| S3Error::key_too_long(key.len()))?;
        let no_version = || S3Error::no_such_version(&key, version_id.as_deref().unwrap_or_default());
        let which = match version_id.as_deref().map(WhichVersion::parse) {
            Some(None) => return Err(no_version()),
            which => which.flatten(),
        };
        let condition = match etag.as_deref() {
            None => DeleteCondition::None,
            Some(etag) => DeleteCondition::IfMatch(ETag::parse(etag)),
        };
        context.require_delete(&name, version_id.as_deref(), etag.is_some()).await?;
        let request = DeleteRequest {
            event: teller.seed("s3:ObjectRemoved:Delete", &name),
            marker_event: teller.seed("s3:ObjectRemoved:DeleteMarkerCreated", &name),
            which,
            condition,
            bypass_governance: context.bypasses_governance(&name, None),
            ..DeleteRequest::of(context.bucket().clone(), name, context.account().clone())
        };
        context.store.delete_object(request).await.map_err(|error| match error {
            StoreError::InvalidVersion => no_version(),
            StoreError::NoSuchKey => S3Error::no_such_key(&key),
            other => context.refusal(other),
        })
    };
    match outcome.await {
        Ok(deleted) => {
            let marker = deleted.version.filter(|_| deleted.delete_marker);
            Ok(DeletedObject { key, version_id, delete_marker: marker.map(|version| version.to_string()) })
        }
        Err(error) => Err(DeleteFailure { key, version_id, error }),
    }
}
