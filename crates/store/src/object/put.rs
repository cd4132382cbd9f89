//! PutObject: bytes durable first, then one step makes them the object.

use drystone_metastore::MetaError;
pub use drystone_metastore::record::EventSeed;
pub use drystone_metastore::record::ObjectRecord;
use drystone_metastore::record::PutObject;
use drystone_types::{
    BucketName, ChecksumAlgorithm, Key, ObjectProperties, PartNumber, WritePrecondition, limits,
};

use super::lock;
use crate::encryption::{EncryptWith, seal_as};
use crate::ingest::{IngestSpec, SentChecksum};
use crate::{Body, Store, StoreError};

/// A PutObject request.
#[derive(Clone, Debug)]
pub struct PutRequest {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// What the client set, and whose it will be.
    pub properties: ObjectProperties,
    /// By whose key it is encrypted; decides over `properties`.
    pub encryption: Option<EncryptWith>,
    /// Length announced.
    pub declared_len: Option<u64>,
    /// Content-MD5.
    pub content_md5: Option<[u8; 16]>,
    /// Checksum sent; CRC64NVME is computed when there is none.
    pub sent: SentChecksum,
    /// If-Match, If-None-Match (b158).
    pub precondition: WritePrecondition,
    /// Event to tell.
    pub event: Option<EventSeed>,
}

impl Store {
    /// PutObject. The answer's checksum is the one sent, or CRC64NVME; its version is the one made.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::Precondition`], [`StoreError::EntityTooLarge`],
    /// [`StoreError::QuotaExceeded`], [`StoreError::Locked`], [`StoreError::NoObjectLock`], those of the body.
    pub async fn put_object(&self, mut request: PutRequest, body: Body) -> Result<ObjectRecord, StoreError> {
        // before the body: a client should not send gigabytes in vain
        let target = self.get_bucket(&request.bucket).await?;
        lock::of_write(&target, request.properties.lock, self.now())?;
        self.check_object_quota(&target, &request.key, request.declared_len).await?;
        self.check_put_precondition(&request).await?;
        let spec = IngestSpec {
            declared_len: request.declared_len,
            size_max: limits::PUT_SIZE_MAX_BYTES,
            content_md5: request.content_md5,
            sent: request.sent,
            wanted: Some(ChecksumAlgorithm::Crc64Nvme),
        };
        let made = self.new_encryption(request.encryption.take(), &request.bucket, &request.key)?;
        let (encryption, data_key) = made.unzip();
        let ingested = self.ingest(body, spec, seal_as(data_key, PartNumber::FIRST)).await?;
        let md5 = self.shown_md5(encryption.as_ref(), ingested.summary.md5);
        let PutRequest { bucket, key, mut properties, precondition, event, .. } = request;
        let now = self.now();
        properties.lock = lock::of_write(&target, properties.lock, now)?;
        let put = PutObject {
            bucket,
            key,
            content: ingested.content.clone(),
            size: ingested.summary.len,
            etag: None,
            digests: ingested.digests(md5, true),
            properties: ObjectProperties { encryption, ..properties },
            precondition,
            version: self.next_version_id(),
            now,
            event,
        };
        let tells = put.event.is_some();
        let record = self.meta.put_object(put).await?;
        ingested.named();
        self.told(tells);
        self.sweep_wanted.notify_one();
        Ok(record)
    }

    /// An early, non-binding look at the condition; the step judges it again.
    async fn check_put_precondition(&self, request: &PutRequest) -> Result<(), StoreError> {
        if request.precondition == WritePrecondition::None {
            return Ok(());
        }
        let current = match self.meta.head_object(&request.bucket, &request.key, None).await {
            Ok(record) => Some(record.etag),
            Err(MetaError::NoSuchKey | MetaError::DeleteMarker { .. }) => None,
            Err(other) => return Err(other.into()),
        };
        request.precondition.judge(current, false).map_err(StoreError::Precondition)
    }
}
