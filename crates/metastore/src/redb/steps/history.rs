//! Changes of a key's history. What is current moves between `objects` and `versions` as newer versions come and go.

use drystone_types::{Version, VersionId, Versioning};

use crate::format::v2::{BucketHead, Content, Discarded, StoredObject, StoredVersion, encode_id};
use crate::listing::version_number;
use crate::redb::error::Step;
use crate::redb::history::History as _;
use crate::redb::writing::Writing;
use crate::rules;

/// What a write meets under a key, read once.
pub(super) struct Met<'k> {
    pub(super) bucket: &'k BucketHead,
    pub(super) key: &'k str,
    /// The row in `objects`.
    pub(super) object: Option<StoredObject>,
    /// The newest row in `versions`.
    pub(super) older: Option<StoredVersion>,
    /// The null version in `versions`, where the bucket's writes replace it.
    older_null: Option<StoredVersion>,
}

impl Met<'_> {
    /// The current version if it is an object.
    pub(super) fn current(&self) -> Option<&StoredObject> {
        self.object.as_ref()
    }

    /// The object that a write replaces.
    pub(super) fn replaced(&self) -> Option<&StoredObject> {
        let current = self.object.as_ref().filter(|object| object.record.version.is_null);
        let null = current.or(self.older_null.as_ref().and_then(StoredVersion::object));
        null.filter(|_| rules::writes_null(self.bucket.versioning))
    }

    fn newest(&self) -> Option<VersionId> {
        let current = self.object.as_ref().map(|object| object.record.version.id);
        current.max(self.older.as_ref().map(|older| older.version().id))
    }
}

impl Writing<'_> {
    /// Reads what a write needs to know of a key.
    pub(super) fn meet<'k>(&self, bucket: &'k BucketHead, key: &'k str) -> Step<Met<'k>> {
        let object = self.object(bucket, key)?;
        let (mut older, mut older_null) = (None, None);
        if bucket.versioning != Versioning::Unversioned {
            older = self.newest_older(bucket, key)?;
        }
        if bucket.versioning == Versioning::Suspended
            && let Some(id) = self.older_null(bucket, key)?
        {
            older_null = self.older(bucket, key, id)?;
        }
        Ok(Met { bucket, key, object, older, older_null })
    }

    /// The version that a write becomes. A null version is the newest, whatever its number was to be; another keeps its
    /// number unless the key has it already.
    pub(super) fn next_version(&mut self, met: &Met<'_>, wanted: VersionId) -> Step<Version> {
        let is_null = rules::writes_null(met.bucket.versioning);
        let mut id = wanted;
        if let Some(newest) = met.newest().filter(|newest| *newest >= wanted) {
            if is_null {
                id = rules::next_id(newest);
            }
            let current = met.current().map(|object| object.record.version.id);
            while Some(id) == current || self.versions.has(&(met.bucket.id, met.key, version_number(id)))? {
                id = rules::next_id(id);
            }
        }
        self.counters.version = self.counters.version.max(Some(id));
        Ok(Version { id, is_null })
    }

    /// Writes a new version, in the place of the null version where the bucket's writes replace it.
    pub(super) fn write_version(&mut self, mut met: Met<'_>, new: &StoredVersion) -> Step<()> {
        let (bucket, key) = (met.bucket, met.key);
        self.touch((bucket.id, key))?;
        let is_newest = met.newest().is_none_or(|newest| newest < new.version().id);
        let mut current = met.object.take();
        let had_object = current.is_some();
        if new.version().is_null {
            if let Some(null) = current.take_if(|object| object.record.version.is_null) {
                self.give_up(bucket, &null)?;
            } else if let Some(null) = met.older_null.take() {
                self.remove_older(bucket, key, null.version())?;
                if let StoredVersion::Object(object) = &null {
                    self.give_up(bucket, object)?;
                }
            }
        }
        if let StoredVersion::Object(object) = new {
            let size = object.record.size;
            self.count(bucket.id, |usage| usage.gain_version(size))?;
        }
        if !is_newest {
            return self.put_older(bucket, key, new);
        }
        if let Some(current) = current {
            self.put_older(bucket, key, &StoredVersion::Object(current))?;
        }
        match new {
            StoredVersion::Object(object) => self.put_current(bucket, key, object),
            StoredVersion::Marker(_) => {
                if had_object {
                    self.objects.remove(&(bucket.id, key))?;
                }
                self.put_older(bucket, key, new)
            }
        }
    }

    /// Deletes a version for good; the next one becomes current if it was.
    pub(super) fn delete_version(
        &mut self,
        bucket: &BucketHead,
        key: &str,
        gone: &StoredVersion,
    ) -> Step<()> {
        let current = self.object(bucket, key)?.map(|object| object.record.version);
        if current == Some(gone.version()) {
            self.objects.remove(&(bucket.id, key))?;
            self.touch((bucket.id, key))?;
        } else {
            let newest = self.newest_older(bucket, key)?.map(|newest| newest.version());
            self.remove_older(bucket, key, gone.version())?;
            if current.is_none() && newest == Some(gone.version()) {
                self.touch((bucket.id, key))?;
            }
        }
        if let StoredVersion::Object(object) = gone {
            self.give_up(bucket, object)?;
        }
        if bucket.versioning != Versioning::Unversioned
            && !self.objects.has(&(bucket.id, key))?
            && let Some(StoredVersion::Object(next)) = self.newest_older(bucket, key)?
        {
            self.remove_older(bucket, key, next.record.version)?;
            self.put_current(bucket, key, &next)?;
        }
        Ok(())
    }

    /// Rewrites a version in place.
    pub(super) fn rewrite(&mut self, bucket: &BucketHead, key: &str, object: StoredObject) -> Step<()> {
        let id = object.record.version.id;
        let at = (bucket.id, key, version_number(id));
        if bucket.versioning != Versioning::Unversioned && self.versions.has(&at)? {
            return self.put_older(bucket, key, &StoredVersion::Object(object));
        }
        self.put_current(bucket, key, &object)
    }

    fn put_current(&mut self, bucket: &BucketHead, key: &str, object: &StoredObject) -> Step<()> {
        self.objects.put(&(bucket.id, key), |place| object.encode(place, &bucket.owner))
    }

    fn put_older(&mut self, bucket: &BucketHead, key: &str, version: &StoredVersion) -> Step<()> {
        let Version { id, is_null } = version.version();
        let at = (bucket.id, key, version_number(id));
        self.versions.put(&at, |place| version.encode(place, &bucket.owner))?;
        if is_null {
            self.nulls.put(&(bucket.id, key), |place| encode_id(id, place))?;
        }
        Ok(())
    }

    fn remove_older(&mut self, bucket: &BucketHead, key: &str, version: Version) -> Step<()> {
        self.versions.remove(&(bucket.id, key, version_number(version.id)))?;
        if version.is_null {
            self.nulls.remove(&(bucket.id, key))?;
        }
        Ok(())
    }

    /// An object is gone: its blobs become garbage, one row however many parts it has, and no longer count.
    fn give_up(&mut self, bucket: &BucketHead, object: &StoredObject) -> Step<()> {
        let size = object.record.size;
        self.count(bucket.id, |usage| usage.lose_version(size))?;
        self.discard_row(&match &object.content {
            Content::Part(part) => Discarded::Blob(part.blob),
            Content::Manifest(number) => Discarded::Manifest(*number),
        })
    }
}
