//! DeleteObject: one step; the bytes go later, when no reader needs them.

pub use drystone_metastore::record::DeleteCondition;
use drystone_types::{BucketName, Key};

use crate::{Store, StoreError};

impl Store {
    /// DeleteObject. Deleting what is not there succeeds, unless a condition says otherwise (b159).
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`]; with a condition [`StoreError::NoSuchKey`], [`StoreError::Precondition`].
    pub async fn delete_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        condition: DeleteCondition,
    ) -> Result<(), StoreError> {
        self.freeing(|| self.meta.delete_object(bucket, key, condition)).await?;
        self.sweep_wanted.notify_one();
        Ok(())
    }
}
