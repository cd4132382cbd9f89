//! Answers: the one place where outcomes become S3 errors and HTTP responses.

use base64::Engine as _;
use bytes::Bytes;
use drystone_store::StoreError;
use drystone_store::error::CompleteError;
use drystone_store::object::get::ObjectBytes;
use drystone_types::precondition::PreconditionFailure;
use drystone_types::{Checksum, ETag, ObjectChecksum, Version, limits};
use drystone_wire::xml::response::error::{error_document, error_fragment};
use drystone_wire::{ErrorCode, S3Error};
use futures_util::StreamExt as _;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::StatusCode;
use hyper::body::Frame;
use tracing::{error, warn};

use crate::body::error_of;

/// Why an answer's body broke off.
pub type BodyFailure = Box<dyn std::error::Error + Send + Sync>;
/// The body of an answer.
pub type ResponseBody = BoxBody<Bytes, BodyFailure>;
/// An answer.
pub type HttpResponse = hyper::Response<ResponseBody>;

/// The names that a request used, for the elements of its error.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Upload id, as sent.
    pub upload_id: String,
    /// Version id, as sent.
    pub version_id: String,
}

/// An empty answer.
pub fn empty(status: u16) -> HttpResponse {
    with_body(status, Bytes::new())
}

/// An answer with a body at hand.
pub fn with_body(status: u16, body: impl Into<Bytes>) -> HttpResponse {
    let body = Full::new(body.into()).map_err(|never| match never {}).boxed();
    let mut response = hyper::Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).expect("a status of ours");
    response
}

/// A document.
pub fn xml(status: u16, document: String) -> HttpResponse {
    let mut response = with_body(status, document);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// An answer whose `len` bytes are read as they are sent. When reading fails the connection breaks: never a short success.
pub fn stream(status: u16, len: u64, bytes: ObjectBytes) -> HttpResponse {
    let frames = bytes.map(|frame| match frame {
        Ok(data) => Ok(Frame::data(data)),
        Err(cause) => {
            error!(
                error = &cause as &dyn std::error::Error,
                "reading an object failed after its answer began"
            );
            Err(Box::new(cause) as BodyFailure)
        }
    });
    // BodyExt::boxed asks for Sync, which a boxed stream is not: frames pass through a lock that nobody contends for.
    let mut response = hyper::Response::new(BodyExt::boxed(StreamBody::new(SyncStream::new(frames))));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status of ours");
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(len));
    response
}

/// A stream that is Sync because only `&mut self` reaches it.
pub struct SyncStream<S>(std::sync::Mutex<S>);

impl<S> SyncStream<S> {
    /// Wraps `stream`.
    pub fn new(stream: S) -> Self {
        Self(std::sync::Mutex::new(stream))
    }
}

impl<S: futures_core::Stream + Unpin> futures_core::Stream for SyncStream<S> {
    type Item = S::Item;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        let stream = self.0.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::pin::Pin::new(stream).poll_next(cx)
    }
}

/// Sets a header; a value that no header can carry is left out.
pub fn set(response: &mut HttpResponse, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

/// Sets the ETag header.
pub fn set_etag(response: &mut HttpResponse, etag: &ETag) {
    response.headers_mut().insert(ETAG, HeaderValue::from_str(&etag.quoted()).expect("hexadecimal"));
}

/// Sets the checksum header of a part.
pub fn set_part_checksum(response: &mut HttpResponse, checksum: &Checksum) {
    set(response, checksum.algorithm().header(), &checksum.to_base64());
}

/// Sets the checksum headers of an object.
pub fn set_object_checksum(response: &mut HttpResponse, checksum: &ObjectChecksum) {
    set(response, checksum.checksum.algorithm().header(), &checksum.text());
    set(response, "x-amz-checksum-type", checksum.kind.name());
}

/// x-amz-version-id of a version just written: the null version has none (b192).
pub fn set_new_version(response: &mut HttpResponse, version: Version) {
    set_version(response, Some(version).filter(|version| !version.is_null));
}

/// x-amz-version-id of a version that was met.
pub fn set_version(response: &mut HttpResponse, version: Option<Version>) {
    if let Some(version) = version {
        set(response, "x-amz-version-id", &version.to_string());
    }
}

/// The error document; without a body for HEAD (b9).
pub fn error_response(error: &S3Error, is_head: bool, request_id: &str, host_id: &str) -> HttpResponse {
    let status = error.status();
    let mut response = if is_head || status == 304 {
        empty(status)
    } else {
        xml(status, error_document(error, request_id, host_id))
    };
    for (name, value) in &error.headers {
        set(&mut response, name, value);
    }
    response
}

/// The error document inside a 200 that began early (b123).
pub fn error_inside_200(error: &S3Error, request_id: &str, host_id: &str) -> String {
    error_fragment(error, request_id, host_id)
}

/// What a failed rule answers.
pub fn refusal(error: StoreError, names: &Names) -> S3Error {
    let Names { bucket, key, upload_id, version_id } = names;
    match error {
        StoreError::NoSuchBucket => S3Error::no_such_bucket(bucket),
        StoreError::BucketAlreadyExists => S3Error::bucket_already_owned_by_you(bucket),
        StoreError::BucketNotEmpty { versioned: false } => S3Error::bucket_not_empty(bucket),
        StoreError::BucketNotEmpty { versioned: true } => S3Error::versioned_bucket_not_empty(bucket),
        StoreError::NoSuchKey | StoreError::DeleteMarker { .. } => S3Error::no_such_key(key),
        StoreError::InvalidVersion => S3Error::invalid_version_id(version_id),
        StoreError::NoSuchVersion => S3Error::no_such_version(key, version_id),
        StoreError::Locked => S3Error::object_locked(),
        StoreError::NoObjectLock => S3Error::lock_headers_need_configuration(),
        StoreError::QuotaExceeded { quota_bytes } => S3Error::quota_exceeded(bucket, quota_bytes),
        StoreError::InvalidBucketState(why) => S3Error::new(ErrorCode::InvalidBucketState).message(why),
        StoreError::IdentitiesChanged => S3Error::new(ErrorCode::OperationAborted),
        StoreError::NoSuchUpload => S3Error::no_such_upload(upload_id),
        StoreError::NoSuchLifecycleConfiguration => S3Error::no_such_lifecycle(bucket),
        StoreError::Precondition(failure) => precondition(failure, key),
        StoreError::InvalidUploadIdMarker => S3Error::invalid_upload_id_marker(upload_id),
        StoreError::BadContentMd5 { expected, calculated } => {
            // b44, as recorded: in hexadecimal for an object, in base64 for a part
            let expected = if upload_id.is_empty() { hexadecimal(&expected) } else { base64(&expected) };
            S3Error::bad_digest_md5(expected, base64(&calculated))
        }
        StoreError::ChecksumMismatch(algorithm) => S3Error::checksum_mismatch(algorithm),
        StoreError::PartChecksumAlgorithm { expected, actual } => {
            S3Error::checksum_type_mismatch(expected, actual)
        }
        StoreError::EntityTooLarge { proposed, max } => S3Error::entity_too_large(proposed, max),
        StoreError::CopySourceTooLarge => S3Error::copy_source_too_large(),
        StoreError::Complete(error) => complete(error, upload_id),
        StoreError::Encryption(error) => crate::encryption::refusal(&error),
        StoreError::Body(error) => error_in_body(error, names),
        StoreError::IncompleteBody => S3Error::new(ErrorCode::IncompleteBody),
        StoreError::Full => S3Error::new(ErrorCode::InsufficientStorage),
        StoreError::Busy => S3Error::new(ErrorCode::SlowDown),
        internal @ (StoreError::Corrupt(_) | StoreError::SyncFailed(_) | StoreError::Internal { .. }) => {
            error!(error = &internal as &dyn std::error::Error, bucket, key, "request failed");
            S3Error::new(ErrorCode::InternalError)
        }
    }
}

/// A body that ended early: for its carrier's reason, or, where the body is a copied object, for the store's.
fn error_in_body(error: drystone_store::BodyError, names: &Names) -> S3Error {
    match error.0.downcast::<StoreError>() {
        Ok(error) => refusal(*error, names),
        Err(other) => error_of(drystone_store::BodyError(other)),
    }
}

fn precondition(failure: PreconditionFailure, key: &str) -> S3Error {
    match failure {
        PreconditionFailure::Failed(header) => S3Error::precondition_failed(header),
        PreconditionFailure::NoSuchKey => S3Error::no_such_key(key),
        PreconditionFailure::Conflict(header) => S3Error::conditional_conflict(header, key),
    }
}

/// b111-b144.
fn complete(error: CompleteError, upload_id: &str) -> S3Error {
    match error {
        CompleteError::InvalidPartOrder => S3Error::invalid_part_order(upload_id),
        CompleteError::InvalidPart { part_number, etag } => {
            S3Error::invalid_part(upload_id, part_number, &etag)
        }
        CompleteError::EntityTooSmall { proposed, part_number, etag } => {
            S3Error::entity_too_small(proposed, limits::PART_SIZE_MIN_BYTES, part_number, &etag)
        }
        CompleteError::PartChecksumMissing { algorithm, part_number } => {
            S3Error::part_checksum_missing(algorithm, part_number.into())
        }
        CompleteError::PartChecksumOther { algorithm, part_number } => {
            S3Error::part_checksum_other_algorithm(algorithm, part_number.into())
        }
        CompleteError::FinalChecksumMismatch(algorithm) => S3Error::final_checksum_mismatch(algorithm),
        CompleteError::ChecksumTypeMismatch { upload } => S3Error::checksum_mode_mismatch(upload),
        CompleteError::ObjectSizeMismatch { given, computed } => {
            S3Error::object_size_mismatch(given, computed)
        }
    }
}

/// Logs an answer that tells of our own failure.
pub fn note(error: &S3Error, operation: &str, request_id: &str) {
    if error.status() >= 500 && error.code != ErrorCode::NotImplemented {
        warn!(operation, request_id, code = error.code.as_str(), "answered an error of ours");
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
