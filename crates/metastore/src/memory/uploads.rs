//! Steps on uploads and parts.

use drystone_types::{BlobRef, Manifest, ManifestPart, PartNumber, Timestamp, UploadId};

use super::state::{Object, Open, State};
use crate::MetaError;
use crate::record::{
    BucketId, CommitUpload, CompletedRecord, CreateUpload, ObjectRecord, PartPage, PartRecord, PutPart,
    UploadName, UploadRecord, UploadState,
};

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
            headers: create.headers,
            checksum: create.checksum,
        };
        let open = Open { record: record.clone(), created_at_change: self.last_change };
        self.uploads.insert((bucket, create.key.as_str().to_owned(), create.id), open);
        self.last_upload = self.last_upload.max(Some(create.id));
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

    pub(super) fn put_part(&mut self, put: PutPart) -> Result<PartRecord, MetaError> {
        let (_, open) = self.open_upload(&put.upload)?;
        let declared = open.record.checksum.is_some();
        self.check_blob(&put.content)?;
        self.saw(put.now);
        let part = ManifestPart {
            part_number: put.part_number,
            blob: self.take_blob(put.content),
            md5: put.digests.md5,
            crc64nvme: put.digests.crc64nvme,
            checksum: put.digests.checksum.filter(|_| declared), // b52
        };
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

    pub(super) fn commit_upload(&mut self, commit: &CommitUpload) -> Result<CompletedRecord, MetaError> {
        let (at, open) = self.open_upload(&commit.upload)?;
        let open = open.clone();
        let (parts, unlisted) = self.choose(commit.upload.id, &commit.chosen)?;
        let place = (at.0, at.1.clone());
        let current = self.objects.get(&place).map(|object| object.record.etag);
        let changed = self.touched.get(&place).is_some_and(|change| *change > open.created_at_change);
        commit.precondition.judge(current, changed).map_err(MetaError::Precondition)?;

        self.saw(commit.now);
        let manifest = Manifest { parts };
        let size = manifest.size();
        let answer =
            CompletedRecord { etag: commit.etag, checksum: commit.checksum, size, completed: commit.now };
        let record = ObjectRecord {
            etag: commit.etag,
            size,
            last_modified: open.record.initiated, // b190
            headers: open.record.headers,
            checksum: commit.checksum,
        };
        self.end_upload(at, Some(answer.clone()));
        self.replace_object(place, Some(Object { record, manifest }));
        self.discard(unlisted);
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
