//! Calls: what an upload asks the store for besides parts.

use super::reconcile::{KeptPart, ListedPart};
use crate::error::TransferError;
use drystone_client::action::{
    CompleteMultipartUpload, CompletedPart, CreateMultipartUpload, HeadObject, ListParts,
};
use drystone_client::{CallError, Client};
use drystone_types::{ChecksumAlgorithm, ChecksumType, ObjectChecksum, PartNumber};
use http::header::HeaderMap;
use std::collections::BTreeMap;

/// An upload, by all that the store wants to hear.
#[derive(Clone, Debug)]
pub(crate) struct UploadRef {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) upload_id: String,
}

/// What the store says of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObjectTold {
    pub(crate) size: Option<u64>,
    pub(crate) etag: String,
    pub(crate) checksum: Option<ObjectChecksum>,
    pub(crate) version_id: Option<String>,
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

/// Opens an upload; `summing` is what its parts will prove themselves with.
pub(crate) async fn create(
    client: &Client,
    bucket: &str,
    key: &str,
    headers: &HeaderMap,
    summing: Option<Summing>,
) -> Result<String, CallError> {
    let request = CreateMultipartUpload {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        checksum: summing.map(|summing| (summing.algorithm, Some(summing.kind))),
        headers: headers.clone(),
    };
    client.create_multipart_upload(&request).await
}

/// All parts that the store has, and the checksums that the upload was opened with.
pub(crate) async fn parts(
    client: &Client,
    upload: &UploadRef,
    headers: &HeaderMap,
) -> Result<(Vec<ListedPart>, Option<Summing>), CallError> {
    let request = ListParts::new(&upload.bucket, &upload.key, &upload.upload_id);
    let mut pages = client.list_parts(ListParts { headers: headers.clone(), ..request });
    let mut parts = Vec::new();
    let mut summing = None;
    while let Some(page) = pages.next().await? {
        summing = page.checksum.map(|(algorithm, kind)| Summing::declared(algorithm, kind)).or(summing);
        parts.extend(page.parts.into_iter().map(|part| ListedPart {
            part_number: part.part_number,
            size: part.size,
            etag: part.etag,
            checksum: part.checksum,
        }));
    }
    Ok((parts, summing))
}

/// Puts the parts together. Once, without retries. `checksum` is that of the object, if the parts' checksums make it.
pub(crate) async fn complete(
    client: &Client,
    upload: &UploadRef,
    headers: &HeaderMap,
    parts: &BTreeMap<u32, KeptPart>,
    checksum: Option<ObjectChecksum>,
) -> Result<ObjectTold, CallError> {
    let part = |(number, part): (&u32, &KeptPart)| CompletedPart {
        part_number: PartNumber::new(u64::from(*number)).expect("a plan has 10,000 parts at most"),
        etag: part.etag.clone(),
        checksum: checksum.map(|_| part.checksum),
    };
    let request = CompleteMultipartUpload {
        bucket: upload.bucket.clone(),
        key: upload.key.clone(),
        upload_id: upload.upload_id.clone(),
        parts: parts.iter().map(part).collect(),
        checksum: checksum.filter(|checksum| checksum.kind == ChecksumType::FullObject),
        object_size: Some(parts.values().map(|part| part.len).sum()),
        headers: headers.clone(),
        ..CompleteMultipartUpload::default()
    };
    let (completed, version_id) = client.complete_multipart_upload(&request).await?;
    Ok(ObjectTold { size: None, etag: completed.etag, checksum: completed.checksum, version_id })
}

/// What is under the key now; `None` when nothing is.
pub(crate) async fn head(
    client: &Client,
    bucket: &str,
    key: &str,
    headers: &HeaderMap,
) -> Result<Option<ObjectTold>, CallError> {
    let request = HeadObject { headers: headers.clone(), ..HeadObject::new(bucket, key) };
    match client.head_object(&request).await {
        Ok(head) => Ok(Some(ObjectTold {
            size: head.object_size(),
            etag: head.etag.unwrap_or_default(),
            checksum: head.checksum,
            version_id: head.version_id,
        })),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Ends an upload and frees its parts. One that is gone already is ended.
pub(crate) async fn abort(client: &Client, upload: &UploadRef) -> Result<(), TransferError> {
    match client.abort_multipart_upload(&upload.bucket, &upload.key, &upload.upload_id).await {
        Ok(()) => Ok(()),
        Err(error) if error.code() == Some("NoSuchUpload") => Ok(()),
        Err(error) => Err(TransferError::call(format!("cannot abort upload {}", upload.upload_id))(error)),
    }
}
