//! UploadPart: bytes durable first, then the part record.

use drystone_metastore::record::{PartRecord, PutPart, UploadName, UploadRecord, UploadState};
use drystone_types::encryption::{CustomerKey, Sse};
use drystone_types::{Checksum, ChecksumAlgorithm, ChecksumType, PartNumber, limits};

use crate::encryption::seal_as;
use crate::ingest::{IngestSpec, SentChecksum};
use crate::{Body, Store, StoreError};

/// An UploadPart request.
#[derive(Clone, Debug)]
pub struct UploadPartRequest {
    /// Which upload.
    pub upload: UploadName,
    /// Which part.
    pub part_number: PartNumber,
    /// Length announced.
    pub declared_len: Option<u64>,
    /// Content-MD5.
    pub content_md5: Option<[u8; 16]>,
    /// Checksum sent.
    pub sent: SentChecksum,
    /// The client's key, if it sent one (b198).
    pub customer_key: Option<CustomerKey>,
}

/// A part that is durable and recorded.
#[derive(Clone, Debug)]
pub struct FinishedPart {
    /// As recorded.
    pub record: PartRecord,
    /// The checksum to answer with: also where it is not kept (b52).
    pub checksum: Option<Checksum>,
    /// How its upload is encrypted.
    pub sse: Option<Sse>,
}

impl Store {
    /// UploadPart.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`], [`StoreError::PartChecksumAlgorithm`], [`StoreError::EntityTooLarge`],
    /// [`StoreError::Encryption`] (b198), those of the body.
    pub async fn upload_part(
        &self,
        request: UploadPartRequest,
        body: Body,
    ) -> Result<FinishedPart, StoreError> {
        let upload = self.open_upload(&request.upload).await?;
        let declared = upload.checksum.map(|(algorithm, _)| algorithm);
        check_algorithm(upload.checksum, request.sent.algorithm())?;
        self.check_part_quota(&request.upload, request.part_number, request.declared_len).await?;
        let spec = IngestSpec {
            declared_len: request.declared_len,
            size_max: limits::PART_SIZE_MAX_BYTES,
            content_md5: request.content_md5,
            sent: request.sent,
            wanted: declared,
        };
        let target = PartTarget {
            upload: request.upload,
            record: upload,
            part_number: request.part_number,
            customer_key: request.customer_key,
        };
        self.store_part(target, body, spec).await
    }

    /// Takes in the bytes of a part and records it.
    pub(crate) async fn store_part(
        &self,
        target: PartTarget,
        body: Body,
        spec: IngestSpec,
    ) -> Result<FinishedPart, StoreError> {
        let PartTarget { upload, record, part_number, customer_key } = target;
        let encryption = record.properties.encryption;
        let (bucket, key) = (&upload.bucket, &upload.key);
        let data_key = self.open_encryption(encryption.as_ref(), customer_key.as_ref(), bucket, key)?;
        let ingested = self.ingest(body, spec, seal_as(data_key, part_number)).await?;
        let content = ingested.content.clone();
        let md5 = self.shown_md5(encryption.as_ref(), ingested.summary.md5);
        let digests = ingested.digests(md5, record.checksum.is_some());
        let checksum = ingested.summary.checksum;
        let size = ingested.summary.len;
        let put = PutPart { upload, part_number, content, size, digests, now: self.now() };
        let record = self.meta.put_part(put).await?;
        ingested.named();
        Ok(FinishedPart { record, checksum, sse: encryption.map(|encryption| encryption.sse) })
    }

    /// Is there such an upload: open, or completed and remembered (b119)?
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchUpload`].
    pub async fn find_upload(&self, upload: &UploadName) -> Result<(), StoreError> {
        Ok(self.meta.get_upload(upload).await.map(drop)?)
    }

    /// The upload, if it takes parts.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchUpload`], also for a completed one (b127).
    pub async fn open_upload(&self, upload: &UploadName) -> Result<UploadRecord, StoreError> {
        match self.meta.get_upload(upload).await? {
            UploadState::Open(upload) => Ok(upload),
            UploadState::Completed(_) => Err(StoreError::NoSuchUpload),
        }
    }
}

/// Where a part goes.
pub(crate) struct PartTarget {
    pub(crate) upload: UploadName,
    /// The upload, open.
    pub(crate) record: UploadRecord,
    pub(crate) part_number: PartNumber,
    /// The client's key, if it sent one.
    pub(crate) customer_key: Option<CustomerKey>,
}

/// May a part with a checksum of `sent` go into an upload that declared `declared` (b49-b52)?
fn check_algorithm(
    declared: Option<(ChecksumAlgorithm, ChecksumType)>,
    sent: Option<ChecksumAlgorithm>,
) -> Result<(), StoreError> {
    match (declared, sent) {
        (Some((expected, _)), Some(actual)) if expected == actual => Ok(()),
        (None, _) | (Some((_, ChecksumType::FullObject)), None) => Ok(()),
        (Some((expected, _)), actual) => Err(StoreError::PartChecksumAlgorithm { expected, actual }),
    }
}

#[cfg(test)]
mod tests {
    use super::check_algorithm;
    use drystone_types::{ChecksumAlgorithm as A, ChecksumType as T};

    #[test]
    fn b49_to_b52_the_three_checksum_regimes() {
        let cases = [
            (None, None, true),
            (None, Some(A::Sha1), true), // b52
            (Some((A::Crc32, T::Composite)), Some(A::Crc32), true),
            (Some((A::Crc32, T::Composite)), Some(A::Sha256), false), // b49
            (Some((A::Crc32, T::Composite)), None, false),            // b50
            (Some((A::Crc32, T::FullObject)), None, true),            // b51
            (Some((A::Crc32, T::FullObject)), Some(A::Crc32c), false),
        ];
        for (declared, sent, accepted) in cases {
            assert_eq!(check_algorithm(declared, sent).is_ok(), accepted, "{declared:?} {sent:?}");
        }
    }
}
