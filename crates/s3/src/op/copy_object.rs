//! CopyObject: a new single-part object from one that is here (b188).

use drystone_store::bucket::DocumentKind;
use drystone_store::object::copy::CopyRequest;
use drystone_types::{ObjectProperties, Timestamp, Versioning};
use drystone_wire::S3Error;
use drystone_wire::headers::checksum_algorithm;
use drystone_wire::headers::requested_sse;
use drystone_wire::headers::write_precondition;
use drystone_wire::headers::{MetadataDirective, metadata_directive};
use drystone_wire::headers::{TaggingDirective, tagging_directive};
use drystone_wire::xml::response::copy::CopyObjectResult;

use super::keepalive;
use crate::context::Context;
use crate::encryption;
use crate::respond::HttpResponse;

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let directive = metadata_directive(context.headers)?;
    let precondition = write_precondition(context.headers)?;
    let checksum = checksum_algorithm(context.headers)?;
    let tagging = tagging_directive(context.headers)?;
    let sent = super::object_properties::sent(context)?;
    let target = context.bucket_record().await?;
    let encryption = context.encryption_in(&target)?;
    let source = super::source::find(context).await?;
    let early = source.version_header();
    let is_itself = source.is(context.bucket(), context.key());
    let object = source.object;
    let changes_class = context.headers.contains_key("x-amz-storage-class");
    // a default encryption that the bucket was given counts as a change, as on S3
    let has_default = target.documents.contains_key(&DocumentKind::Encryption);
    let changes_encryption = has_default || requested_sse(context.headers)?.is_some();
    let redirects = sent.headers.website_redirect_location.is_some();
    let headers = match directive {
        MetadataDirective::Replace => sent.headers,
        MetadataDirective::Copy
            if is_itself && !changes_class && !changes_encryption && !redirects && checksum.is_none() =>
        {
            return Err(S3Error::copy_onto_itself());
        }
        MetadataDirective::Copy => {
            let mut headers = object.record.properties.headers.clone();
            headers.storage_class = sent.headers.storage_class;
            headers.website_redirect_location = sent.headers.website_redirect_location;
            headers
        }
    };
    let (bucket, key) = (context.bucket().clone(), context.key().clone());
    let tags = match tagging {
        TaggingDirective::Copy => {
            context.require_copying_tags(&object.record.properties)?;
            object.record.properties.tags.clone()
        }
        TaggingDirective::Replace => sent.tags,
    };
    let properties = ObjectProperties { headers, tags, ..sent };
    let event = context.teller(&target).seed("s3:ObjectCreated:Copy", &key);
    let copy = CopyRequest { bucket, key, properties, encryption, checksum, precondition, event };
    let store = std::sync::Arc::clone(context.store);
    let copied = async move { store.copy_object(object, copy).await };
    let (store, key) = (std::sync::Arc::clone(context.store), context.key().clone());
    keepalive::answer(context, early, copied, move |record| {
        let expiration = store.expiration_of(&target, &key, &record);
        let sse = record.properties.sse();
        let result = CopyObjectResult {
            etag: record.etag,
            last_modified: Timestamp::from_seconds(record.last_modified.seconds()),
            checksum: record.checksum,
        };
        // unlike PutObject, a copy that becomes the null version of a suspended bucket says so
        let shown = target.versioning != Versioning::Unversioned;
        let version = shown.then(|| ("x-amz-version-id", record.version.to_string()));
        let expiration = expiration.as_ref().map(super::expiration::header);
        (result, version.into_iter().chain(expiration).chain(encryption::shown(sse)).collect())
    })
    .await
}
