//! Steps on buckets.

use drystone_types::BucketName;

use super::state::State;
use crate::MetaError;
use crate::record::{BucketChange, BucketId, BucketRecord, CreateBucket};
use crate::rules;

impl State {
    pub(super) fn create_bucket(&mut self, create: CreateBucket) -> Result<BucketRecord, MetaError> {
        if self.buckets.contains_key(&create.name) {
            return Err(MetaError::BucketAlreadyExists);
        }
        self.saw(create.now);
        self.last_bucket += 1;
        let record = rules::new_bucket(BucketId(self.last_bucket), create);
        self.buckets.insert(record.name.clone(), record.clone());
        Ok(record)
    }

    pub(super) fn list_buckets(
        &self,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> (Vec<BucketRecord>, bool) {
        let wanted = |bucket: &&BucketRecord| {
            let name = bucket.name.as_str();
            name.starts_with(prefix) && after.is_none_or(|after| name > after)
        };
        let mut found: Vec<_> = self.buckets.values().filter(wanted).take(max + 1).cloned().collect();
        let more = max > 0 && found.len() > max;
        found.truncate(max);
        (found, more)
    }

    pub(super) fn delete_bucket(&mut self, name: &BucketName) -> Result<(), MetaError> {
        let id = self.bucket_id(name)?;
        if self.versions.keys().any(|(bucket, _)| *bucket == id) {
            return Err(MetaError::BucketNotEmpty);
        }
        self.buckets.remove(name);
        if self.uploads.keys().any(|(bucket, _, _)| *bucket == id) {
            self.dead_buckets.insert(id);
        }
        Ok(())
    }

    pub(super) fn change_bucket(
        &mut self,
        name: &BucketName,
        change: BucketChange,
    ) -> Result<BucketRecord, MetaError> {
        let bucket = self.buckets.get_mut(name).ok_or(MetaError::NoSuchBucket)?;
        rules::change_bucket(bucket, change)?;
        Ok(bucket.clone())
    }

    /// Does the bucket of this id still exist? Its name, then.
    pub(super) fn bucket_name(&self, id: BucketId) -> Option<&BucketName> {
        self.buckets.values().find(|bucket| bucket.id == id).map(|bucket| &bucket.name)
    }
}
