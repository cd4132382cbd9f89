//! Buckets: create, head, list, delete, and their lifecycle configuration.

use drystone_metastore::record::BucketRecord;
use drystone_types::BucketName;
use drystone_types::lifecycle::LifecycleConfiguration;

use crate::{Store, StoreError};

impl Store {
    /// CreateBucket.
    ///
    /// # Errors
    /// [`StoreError::BucketAlreadyOwnedByYou`].
    pub async fn create_bucket(
        &self,
        name: BucketName,
        location: String,
    ) -> Result<BucketRecord, StoreError> {
        Ok(self.meta.create_bucket(name, location, self.now()).await?)
    }

    /// HeadBucket, and the existence check that comes before everything else (b12).
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`].
    pub async fn get_bucket(&self, name: &BucketName) -> Result<BucketRecord, StoreError> {
        Ok(self.meta.get_bucket(name).await?)
    }

    /// ListBuckets: ascending by name, at most `max` after `after`; and whether more follow.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn list_buckets(
        &self,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<(Vec<BucketRecord>, bool), StoreError> {
        Ok(self.meta.list_buckets(prefix, after, max).await?)
    }

    /// DeleteBucket. Open uploads go with it (b166).
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::BucketNotEmpty`].
    pub async fn delete_bucket(&self, name: &BucketName) -> Result<(), StoreError> {
        self.freeing(|| self.meta.delete_bucket(name)).await?;
        self.sweep_wanted.notify_one();
        Ok(())
    }

    /// PutBucketLifecycleConfiguration, or its deletion with `None`.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`].
    pub async fn set_lifecycle(
        &self,
        name: &BucketName,
        lifecycle: Option<LifecycleConfiguration>,
    ) -> Result<(), StoreError> {
        Ok(self.meta.set_lifecycle(name, lifecycle).await?)
    }

    /// GetBucketLifecycleConfiguration.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchLifecycleConfiguration`].
    pub async fn get_lifecycle(&self, name: &BucketName) -> Result<LifecycleConfiguration, StoreError> {
        self.meta.get_bucket(name).await?.lifecycle.ok_or(StoreError::NoSuchLifecycleConfiguration)
    }
}
