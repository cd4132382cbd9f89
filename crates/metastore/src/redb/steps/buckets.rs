//! Steps on buckets.

use drystone_types::lifecycle::LifecycleConfiguration;
use drystone_types::{BucketName, Timestamp};

use crate::MetaError;
use crate::format::v1::{StoredBucket, encode_mark, encode_name};
use crate::record::{BucketId, BucketRecord};
use crate::redb::error::Step;
use crate::redb::writing::Writing;

impl Writing<'_> {
    pub(in crate::redb) fn create_bucket(
        &mut self,
        name: BucketName,
        location: String,
        now: Timestamp,
    ) -> Step<BucketRecord> {
        if self.buckets.has(&name.as_str())? {
            return Err(MetaError::BucketAlreadyExists.into());
        }
        self.saw(now);
        self.counters.bucket += 1;
        let id = self.counters.bucket;
        let record = BucketRecord { id: BucketId(id), name, created: now, location, lifecycle: None };
        self.put_bucket(&record)?;
        self.bucket_names.put(&id, |place| encode_name(&record.name, place))?;
        Ok(record)
    }

    pub(in crate::redb) fn delete_bucket(&mut self, name: &BucketName) -> Step<()> {
        let id = self.bucket_id(name)?;
        if self.objects.range((id, "")..(id + 1, ""))?.next().transpose()?.is_some() {
            return Err(MetaError::BucketNotEmpty.into());
        }
        let has_uploads = self.uploads.range((id, "", 0)..(id + 1, "", 0))?.next().transpose()?.is_some();
        self.buckets.remove(&name.as_str())?;
        self.bucket_names.remove(&id)?;
        if has_uploads {
            self.dead_buckets.put(&id, encode_mark)?;
        }
        Ok(())
    }

    pub(in crate::redb) fn set_lifecycle(
        &mut self,
        name: &BucketName,
        lifecycle: Option<LifecycleConfiguration>,
    ) -> Step<()> {
        let bucket = self.bucket(name)?;
        self.put_bucket(&BucketRecord { lifecycle, ..bucket })
    }

    fn put_bucket(&mut self, record: &BucketRecord) -> Step<()> {
        self.buckets.put(&record.name.as_str(), |place| StoredBucket::from(record).encode(place))
    }
}
