//! Steps on objects.

use drystone_types::Versioning;

use super::history::Met;
use crate::MetaError;
use crate::format::v2::{Content, StoredObject, StoredVersion};
use crate::record::{
    ChangeObject, DeleteCondition, DeleteMarker, DeleteObject, Deleted, ObjectRecord, PutObject,
};
use crate::redb::error::Step;
use crate::redb::history::History as _;
use crate::redb::writing::Writing;
use crate::rules::{self, Scene, Seen};

/// What conditions and events know of a version.
pub(super) fn seen(version: &StoredVersion) -> Seen {
    match version {
        StoredVersion::Object(object) => (&object.record).into(),
        StoredVersion::Marker(marker) => marker.into(),
    }
}

impl Writing<'_> {
    pub(in crate::redb) fn put_object(&mut self, mut put: PutObject) -> Step<ObjectRecord> {
        let bucket = self.bucket_head(&put.bucket)?;
        let (name, key, now) = (put.bucket.clone(), put.key.clone(), put.now);
        let met = self.meet(&bucket, key.as_str())?;
        let current = met.current().map(|object| object.record.etag);
        put.precondition.judge(current, false).map_err(MetaError::Precondition)?;
        check_replaced(&met, now)?;
        if bucket.quota_bytes.is_some() {
            let freed = met.replaced().map_or(0, |object| object.record.size);
            rules::check_quota(bucket.quota_bytes, self.usage_of(bucket.id)?, freed, put.size)?;
        }
        self.check_blob(&put.content)?;

        self.saw(now);
        let version = self.next_version(&met, put.version)?;
        let blob = self.take_blob(put.content.clone())?;
        let event = put.event.take();
        let (record, part) = rules::put_object(put, version, blob);
        let object = StoredObject { record: record.clone(), content: Content::Part(part) };
        self.write_version(met, &StoredVersion::Object(object))?;
        let scene = Scene { bucket: &name, key: &key, versioning: bucket.versioning, now };
        self.tell(event, scene, (&record).into())?;
        Ok(record)
    }

    pub(in crate::redb) fn delete_object(&mut self, delete: DeleteObject) -> Step<Deleted> {
        let bucket = self.bucket_head(&delete.bucket)?;
        let key = delete.key.as_str();
        let found = self.find(&bucket, key, delete.which)?;
        rules::judge_delete(delete.condition, found.as_ref().map(seen), delete.which.is_some())?;
        if matches!(delete.condition, DeleteCondition::Noncurrent(..) | DeleteCondition::Alone(..)) {
            let current = self.find(&bucket, key, None)?.map(|current| current.version());
            rules::judge_place(delete.condition, current, self.has_several(&bucket, key)?)?;
        }
        let versioning = bucket.versioning;
        let scene = Scene { bucket: &delete.bucket, key: &delete.key, versioning, now: delete.now };
        if delete.which.is_none() && versioning != Versioning::Unversioned {
            let met = self.meet(&bucket, key)?;
            let lock = met.replaced().map(|object| &object.record.properties.lock);
            rules::check_lock(lock, delete.now, delete.bypass_governance)?;
            self.saw(delete.now);
            let version = self.next_version(&met, delete.marker)?;
            let marker = DeleteMarker { version, last_modified: delete.now, owner: delete.owner };
            let told = Seen::from(&marker);
            self.write_version(met, &StoredVersion::Marker(marker))?;
            self.tell(delete.marker_event, scene, told)?;
            return Ok(Deleted { version: Some(version), delete_marker: true });
        }
        let Some(found) = found else { return Ok(Deleted::default()) };
        let lock = found.object().map(|object| &object.record.properties.lock);
        rules::check_lock(lock, delete.now, delete.bypass_governance)?;
        self.saw(delete.now);
        self.delete_version(&bucket, key, &found)?;
        self.tell(delete.event, scene, Seen { object: None, ..seen(&found) })?;
        let version = rules::shown(versioning, found.version());
        Ok(Deleted { version, delete_marker: found.object().is_none() })
    }

    pub(in crate::redb) fn change_object(&mut self, change: ChangeObject) -> Step<ObjectRecord> {
        let bucket = self.bucket_head(&change.bucket)?;
        let found = self.find(&bucket, change.key.as_str(), change.which)?;
        let mut object = object_found(found, change.which.is_some())?;
        rules::change_object(&mut object.record, change.change, change.now)?;
        self.saw(change.now);
        let record = object.record.clone();
        self.rewrite(&bucket, change.key.as_str(), object)?;
        let versioning = bucket.versioning;
        let scene = Scene { bucket: &change.bucket, key: &change.key, versioning, now: change.now };
        self.tell(change.event, scene, (&record).into())?;
        Ok(record)
    }
}

/// The object that was found, or why there is none.
pub(in crate::redb) fn object_found(
    found: Option<StoredVersion>,
    named: bool,
) -> Result<StoredObject, MetaError> {
    match found {
        Some(StoredVersion::Object(object)) => Ok(object),
        Some(StoredVersion::Marker(DeleteMarker { version, last_modified, .. })) => {
            Err(MetaError::DeleteMarker { version, last_modified })
        }
        None if named => Err(MetaError::NoSuchVersion),
        None => Err(MetaError::NoSuchKey),
    }
}

/// Fails while a lock holds the version that a write would replace.
pub(super) fn check_replaced(met: &Met<'_>, now: drystone_types::Timestamp) -> Result<(), MetaError> {
    rules::check_lock(met.replaced().map(|object| &object.record.properties.lock), now, false)
}
