//! What GetObject and HeadObject share: conditions, which bytes are meant, and the headers of the answer.

use drystone_store::object::get::FoundObject;
use drystone_types::{
    ByteRange, ChecksumType, ETag, ObjectChecksum, ObjectProperties, RangeSpec, StorageClass, Timestamp,
    limits,
};
use drystone_wire::headers::DEFAULT_CONTENT_TYPE;
use drystone_wire::headers::checksum_mode_enabled;
use drystone_wire::headers::refuse_sse;
use drystone_wire::headers::response_overrides;
use drystone_wire::headers::text::{text, to_header_value};
use drystone_wire::headers::{Judgement, ReadConditions};
use drystone_wire::{ErrorCode, S3Error};
use http::HeaderName;

use crate::context::Context;
use crate::encryption;
use crate::respond::{self, HttpResponse};

/// The object that a read found, and what of it the request means.
pub(crate) enum Reading {
    /// 304: nothing to send but these headers.
    NotModified(HttpResponse),
    /// Answer with these headers and, for GET, these bytes.
    Bytes {
        /// The object.
        object: Box<FoundObject>,
        /// 200 or 206.
        status: u16,
        /// The bytes meant.
        range: ByteRange,
        /// Content-Range, for 206.
        content_range: Option<String>,
        /// Checksum of exactly these bytes, if it is known (b182, b183).
        checksum: Option<ObjectChecksum>,
    },
}

/// Finds the object and decides what of it is meant.
pub(crate) async fn read(context: &Context<'_>) -> Result<Reading, S3Error> {
    refuse_sse(context.headers)?;
    let part_number = context.query.part_number()?;
    let range_header = text(context.headers, "range");
    if part_number.is_some() && range_header.is_some() {
        return Err(S3Error::range_and_part_number()); // b178
    }
    let object = context.store.find_object(context.bucket(), context.key(), context.route.version).await;
    let mut object = object.map_err(|error| context.refusal(error))?;
    let customer_key = context.customer_key()?;
    context.store.unlock(&mut object, customer_key.as_ref()).map_err(|error| context.refusal(error))?; // b200
    match ReadConditions::parse(context.headers).judge(
        &object.record.etag,
        object.record.last_modified,
        context.store.now(),
    ) {
        Judgement::Proceed => {}
        Judgement::Failed(condition) => return Err(S3Error::precondition_failed(condition)),
        Judgement::NotModified(_) => return Ok(Reading::NotModified(not_modified(&object))),
    }
    let range_header = range_header.filter(|_| if_range_holds(context, &object));
    let size = object.record.size;
    let whole = ByteRange::whole(size);
    let (range, checksum) = match (part_number, range_header.as_deref().and_then(RangeSpec::parse)) {
        (Some(number), _) => part(&object, number.get())?,
        (None, None) => {
            let checksum = object.record.checksum;
            return Ok(Reading::Bytes {
                object: object.into(),
                status: 200,
                range: whole,
                content_range: None,
                checksum,
            });
        }
        (None, Some(spec)) => {
            let range = spec.resolve(size);
            let range = range.map_err(|_| S3Error::invalid_range(range_header.unwrap_or_default(), size))?;
            (range, object.record.checksum.filter(|_| range == whole))
        }
    };
    if range.len() > limits::GET_SIZE_MAX_BYTES {
        return Err(S3Error::new(ErrorCode::MethodNotAllowed)); // b5
    }
    let content_range = (range.len() > 0).then(|| range.content_range(size));
    let status = if content_range.is_some() { 206 } else { 200 }; // b180
    Ok(Reading::Bytes { object: object.into(), status, range, content_range, checksum })
}

/// If-Range: the range is meant of one version only, named by its ETag or its date; of any other the whole is sent, so that a
/// resumed download never mixes two.
fn if_range_holds(context: &Context<'_>, object: &FoundObject) -> bool {
    let Some(condition) = text(context.headers, "if-range") else { return true };
    match Timestamp::parse_http_date(&condition) {
        Some(date) => date.seconds() == object.record.last_modified.seconds(),
        None => ETag::parse(&condition) == Some(object.record.etag),
    }
}

/// The bytes of part `number` and its checksum (b176-b182). Parts are addressed by their place in the object.
fn part(object: &FoundObject, number: u16) -> Result<(ByteRange, Option<ObjectChecksum>), S3Error> {
    let parts = &object.manifest.parts;
    let index = usize::from(number) - 1;
    let range = object.manifest.part_range(index).ok_or_else(|| {
        S3Error::invalid_part_number_range(parts.len() as u64, number.into()) // b177, b179
    })?;
    let whole = object.record.checksum;
    let checksum = match whole.map(|checksum| checksum.kind) {
        Some(ChecksumType::Composite) => parts[index].checksum.map(|checksum| ObjectChecksum {
            checksum,
            kind: ChecksumType::Composite,
            part_count: None,
        }),
        _ => whole.filter(|_| parts.len() == 1),
    };
    Ok((range, checksum))
}

fn not_modified(object: &FoundObject) -> HttpResponse {
    let mut response = respond::empty(304);
    respond::set_etag(&mut response, &object.record.etag);
    respond::set(&mut response, "last-modified", &object.record.last_modified.http_date());
    respond::set_version(&mut response, object.shown_version);
    if let Some(value) = &object.record.properties.headers.cache_control {
        respond::set(&mut response, "cache-control", value);
    }
    response
}

/// Sets everything but the body and its length.
pub(crate) fn set_headers(
    context: &Context<'_>,
    response: &mut HttpResponse,
    object: &FoundObject,
    content_range: Option<&str>,
    checksum: Option<&ObjectChecksum>,
) -> Result<(), S3Error> {
    let record = &object.record;
    respond::set_etag(response, &record.etag);
    respond::set(response, "last-modified", &record.last_modified.http_date());
    respond::set(response, "accept-ranges", "bytes");
    respond::set_version(response, object.shown_version);
    if let Some(content_range) = content_range {
        respond::set(response, "content-range", content_range);
    }
    set_kept_headers(response, object);
    set_tags_and_lock(response, &record.properties);
    let is_multipart = record.etag.part_count.is_some();
    if is_multipart && context.query.has("partNumber") {
        respond::set(response, "x-amz-mp-parts-count", &object.manifest.parts.len().to_string());
    }
    let sse = record.properties.sse();
    encryption::show(response, sse);
    if let Some(checksum) = checksum
        && checksum_mode_enabled(context.headers)
    {
        respond::set_object_checksum(response, checksum); // b181
    }
    let overrides = response_overrides(context.query)?;
    if !overrides.is_empty() && context.caller.principal.is_anonymous() {
        return Err(S3Error::overrides_need_signature());
    }
    for (name, value) in overrides {
        response.headers_mut().insert(name, value);
    }
    Ok(())
}

/// The number of tags, if there are any (b203), and what holds the version (b195).
fn set_tags_and_lock(response: &mut HttpResponse, properties: &ObjectProperties) {
    let ObjectProperties { tags, lock, .. } = properties;
    if !tags.is_empty() {
        respond::set(response, "x-amz-tagging-count", &tags.0.len().to_string());
    }
    if let Some(retention) = lock.retention {
        respond::set(response, "x-amz-object-lock-mode", retention.mode.name());
        respond::set(response, "x-amz-object-lock-retain-until-date", &retention.until.iso8601_millis());
    }
    if let Some(is_on) = lock.legal_hold {
        respond::set(response, "x-amz-object-lock-legal-hold", if is_on { "ON" } else { "OFF" });
    }
}

fn set_kept_headers(response: &mut HttpResponse, object: &FoundObject) {
    let headers = &object.record.properties.headers;
    let mut keep = |name: &'static str, value: Option<&String>| {
        if let Some(value) = value.and_then(|value| to_header_value(value)) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    let default_type = DEFAULT_CONTENT_TYPE.to_owned();
    keep("content-type", Some(headers.content_type.as_ref().unwrap_or(&default_type)));
    keep("cache-control", headers.cache_control.as_ref());
    keep("content-disposition", headers.content_disposition.as_ref());
    keep("content-encoding", headers.content_encoding.as_ref());
    keep("content-language", headers.content_language.as_ref());
    keep("expires", headers.expires.as_ref());
    keep("x-amz-website-redirect-location", headers.website_redirect_location.as_ref());
    if headers.storage_class != StorageClass::Standard {
        respond::set(response, "x-amz-storage-class", headers.storage_class.name()); // b27
    }
    for (name, value) in &headers.user_metadata {
        let name = HeaderName::from_bytes(format!("x-amz-meta-{name}").as_bytes());
        if let (Ok(name), Some(value)) = (name, to_header_value(value)) {
            response.headers_mut().append(name, value);
        }
    }
}
