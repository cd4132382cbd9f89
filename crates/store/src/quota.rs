//! Quota: an early look before a body is sent in vain. The step that records the bytes judges again, and binds.

use drystone_metastore::MetaError;
use drystone_types::{BucketName, Key, PartNumber, Versioning};

use crate::bucket::BucketRecord;
use crate::upload::UploadName;
use crate::{Store, StoreError};

impl Store {
    /// Would an object of `len` bytes under `key` go over the bucket's quota?
    ///
    /// # Errors
    /// [`StoreError::QuotaExceeded`].
    pub(crate) async fn check_object_quota(
        &self,
        bucket: &BucketRecord,
        key: &Key,
        len: Option<u64>,
    ) -> Result<(), StoreError> {
        let Some(over) = self.over_quota(bucket, len).await? else { return Ok(()) };
        let replaced = match bucket.versioning {
            Versioning::Enabled => 0,
            _ => self.size_of_null_version(&bucket.name, key).await?,
        };
        over.unless_replacing(replaced)
    }

    /// Would part `number` of `len` bytes go over it?
    ///
    /// # Errors
    /// [`StoreError::QuotaExceeded`].
    pub(crate) async fn check_part_quota(
        &self,
        upload: &UploadName,
        number: PartNumber,
        len: Option<u64>,
    ) -> Result<(), StoreError> {
        let bucket = self.get_bucket(&upload.bucket).await?;
        let Some(over) = self.over_quota(&bucket, len).await? else { return Ok(()) };
        let page = self.meta.list_parts(upload, number.get() - 1, 1).await?;
        let same = page.parts.first().filter(|part| part.part.part_number == number);
        over.unless_replacing(same.map_or(0, |part| part.part.size))
    }

    /// `None` when there is room, or when nobody knows yet how much is wanted.
    async fn over_quota(&self, bucket: &BucketRecord, len: Option<u64>) -> Result<Option<Over>, StoreError> {
        let (Some(quota_bytes), Some(len)) = (bucket.quota_bytes, len) else { return Ok(None) };
        let usage = self.meta.get_usage(&bucket.name).await?;
        let held = usage.version_bytes.saturating_add(usage.part_bytes);
        let fits = held.saturating_add(len) <= quota_bytes;
        Ok((!fits).then_some(Over { quota_bytes, held, len }))
    }

    async fn size_of_null_version(&self, bucket: &BucketName, key: &Key) -> Result<u64, StoreError> {
        match self.meta.head_object(bucket, key, Some(drystone_types::WhichVersion::Null)).await {
            Ok(record) => Ok(record.size),
            Err(MetaError::NoSuchKey | MetaError::NoSuchVersion | MetaError::DeleteMarker { .. }) => Ok(0),
            Err(other) => Err(other.into()),
        }
    }
}

/// More than there is room for, unless it replaces something.
struct Over {
    quota_bytes: u64,
    held: u64,
    len: u64,
}

impl Over {
    fn unless_replacing(self, replaced: u64) -> Result<(), StoreError> {
        let Self { quota_bytes, held, len } = self;
        let fits = held.saturating_sub(replaced).saturating_add(len) <= quota_bytes || len <= replaced;
        if fits { Ok(()) } else { Err(StoreError::QuotaExceeded { quota_bytes }) }
    }
}
