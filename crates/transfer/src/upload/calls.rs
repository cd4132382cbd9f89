//! Calls: what an upload asks the store for besides parts.

use super::reconcile::ListedPart;
use crate::error::TransferError;
use drystone_client::{Call, CallError, Client};
use drystone_types::{Checksum, ChecksumAlgorithm, ChecksumType, ObjectChecksum};
use drystone_wire::xml::answer::{
    bare_etag, completed_upload, created_upload, list_parts, object_checksum_of, quoted_etag,
};
use drystone_wire::xml::writer::XmlWriter;
use http::Method;
use http::header::{ETAG, HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;

/// A Complete of 10,000 parts may take stores minutes.
const COMPLETE_PATIENCE: Duration = Duration::from_secs(900);
/// Pages of a list of parts: 10,000 parts, and as many again for stores with small pages.
const LIST_PAGES_MAX: usize = 10_000;

/// An upload, by all that the store wants to hear.
#[derive(Clone, Debug)]
pub(crate) struct UploadRef {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) upload_id: String,
}

/// The checksums of an upload: of its parts, and how they make one of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summing {
    /// Algorithm.
    pub algorithm: ChecksumAlgorithm,
    /// Of the whole object, or of the parts' checksums.
    pub kind: ChecksumType,
}

impl Summing {
    /// What we choose: a checksum of the whole object where parts combine into it.
    pub fn chosen(algorithm: ChecksumAlgorithm) -> Self {
        let is_full = algorithm.allows(ChecksumType::FullObject);
        Self { algorithm, kind: if is_full { ChecksumType::FullObject } else { ChecksumType::Composite } }
    }

    /// What an upload was declared with.
    pub fn declared(algorithm: ChecksumAlgorithm, kind: Option<ChecksumType>) -> Self {
        Self { algorithm, kind: kind.unwrap_or(algorithm.default_type()) }
    }
}

/// A part in the list for Complete.
#[derive(Clone, Debug)]
pub(crate) struct ListedForComplete {
    pub(crate) number: u32,
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
}

/// What the store says of the finished object.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObjectTold {
    pub(crate) size: Option<u64>,
    pub(crate) etag: String,
    pub(crate) checksum: Option<ObjectChecksum>,
    pub(crate) version_id: Option<String>,
}

/// Opens an upload; `summing` is what its parts will prove themselves with.
pub(crate) async fn create(
    client: &Client,
    bucket: &str,
    key: &str,
    headers: &HeaderMap,
    summing: Option<Summing>,
) -> Result<String, CallError> {
    let mut call = Call::new("CreateMultipartUpload", Method::POST)
        .object(bucket, key)
        .query("uploads", "")
        .headers(headers.clone());
    if let Some(Summing { algorithm, kind }) = summing {
        call.headers.insert("x-amz-checksum-algorithm", HeaderValue::from_static(algorithm.name()));
        call.headers.insert("x-amz-checksum-type", HeaderValue::from_static(kind.name()));
    }
    let action = call.action;
    let mut answer = client.send(call).await?;
    let created = created_upload(&answer.document().await?).map_err(|error| bad_answer(action, &error))?;
    Ok(created.upload_id)
}

/// All parts that the store has, and the checksums that the upload was opened with.
pub(crate) async fn parts(
    client: &Client,
    upload: &UploadRef,
) -> Result<(Vec<ListedPart>, Option<Summing>), CallError> {
    let mut parts: Vec<ListedPart> = Vec::new();
    let mut summing = None;
    let mut marker = None;
    for _ in 0..LIST_PAGES_MAX {
        let call = Call::new("ListParts", Method::GET)
            .object(&upload.bucket, &upload.key)
            .query("uploadId", &upload.upload_id)
            .query_if("part-number-marker", marker);
        let action = call.action;
        let mut answer = client.send(call).await?;
        let page = list_parts(&answer.document().await?).map_err(|error| bad_answer(action, &error))?;
        summing = page.checksum.map(|(algorithm, kind)| Summing::declared(algorithm, kind)).or(summing);
        parts.extend(page.parts.into_iter().map(|part| ListedPart {
            part_number: part.part_number,
            size: part.size,
            etag: part.etag,
            checksum: part.checksum,
        }));
        match page.next_part_number_marker {
            None => return Ok((parts, summing)),
            Some(next) if marker.is_some_and(|marker| next <= marker) => break,
            Some(next) => marker = Some(next),
        }
    }
    Err(CallError::BadAnswer { action: "ListParts", why: "its pages do not move on".to_owned() })
}

/// Puts the parts together. Once, without retries.
pub(crate) async fn complete(
    client: &Client,
    upload: &UploadRef,
    parts: &[ListedForComplete],
    object_size: u64,
    checksum: Option<&Checksum>,
) -> Result<ObjectTold, CallError> {
    let body = XmlWriter::document("CompleteMultipartUpload", |w| {
        for part in parts {
            w.element("Part", |w| {
                w.value("PartNumber", part.number);
                w.text("ETag", &quoted_etag(&part.etag));
                if let Some(checksum) = &part.checksum {
                    w.text(checksum.algorithm().element(), &checksum.to_base64());
                }
            });
        }
    });
    let mut call = Call::new("CompleteMultipartUpload", Method::POST)
        .object(&upload.bucket, &upload.key)
        .query("uploadId", &upload.upload_id)
        .header(HeaderName::from_static("x-amz-mp-object-size"), HeaderValue::from(object_size))
        .body(body)
        .patience(COMPLETE_PATIENCE);
    if let Some(checksum) = checksum {
        let value = HeaderValue::from_str(&checksum.to_base64()).expect("base64 is a header value");
        call.headers.insert(checksum.algorithm().header(), value);
        call.headers.insert("x-amz-checksum-type", HeaderValue::from_static(ChecksumType::FullObject.name()));
    }
    let action = call.action;
    let mut answer = client.send_once(call).await?;
    let version_id = answer.header("x-amz-version-id").map(str::to_owned);
    let completed =
        completed_upload(&answer.document().await?).map_err(|error| bad_answer(action, &error))?;
    Ok(ObjectTold { size: None, etag: completed.etag, checksum: completed.checksum, version_id })
}

/// What is under the key now; `None` when nothing is.
pub(crate) async fn head(
    client: &Client,
    bucket: &str,
    key: &str,
    headers: &HeaderMap,
) -> Result<Option<ObjectTold>, CallError> {
    let call = Call::new("HeadObject", Method::HEAD)
        .object(bucket, key)
        .header(HeaderName::from_static("x-amz-checksum-mode"), HeaderValue::from_static("ENABLED"))
        .headers(headers.clone());
    let answer = match client.send(call).await {
        Ok(answer) => answer,
        Err(error) if error.status() == Some(404) => return Ok(None),
        Err(error) => return Err(error),
    };
    let kind = answer.header("x-amz-checksum-type").and_then(ChecksumType::parse);
    let checksum = ChecksumAlgorithm::ALL
        .into_iter()
        .find_map(|algorithm| object_checksum_of(algorithm, answer.header(algorithm.header())?, kind));
    Ok(Some(ObjectTold {
        size: answer.header("content-length").and_then(|text| text.parse().ok()),
        etag: bare_etag(answer.header(ETAG.as_str()).unwrap_or_default()).to_owned(),
        checksum,
        version_id: answer.header("x-amz-version-id").map(str::to_owned),
    }))
}

/// Ends an upload and frees its parts. One that is gone already is ended.
pub(crate) async fn abort(client: &Client, upload: &UploadRef) -> Result<(), TransferError> {
    let call = Call::new("AbortMultipartUpload", Method::DELETE)
        .object(&upload.bucket, &upload.key)
        .query("uploadId", &upload.upload_id);
    match client.send(call).await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("NoSuchUpload") => Ok(()),
        Err(error) => Err(TransferError::call(format!("cannot abort upload {}", upload.upload_id))(error)),
    }
}

fn bad_answer(action: &'static str, why: &dyn std::fmt::Display) -> CallError {
    CallError::BadAnswer { action, why: why.to_string() }
}
