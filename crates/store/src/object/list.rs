//! ListObjects, ListObjectsV2: one page.

pub use drystone_metastore::record::{ObjectEntry, ObjectPage, ObjectQuery};
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
}
