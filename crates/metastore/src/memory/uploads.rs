//! Steps on uploads and parts.

use drystone_types::{BlobRef, Manifest, ManifestPart, PartNumber, Timestamp, UploadId};

use super::state::{Object, Open, State, Stored};
use crate::MetaError;
use crate::record::{
    BucketId, CommitUpload, CompletedRecord, CreateUpload, ObjectRecord, PartPage, PartRecord, PutPart,
    UploadName, UploadRecord, UploadState,
};
use crate::rules::{self, Scene};

type At = (BucketId, String, UploadId);

impl State {
    pub(super) fn create_upload(&mut self, create: CreateUpload) -> Result<UploadRecord, MetaError> {
        let bucket = self.bucket_id(&create.bucket)?;
        self.saw(create.initiated);
        let record = UploadRecord {
            id: create.id,
            bucket,
            key: create.key.clone(),
            initiated: create.initiated,
            initiator: create.initiator,
            properties: create.properties,
            checksum: create.checksum,
        };
        let open = Open { record: record.clone(), created_at_change: self.last_change };
        self.uploads.insert((bucket, create.key.as_str().to_owned(), create.id), open);
        self.saw_version(create.id.into());
        Ok(record)
    }

    fn open_upload(&self, name: &UploadName) -> Result<(At, &Open), MetaError> {
        let at = (self.bucket_id(&name.bucket)?, name.key.as_str().to_owned(), name.id);
        let open = self.uploads.get(&at).ok_or(MetaError::NoSuchUpload)?;
        Ok((at, open))
    }

    pub(super) fn get_upload(&self, name: &UploadName) -> Result<UploadState, MetaError> {
        match self.open_upload(name) {
            Ok((_, open)) => return Ok(UploadState::Open(open.record.clone())),
            Err(MetaError::NoSuchUpload) => {}
            Err(error) => return Err(error),
        }
        let bucket = self.bucket_id(&name.bucket)?;
        let ended =
            self.ended.get(&name.id).filter(|ended| ended.bucket == bucket && ended.key == name.key.as_str());
        let answer = ended.and_then(|ended| ended.answer.clone()).ok_or(MetaError::NoSuchUpload)?;
        Ok(UploadState::Completed(answer))
    }

    pub(super) fn put_part(&mut self, put: &PutPart) -> Result<PartRecord, MetaError> {
        let (at, open) = self.open_upload(&put.upload)?;
        let declared = open.record.checksum.is_some();
        let bucket = self.bucket(&put.upload.bucket)?;
        if bucket.quota_bytes.is_some() {
            let old = self.parts.get(&(put.upload.id, put.part_number.get()));
            let freed = old.map_or(0, |old| old.part.size);
            rules::check_quota(bucket.quota_bytes, self.usage(at.0), freed, put.size)?;
        }
        self.check_blob(&put.content)?;
        self.saw(put.now);
        let blob = self.take_blob(put.content.clone());
        let part = rules::put_part(put, declared, blob);
        let record = PartRecord { part, last_modified: put.now };
        let old = self.parts.insert((put.upload.id, put.part_number.get()), record);
        self.discard(old.into_iter().map(|old| old.part.blob).collect());
        Ok(record)
    }

    pub(super) fn list_parts(
        &self,
        name: &UploadName,
        after: u16,
        max: usize,
    ) -> Result<PartPage, MetaError> {
        let (_, open) = self.open_upload(name)?;
        let mut rest = self.parts_of(name.id).filter(|part| part.part.part_number.get() > after);
        let parts: Vec<_> = rest.by_ref().take(max).copied().collect();
        Ok(PartPage { upload: open.record.clone(), parts, is_truncated: max > 0 && rest.next().is_some() })
    }

    pub(super) fn commit_upload(&mut self, commit: CommitUpload) -> Result<CompletedRecord, MetaError> {
        let (upload, open) = self.open_upload(&commit.upload)?;
        let open = open.clone();
        let versioning = self.bucket(&commit.upload.bucket)?.versioning;
        let (parts, unlisted) = self.choose(commit.upload.id, &commit.chosen)?;
        let at = (upload.0, upload.1.clone());
        let current = self.find(&at, None).and_then(Stored::object);
        let changed = self.touched.get(&at).is_some_and(|change| *change > open.created_at_change);
        let judged = commit.precondition.judge(current.map(|object| object.record.etag), changed);
        judged.map_err(MetaError::Precondition)?;
        let replaced = self.replaced(versioning, &at).and_then(Stored::object);
        let lock = replaced.map(|object| &object.record.properties.lock);
        rules::check_lock(lock, commit.now, false)?;

        self.saw(commit.now);
        let wanted = if rules::writes_null(versioning) { commit.version } else { commit.upload.id.into() }; // b191
        let version = self.make_room(versioning, &at, wanted);
        let manifest = Manifest { parts };
        let record = ObjectRecord {
            version,
            etag: commit.etag,
            size: manifest.size(),
            last_modified: open.record.initiated, // b190
            properties: open.record.properties,
            checksum: commit.checksum,
        };
        let answer = rules::completed(&commit, &record);
        self.end_upload(upload, Some(answer.clone()));
        let seen = (&record).into();
        self.insert(at.clone(), Stored::Object(Object { record, manifest }));
        self.touch(&at);
        self.discard(unlisted);
        let UploadName { bucket, key, .. } = &commit.upload;
        self.tell(commit.event, Scene { bucket, key, versioning, now: commit.now }, seen);
        Ok(answer)
    }

    /// Splits the recorded parts into the chosen ones and the blobs of the others.
    fn choose(
        &self,
        id: UploadId,
        chosen: &[ManifestPart],
    ) -> Result<(Vec<ManifestPart>, Vec<BlobRef>), MetaError> {
        let mut wanted = chosen.iter().map(|part| (part.part_number, part.blob.id)).peekable();
        let (mut parts, mut unlisted) = (Vec::new(), Vec::new());
        for PartRecord { part, .. } in self.parts_of(id) {
            if wanted.next_if_eq(&(part.part_number, part.blob.id)).is_some() {
                parts.push(*part);
            } else {
                unlisted.push(part.blob);
            }
        }
        if parts.is_empty() || wanted.peek().is_some() {
            return Err(MetaError::PartsChanged);
        }
        Ok((parts, unlisted))
    }

    pub(super) fn abort_upload(
        &mut self,
        name: &UploadName,
        idle_since: Option<Timestamp>,
    ) -> Result<(), MetaError> {
        let (at, open) = self.open_upload(name)?;
        let youngest = self.parts_of(name.id).map(|part| part.last_modified).max();
        let youngest = youngest.max(Some(open.record.initiated));
        if idle_since.is_some() && youngest > idle_since {
            return Err(MetaError::NoSuchUpload);
        }
        self.end_upload(at, None);
        Ok(())
    }

    pub(super) fn drop_part(&mut self, id: UploadId, number: PartNumber) {
        self.parts.remove(&(id, number.get()));
    }
}
