//! Steps on uploads and parts.

use drystone_types::{BlobRef, ManifestPart, Timestamp, UploadId};

use crate::MetaError;
use crate::format::v1::{StoredObject, StoredUpload, decode_number, decode_part, encode_part};
use crate::record::{
    BucketId, CommitUpload, CompletedRecord, CreateUpload, ObjectRecord, PartRecord, PutPart, UploadName,
    UploadRecord,
};
use crate::redb::error::Step;
use crate::redb::writing::Writing;

impl Writing<'_> {
    pub(in crate::redb) fn create_upload(&mut self, create: CreateUpload) -> Step<UploadRecord> {
        let CreateUpload { bucket, key, id, initiated, initiator, headers, checksum } = create;
        let bucket = self.bucket_id(&bucket)?;
        self.saw(initiated);
        self.counters.upload = self.counters.upload.max(Some(id));
        let created_at_change = self.counters.change;
        let row = StoredUpload { initiated, created_at_change, initiator, headers, checksum };
        self.uploads.put(&(bucket, key.as_str(), id.0), |place| row.encode(place))?;
        let StoredUpload { initiator, headers, .. } = row;
        Ok(UploadRecord { id, bucket: BucketId(bucket), key, initiated, initiator, headers, checksum })
    }

    /// The bucket's id and the row of an open upload.
    fn open_upload(&self, name: &UploadName) -> Step<(u64, StoredUpload)> {
        let bucket = self.bucket_id(&name.bucket)?;
        let row = self.uploads.get(&(bucket, name.key.as_str(), name.id.0), StoredUpload::decode)?;
        Ok((bucket, row.ok_or(MetaError::NoSuchUpload)?))
    }

    pub(in crate::redb) fn put_part(&mut self, put: PutPart) -> Step<PartRecord> {
        let (_, upload) = self.open_upload(&put.upload)?;
        let at = (put.upload.id.0, put.part_number.get());
        let old = self.parts.get(&at, decode_part)?;
        self.check_blob(&put.content)?;

        self.saw(put.now);
        let part = ManifestPart {
            part_number: put.part_number,
            blob: self.take_blob(put.content)?,
            md5: put.digests.md5,
            crc64nvme: put.digests.crc64nvme,
            checksum: put.digests.checksum.filter(|_| upload.checksum.is_some()), // b52
        };
        let record = PartRecord { part, last_modified: put.now };
        self.parts.put(&at, |place| encode_part(&record, place))?;
        self.discard(old.into_iter().map(|old| old.part.blob).collect())?;
        Ok(record)
    }

    /// The commit record: whoever removes the upload's row decides how it ended, and only one step can.
    pub(in crate::redb) fn commit_upload(&mut self, commit: &CommitUpload) -> Step<CompletedRecord> {
        let (bucket, upload) = self.open_upload(&commit.upload)?;
        let (parts, unlisted) = self.choose(commit.upload.id, &commit.chosen)?;
        let at = (bucket, commit.upload.key.as_str());
        let old = self.objects.get(&at, StoredObject::decode)?;
        let current = old.as_ref().map(|old| old.record.etag);
        let changed = self.touched.get(&at, decode_number)?;
        let changed = changed.is_some_and(|change| change > upload.created_at_change);
        commit.precondition.judge(current, changed).map_err(MetaError::Precondition)?;

        self.saw(commit.now);
        let size = parts.iter().map(|part| part.blob.len).sum();
        let (etag, checksum) = (commit.etag, commit.checksum);
        let answer = CompletedRecord { etag, checksum, size, completed: commit.now };
        let last_modified = upload.initiated; // b190
        let record = ObjectRecord { etag, size, last_modified, headers: upload.headers, checksum };
        self.end_upload((at.0, at.1, commit.upload.id), Some(answer.clone()))?;
        self.replace_object(at, old.as_ref(), Some((record, parts)))?;
        self.discard(unlisted)?;
        Ok(answer)
    }

    /// Splits the recorded parts into the chosen ones and the blobs of the others.
    fn choose(&self, id: UploadId, chosen: &[ManifestPart]) -> Step<(Vec<ManifestPart>, Vec<BlobRef>)> {
        let mut wanted = chosen.iter().map(|part| (part.part_number, part.blob.id)).peekable();
        let (mut parts, mut unlisted) = (Vec::with_capacity(chosen.len()), Vec::new());
        self.each_part(id, |PartRecord { part, .. }| {
            if wanted.next_if_eq(&(part.part_number, part.blob.id)).is_some() {
                parts.push(part);
            } else {
                unlisted.push(part.blob);
            }
        })?;
        if parts.is_empty() || wanted.peek().is_some() {
            return Err(MetaError::PartsChanged.into());
        }
        Ok((parts, unlisted))
    }

    fn each_part(&self, id: UploadId, mut each: impl FnMut(PartRecord)) -> Step<()> {
        for row in self.parts.range((id.0, 0)..=(id.0, u16::MAX))? {
            let (key, value) = row?;
            let key = key.value();
            each(self.parts.check(&key, decode_part(value.value(), &self.parts.place(&key)))?);
        }
        Ok(())
    }

    pub(in crate::redb) fn abort_upload(
        &mut self,
        name: &UploadName,
        idle_since: Option<Timestamp>,
    ) -> Step<()> {
        let (bucket, upload) = self.open_upload(name)?;
        if let Some(idle_since) = idle_since {
            let mut youngest = upload.initiated;
            self.each_part(name.id, |part| youngest = youngest.max(part.last_modified))?;
            if youngest > idle_since {
                return Err(MetaError::NoSuchUpload.into());
            }
        }
        self.end_upload((bucket, name.key.as_str(), name.id), None)
    }
}
