//! DeleteObject: one step; the bytes go later, when no reader needs them.

pub use drystone_metastore::record::{DeleteCondition, Deleted};
use drystone_metastore::record::{DeleteObject, EventSeed};
use drystone_types::{AccountId, BucketName, Key, Versioning, WhichVersion};

use crate::{Store, StoreError};

/// A DeleteObject request.
#[derive(Clone, Debug)]
pub struct DeleteRequest {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// Deletes this version for good; otherwise a versioned bucket gets a delete marker.
    pub which: Option<WhichVersion>,
    /// Must hold (b159).
    pub condition: DeleteCondition,
    /// The caller asked to bypass governance, and may.
    pub bypass_governance: bool,
    /// Owner of a delete marker.
    pub owner: AccountId,
    /// Event to tell if a version is deleted for good.
    pub event: Option<EventSeed>,
    /// Event to tell if a delete marker is made.
    pub marker_event: Option<EventSeed>,
}

impl DeleteRequest {
    /// Deletes what is under a key, unconditionally.
    pub fn of(bucket: BucketName, key: Key, owner: AccountId) -> Self {
        Self {
            bucket,
            key,
            which: None,
            condition: DeleteCondition::None,
            bypass_governance: false,
            owner,
            event: None,
            marker_event: None,
        }
    }
}

impl Store {
    /// DeleteObject. Deleting what is not there succeeds, unless a condition says otherwise (b159).
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::InvalidVersion`], [`StoreError::Locked`]; with a condition [`StoreError::NoSuchKey`],
    /// [`StoreError::Precondition`].
    pub async fn delete_object(&self, request: DeleteRequest) -> Result<Deleted, StoreError> {
        let DeleteRequest { bucket, key, which, condition, bypass_governance, owner, event, marker_event } =
            request;
        let delete = DeleteObject {
            bucket,
            key,
            which,
            condition,
            bypass_governance,
            marker: self.next_version_id(),
            owner,
            now: self.now(),
            event,
            marker_event,
        };
        let deleted = self.freeing(|| self.meta.delete_object(delete.clone())).await?;
        if deleted.version.is_none() && matches!(which, Some(WhichVersion::Id(_))) {
            let bucket = self.get_bucket(&delete.bucket).await?;
            if bucket.versioning == Versioning::Unversioned {
                return Err(StoreError::InvalidVersion);
            }
        }
        self.told(delete.event.is_some() || delete.marker_event.is_some());
        self.sweep_wanted.notify_one();
        Ok(deleted)
    }
}
