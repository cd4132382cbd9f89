//! CopyObject: reads the source as a GET would and puts it as a PUT would. The result is always a single part (b188).

use drystone_metastore::record::{EventSeed, ObjectRecord, PutObject};
use drystone_types::{
    BucketName, ByteRange, ChecksumAlgorithm, Key, ObjectProperties, PartNumber, WritePrecondition, limits,
};
use futures_util::StreamExt as _;

use super::lock;
use crate::encryption::{EncryptWith, seal_as};
use crate::ingest::IngestSpec;
use crate::object::get::{FoundObject, ObjectBytes};
use crate::{Body, BodyError, BodyFrame, Store, StoreError};

/// A CopyObject request; the source is found and its conditions are judged already.
#[derive(Clone, Debug)]
pub struct CopyRequest {
    /// Target bucket.
    pub bucket: BucketName,
    /// Target key.
    pub key: Key,
    /// What the copy will carry: the source's properties or the request's, as the directives said.
    pub properties: ObjectProperties,
    /// By whose key the copy is encrypted; decides over `properties`. The source's key is never used again.
    pub encryption: Option<EncryptWith>,
    /// Algorithm asked for; the source's own otherwise, or CRC64NVME.
    pub checksum: Option<ChecksumAlgorithm>,
    /// If-Match, If-None-Match on the target.
    pub precondition: WritePrecondition,
    /// Event to tell.
    pub event: Option<EventSeed>,
}

impl Store {
    /// CopyObject. No byte of the source is shared, so deleting either leaves the other whole.
    ///
    /// # Errors
    /// [`StoreError::CopySourceTooLarge`], and those of [`Store::put_object`].
    pub async fn copy_object(
        &self,
        source: FoundObject,
        copy: CopyRequest,
    ) -> Result<ObjectRecord, StoreError> {
        let size = source.record.size;
        if size > limits::COPY_SOURCE_SIZE_MAX_BYTES {
            return Err(StoreError::CopySourceTooLarge);
        }
        let target = self.get_bucket(&copy.bucket).await?;
        lock::of_write(&target, copy.properties.lock, self.now())?;
        let own = source.record.checksum.map(|checksum| checksum.checksum.algorithm());
        let spec = IngestSpec {
            declared_len: Some(size),
            size_max: limits::COPY_SOURCE_SIZE_MAX_BYTES,
            content_md5: None,
            sent: crate::ingest::SentChecksum::None,
            wanted: copy.checksum.or(own).or(Some(ChecksumAlgorithm::Crc64Nvme)),
        };
        let body = body_of_object(self.read_object(source, ByteRange::whole(size)).await?);
        let made = self.new_encryption(copy.encryption, &copy.bucket, &copy.key)?;
        let (encryption, data_key) = made.unzip();
        let ingested = self.ingest(body, spec, seal_as(data_key, PartNumber::FIRST)).await?;
        let md5 = self.shown_md5(encryption.as_ref(), ingested.summary.md5);
        let CopyRequest { bucket, key, mut properties, precondition, event, .. } = copy;
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
}

/// Bytes read from the store, as a body to take in again.
pub(crate) fn body_of_object(bytes: ObjectBytes) -> Body {
    Box::pin(bytes.map(|frame| match frame {
        Ok(data) => Ok(BodyFrame::Data(data)),
        Err(error) => Err(BodyError(Box::new(error))),
    }))
}
