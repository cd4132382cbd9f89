//! Steps on buckets.

use drystone_types::{BucketName, Versioning};

use crate::MetaError;
use crate::format::v2::{encode_bucket, encode_mark, encode_name, encode_usage};
use crate::record::{BucketChange, BucketId, BucketRecord, BucketUsage, CreateBucket};
use crate::redb::error::Step;
use crate::redb::writing::Writing;
use crate::rules;

impl Writing<'_> {
    pub(in crate::redb) fn create_bucket(&mut self, create: CreateBucket) -> Step<BucketRecord> {
        if self.buckets.has(&create.name.as_str())? {
            return Err(MetaError::BucketAlreadyExists.into());
        }
        self.saw(create.now);
        self.counters.bucket += 1;
        let id = self.counters.bucket;
        let record = rules::new_bucket(BucketId(id), create);
        self.put_bucket(&record)?;
        self.bucket_names.put(&id, |place| encode_name(&record.name, place))?;
        self.usage.put(&id, |place| encode_usage(&BucketUsage::default(), place))?;
        Ok(record)
    }

    pub(in crate::redb) fn delete_bucket(&mut self, name: &BucketName) -> Step<()> {
        let bucket = self.bucket_head(name)?;
        let id = bucket.id;
        let mut is_empty = self.objects.range((id, "")..(id + 1, ""))?.next().transpose()?.is_none();
        if bucket.versioning != Versioning::Unversioned {
            is_empty &= self.versions.range((id, "", 0)..(id + 1, "", 0))?.next().transpose()?.is_none();
        }
        if !is_empty {
            return Err(MetaError::BucketNotEmpty.into());
        }
        let has_uploads = self.uploads.range((id, "", 0)..(id + 1, "", 0))?.next().transpose()?.is_some();
        self.buckets.remove(&name.as_str())?;
        self.bucket_names.remove(&id)?;
        self.usage.remove(&id)?;
        if has_uploads {
            self.dead_buckets.put(&id, encode_mark)?;
        }
        Ok(())
    }

    pub(in crate::redb) fn change_bucket(
        &mut self,
        name: &BucketName,
        change: BucketChange,
    ) -> Step<BucketRecord> {
        let mut bucket = self.bucket(name)?;
        rules::change_bucket(&mut bucket, change)?;
        self.put_bucket(&bucket)?;
        Ok(bucket)
    }

    pub(in crate::redb) fn put_bucket(&mut self, record: &BucketRecord) -> Step<()> {
        self.buckets.put(&record.name.as_str(), |place| encode_bucket(record, place))
    }
}
