//! Changes of a version in place: tags, retention, legal hold, ACL.

use drystone_metastore::record::{ChangeObject, EventSeed};
use drystone_types::{BucketName, Key, WhichVersion};

pub use drystone_metastore::record::{ObjectChange, ObjectRecord};

use crate::{Store, StoreError};

impl Store {
    /// Changes a version, or the current one; neither its id nor its Last-Modified changes.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchKey`], [`StoreError::NoSuchVersion`],
    /// [`StoreError::InvalidVersion`], [`StoreError::DeleteMarker`], [`StoreError::Locked`].
    pub async fn change_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
        change: ObjectChange,
        event: Option<EventSeed>,
    ) -> Result<ObjectRecord, StoreError> {
        let (name, key) = (bucket.clone(), key.clone());
        let change = ChangeObject { bucket: name, key, which, change, now: self.now(), event };
        let tells = change.event.is_some();
        match self.meta.change_object(change).await {
            Err(error) => Err(self.no_version(bucket, error).await),
            changed => {
                self.told(tells);
                Ok(changed?)
            }
        }
    }
}
