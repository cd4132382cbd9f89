//! Reads of a key's history, within a step or on a snapshot.
//!
//! `objects` has the current version if it is an object; `versions` has all others, and all delete markers, the newest first;
//! `nulls` has the id of the null version among these. In a bucket that never had versioning the latter two have no rows.

use drystone_types::{VersionId, Versioning, WhichVersion};
use redb::ReadableTable;

use super::error::Step;
use super::tables::Rows;
use super::writing::Writing;
use crate::format::v2::{BucketHead, StoredObject, StoredVersion, decode_id};
use crate::listing::version_number;

/// Where a key's history is read.
pub(super) trait History {
    /// The row in `objects`.
    fn object(&self, bucket: &BucketHead, key: &str) -> Step<Option<StoredObject>>;
    /// The newest row in `versions`.
    fn newest_older(&self, bucket: &BucketHead, key: &str) -> Step<Option<StoredVersion>>;
    /// The row of this id in `versions`.
    fn older(&self, bucket: &BucketHead, key: &str, id: VersionId) -> Step<Option<StoredVersion>>;
    /// The id of the null version in `versions`.
    fn older_null(&self, bucket: &BucketHead, key: &str) -> Step<Option<VersionId>>;

    /// The named version, or the current one; an object or a delete marker.
    fn find(
        &self,
        bucket: &BucketHead,
        key: &str,
        which: Option<WhichVersion>,
    ) -> Step<Option<StoredVersion>> {
        let object = self.object(bucket, key)?;
        if let Some(object) = object
            && which.is_none_or(|which| object.record.version.is(which))
        {
            return Ok(Some(StoredVersion::Object(object)));
        }
        if bucket.versioning == Versioning::Unversioned {
            return Ok(None);
        }
        let id = match which {
            None => return self.newest_older(bucket, key),
            Some(WhichVersion::Null) => self.older_null(bucket, key)?,
            Some(WhichVersion::Id(id)) => Some(id),
        };
        let Some(id) = id else { return Ok(None) };
        let found = self.older(bucket, key, id)?;
        Ok(found.filter(|found| which.is_none_or(|which| found.version().is(which))))
    }
}

impl Writing<'_> {
    /// Has the key more than one version or delete marker?
    pub(super) fn has_several(&self, bucket: &BucketHead, key: &str) -> Step<bool> {
        let has_object = self.objects.has(&(bucket.id, key))?;
        let mut older = self.versions.range((bucket.id, key, 0)..=(bucket.id, key, u128::MAX))?;
        let mut count = usize::from(has_object);
        while count < 2 && older.next().transpose()?.is_some() {
            count += 1;
        }
        Ok(count > 1)
    }
}

impl History for Writing<'_> {
    fn object(&self, bucket: &BucketHead, key: &str) -> Step<Option<StoredObject>> {
        get_object(&self.objects, bucket, key)
    }

    fn newest_older(&self, bucket: &BucketHead, key: &str) -> Step<Option<StoredVersion>> {
        newest_of(&self.versions, bucket, key)
    }

    fn older(&self, bucket: &BucketHead, key: &str, id: VersionId) -> Step<Option<StoredVersion>> {
        get_version(&self.versions, bucket, key, id)
    }

    fn older_null(&self, bucket: &BucketHead, key: &str) -> Step<Option<VersionId>> {
        self.nulls.get(&(bucket.id, key), decode_id)
    }
}

pub(super) fn get_object<R>(
    rows: &Rows<(u64, &'static str), R>,
    bucket: &BucketHead,
    key: &str,
) -> Step<Option<StoredObject>>
where
    R: ReadableTable<(u64, &'static str), &'static [u8]>,
{
    rows.get(&(bucket.id, key), |value, place| StoredObject::decode(value, place, &bucket.owner))
}

pub(super) fn get_version<R>(
    rows: &Rows<(u64, &'static str, u128), R>,
    bucket: &BucketHead,
    key: &str,
    id: VersionId,
) -> Step<Option<StoredVersion>>
where
    R: ReadableTable<(u64, &'static str, u128), &'static [u8]>,
{
    let at = (bucket.id, key, version_number(id));
    rows.get(&at, |value, place| StoredVersion::decode(value, place, &bucket.owner))
}

pub(super) fn newest_of<R>(
    rows: &Rows<(u64, &'static str, u128), R>,
    bucket: &BucketHead,
    key: &str,
) -> Step<Option<StoredVersion>>
where
    R: ReadableTable<(u64, &'static str, u128), &'static [u8]>,
{
    let Some(row) = rows.range((bucket.id, key, 0)..=(bucket.id, key, u128::MAX))?.next().transpose()? else {
        return Ok(None);
    };
    let (at, value) = row;
    let at = at.value();
    let decoded = StoredVersion::decode(value.value(), &rows.place(&at), &bucket.owner);
    rows.check(&at, decoded).map(Some)
}
