//! CreateMultipartUpload: records what the object will carry. Nothing becomes visible.

use drystone_metastore::record::{BucketRecord, CreateUpload, UploadRecord};
use drystone_types::lifecycle::Due;
use drystone_types::{
    BucketName, ChecksumAlgorithm, ChecksumType, Key, ObjectProperties, Timestamp, UploadId,
};

use crate::encryption::EncryptWith;
use crate::object::lock;
use crate::{Store, StoreError};

/// A CreateMultipartUpload request.
#[derive(Clone, Debug)]
pub struct CreateUploadRequest {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// Who initiates it: ARN or id as answers show it.
    pub initiator: String,
    /// What the finished object will carry (b26).
    pub properties: ObjectProperties,
    /// By whose key its parts are encrypted, for the whole upload (b34); decides over `properties`.
    pub encryption: Option<EncryptWith>,
    /// Algorithm and type, when declared (b19-b25).
    pub checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

/// When a lifecycle rule will abort an upload (b32).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbortDue {
    /// x-amz-abort-date.
    pub at: Timestamp,
    /// x-amz-abort-rule-id.
    pub rule_id: String,
}

impl Store {
    /// CreateMultipartUpload.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoObjectLock`].
    pub async fn create_upload(
        &self,
        request: CreateUploadRequest,
    ) -> Result<(UploadRecord, Option<AbortDue>), StoreError> {
        let bucket = self.get_bucket(&request.bucket).await?;
        let id = UploadId(self.next_version_id().0);
        let CreateUploadRequest { bucket: name, key, initiator, mut properties, encryption, checksum } =
            request;
        let encryption = self.new_encryption(encryption, &name, &key)?.map(|(encryption, _)| encryption);
        properties.encryption = encryption;
        let initiated = self.now();
        properties.lock = lock::of_write(&bucket, properties.lock, initiated)?; // b34
        let create = CreateUpload { bucket: name, key, id, initiated, initiator, properties, checksum };
        let upload = self.meta.create_upload(create).await?;
        let due = self.abort_due(&bucket, &upload);
        Ok((upload, due))
    }

    /// When a lifecycle rule of `bucket` will abort `upload`, if one covers it.
    pub fn abort_due(&self, bucket: &BucketRecord, upload: &UploadRecord) -> Option<AbortDue> {
        let due = bucket.lifecycle.as_ref()?.abort_due(&upload.key, upload.initiated, self.options.day)?;
        let Due { at, rule_id } = due;
        Some(AbortDue { at, rule_id: rule_id.to_owned() })
    }
}
