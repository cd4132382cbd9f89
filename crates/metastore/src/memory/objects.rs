//! Steps on objects.

use drystone_types::{BlobHome, BucketName, Key, Manifest, Version, WhichVersion};

use super::state::{At, Object, State, Stored};
use crate::MetaError;
use crate::record::{ChangeObject, DeleteMarker, DeleteObject, Deleted, ObjectRecord, ObjectView, PutObject};
use crate::rules::{self, Scene, Seen};

impl State {
    pub(super) fn put_object(&mut self, mut put: PutObject) -> Result<ObjectRecord, MetaError> {
        let (bucket, at) = self.place(&put.bucket, &put.key)?;
        let (versioning, id) = (bucket.versioning, bucket.id);
        let current = self.find(&at, None).and_then(Stored::object);
        put.precondition
            .judge(current.map(|object| object.record.etag), false)
            .map_err(MetaError::Precondition)?;
        let replaced = self.replaced(versioning, &at).and_then(Stored::object).map(|object| &object.record);
        rules::check_lock(replaced.map(|object| &object.properties.lock), put.now, false)?;
        if bucket.quota_bytes.is_some() {
            let freed = replaced.map_or(0, |object| object.size);
            rules::check_quota(bucket.quota_bytes, self.usage(id), freed, put.size)?;
        }
        self.check_blob(&put.content)?;

        self.saw(put.now);
        let version = self.make_room(versioning, &at, put.version);
        let blob = self.take_blob(put.content.clone());
        let event = put.event.take();
        let (name, key, now) = (put.bucket.clone(), put.key.clone(), put.now);
        let (record, part) = rules::put_object(put, version, blob);
        self.insert(at.clone(), Stored::Object(Object { record: record.clone(), manifest: one(part) }));
        self.touch(&at);
        self.tell(event, Scene { bucket: &name, key: &key, versioning, now }, (&record).into());
        Ok(record)
    }

    pub(super) fn get_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<ObjectView, MetaError> {
        let Object { record, manifest } = self.object(bucket, key, which)?.clone();
        let inline = match manifest.parts.as_slice() {
            [part] if part.blob.home == BlobHome::Inline => self.inline.get(&part.blob.id).cloned(),
            _ => None,
        };
        Ok(ObjectView { record, manifest, inline })
    }

    pub(super) fn delete_object(&mut self, delete: DeleteObject) -> Result<Deleted, MetaError> {
        let (bucket, at) = self.place(&delete.bucket, &delete.key)?;
        let versioning = bucket.versioning;
        let met = self.find(&at, delete.which);
        rules::judge_delete(delete.condition, met.map(Stored::seen), delete.which.is_some())?;
        let history = self.history(&at);
        let current = history.first().map(Stored::version);
        rules::judge_place(delete.condition, current, history.len() > 1)?;
        let goes = if delete.which.is_some() { met } else { self.replaced(versioning, &at) };
        let lock = goes.and_then(Stored::object).map(|object| &object.record.properties.lock);
        rules::check_lock(lock, delete.now, delete.bypass_governance)?;

        let scene = Scene { bucket: &delete.bucket, key: &delete.key, versioning, now: delete.now };
        if delete.which.is_none() && versioning != drystone_types::Versioning::Unversioned {
            self.saw(delete.now);
            let version = self.make_room(versioning, &at, delete.marker);
            let marker = DeleteMarker { version, last_modified: delete.now, owner: delete.owner };
            let seen = Seen::from(&marker);
            self.insert(at.clone(), Stored::Marker(marker));
            self.touch(&at);
            self.tell(delete.marker_event, scene, seen);
            return Ok(Deleted { version: Some(version), delete_marker: true });
        }
        let Some(goes) = goes.map(Stored::seen) else { return Ok(Deleted::default()) };
        self.saw(delete.now);
        self.remove(&at, goes.version);
        let gone = Seen { object: None, ..goes };
        self.tell(delete.event, scene, gone);
        let delete_marker = goes.object.is_none();
        Ok(Deleted { version: rules::shown(versioning, goes.version), delete_marker })
    }

    /// Deletes a version for good.
    fn remove(&mut self, at: &At, version: Version) {
        let was_current = self.find(at, None).is_some_and(|newest| newest.version() == version);
        self.take_out(at, |other| other == version);
        if was_current {
            self.touch(at);
        }
    }

    pub(super) fn change_object(&mut self, change: ChangeObject) -> Result<ObjectRecord, MetaError> {
        let mut record = self.object(&change.bucket, &change.key, change.which)?.record.clone();
        rules::change_object(&mut record, change.change, change.now)?;
        let (bucket, at) = self.place(&change.bucket, &change.key)?;
        let versioning = bucket.versioning;
        for stored in self.versions.get_mut(&at).into_iter().flatten() {
            if let Stored::Object(object) = stored
                && object.record.version == record.version
            {
                object.record = record.clone();
            }
        }
        self.saw(change.now);
        let scene = Scene { bucket: &change.bucket, key: &change.key, versioning, now: change.now };
        self.tell(change.event, scene, (&record).into());
        Ok(record)
    }
}

fn one(part: drystone_types::ManifestPart) -> Manifest {
    Manifest { parts: vec![part] }
}
