//! ListObjects, ListObjectsV2, ListObjectVersions: one page.

pub use drystone_metastore::record::{
    DeleteMarker, ObjectEntry, ObjectPage, ObjectQuery, VersionEntry, VersionPage, VersionQuery,
};
use drystone_types::BucketName;

use crate::{Store, StoreError};

impl Store {
    /// A page of visible objects; open uploads never show (b105).
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`].
    pub async fn list_objects(
        &self,
        bucket: &BucketName,
        query: ObjectQuery,
    ) -> Result<ObjectPage, StoreError> {
        Ok(self.meta.list_objects(bucket, query).await?)
    }

    /// A page of versions and delete markers, by key and then the latest first.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`].
    pub async fn list_versions(
        &self,
        bucket: &BucketName,
        query: VersionQuery,
    ) -> Result<VersionPage, StoreError> {
        Ok(self.meta.list_versions(bucket, query).await?)
    }
}
