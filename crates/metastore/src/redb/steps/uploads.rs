//! Steps on uploads and parts.

use drystone_types::{BlobRef, ManifestPart, Timestamp, UploadId};
use tracing::warn;

use super::objects::check_replaced;
use crate::MetaError;
use crate::format::v2::{
    BucketHead, StoredObject, StoredUpload, StoredVersion, decode_number, decode_part, encode_part,
};
use crate::record::{
    BucketId, CommitUpload, CompletedRecord, CreateUpload, ObjectRecord, PartRecord, PutPart, UploadName,
    UploadRecord,
};
use crate::redb::error::{Fault, Step};
use crate::redb::writing::Writing;
use crate::rules::{self, Scene};

/// The parts of an upload, divided by a Complete.
struct Chosen {
    parts: Vec<ManifestPart>,
    unlisted: Vec<BlobRef>,
    /// All parts and their bytes.
    count: u64,
    bytes: u64,
}

impl Writing<'_> {
    pub(in crate::redb) fn create_upload(&mut self, create: CreateUpload) -> Step<UploadRecord> {
        let CreateUpload { bucket, key, id, initiated, initiator, properties, checksum } = create;
        let bucket = self.bucket_head(&bucket)?;
        self.saw(initiated);
        self.counters.version = self.counters.version.max(Some(id.into()));
        let created_at_change = self.counters.change;
        let row = StoredUpload { initiated, created_at_change, initiator, properties, checksum };
        let at = (bucket.id, key.as_str(), id.0);
        self.uploads.put(&at, |place| row.encode(place, &bucket.owner))?;
        let StoredUpload { initiator, properties, .. } = row;
        let bucket = BucketId(bucket.id);
        Ok(UploadRecord { id, bucket, key, initiated, initiator, properties, checksum })
    }

    /// The bucket and the row of an open upload.
    fn open_upload(&self, name: &UploadName) -> Step<(BucketHead, StoredUpload)> {
        let bucket = self.bucket_head(&name.bucket)?;
        let at = (bucket.id, name.key.as_str(), name.id.0);
        let row = self.uploads.get(&at, |value, place| StoredUpload::decode(value, place, &bucket.owner))?;
        Ok((bucket, row.ok_or(MetaError::NoSuchUpload)?))
    }

    pub(in crate::redb) fn put_part(&mut self, put: &PutPart) -> Step<PartRecord> {
        let (bucket, upload) = self.open_upload(&put.upload)?;
        let at = (put.upload.id.0, put.part_number.get());
        let old = self.parts.get(&at, decode_part)?.map(|old| old.part);
        if bucket.quota_bytes.is_some() {
            let freed = old.map_or(0, |old| old.size);
            rules::check_quota(bucket.quota_bytes, self.usage_of(bucket.id)?, freed, put.size)?;
        }
        self.check_blob(&put.content)?;

        self.saw(put.now);
        let blob = self.take_blob(put.content.clone())?;
        let part = rules::put_part(put, upload.checksum.is_some(), blob);
        let record = PartRecord { part, last_modified: put.now };
        self.parts.put(&at, |place| encode_part(&record, place))?;
        self.count(bucket.id, |usage| {
            if let Some(old) = old {
                usage.lose_parts(1, old.size);
            }
            usage.gain_part(part.size);
        })?;
        self.discard(old.into_iter().map(|old| old.blob).collect())?;
        Ok(record)
    }

    /// The commit record: whoever removes the upload's row decides how it ended, and only one step can.
    pub(in crate::redb) fn commit_upload(&mut self, mut commit: CommitUpload) -> Step<CompletedRecord> {
        let (bucket, upload) = self.open_upload(&commit.upload)?;
        let chosen = self.choose(commit.upload.id, &commit.chosen)?;
        let key = commit.upload.key.as_str();
        let met = self.meet(&bucket, key)?;
        let changed = self.touched.get(&(bucket.id, key), decode_number)?;
        let changed = changed.is_some_and(|change| change > upload.created_at_change);
        let current = met.current().map(|object| object.record.etag);
        commit.precondition.judge(current, changed).map_err(MetaError::Precondition)?;
        check_replaced(&met, commit.now)?;

        self.saw(commit.now);
        let is_null = rules::writes_null(bucket.versioning);
        let wanted = if is_null { commit.version } else { commit.upload.id.into() }; // b191
        let record = ObjectRecord {
            version: self.next_version(&met, wanted)?,
            etag: commit.etag,
            size: chosen.parts.iter().map(|part| part.size).sum(),
            last_modified: upload.initiated, // b190
            properties: upload.properties,
            checksum: commit.checksum,
        };
        let answer = rules::completed(&commit, &record);
        let seen = (&record).into();
        self.end_upload((bucket.id, key, commit.upload.id), Some(answer.clone()))?;
        self.count(bucket.id, |usage| usage.lose_parts(chosen.count, chosen.bytes))?;
        let content = self.store_parts(chosen.parts)?;
        self.write_version(met, &StoredVersion::Object(StoredObject { record, content }))?;
        self.discard(chosen.unlisted)?;
        let event = commit.event.take();
        let UploadName { bucket: name, key, .. } = &commit.upload;
        let scene = Scene { bucket: name, key, versioning: bucket.versioning, now: commit.now };
        self.tell(event, scene, seen)?;
        Ok(answer)
    }

    /// Splits the recorded parts into the chosen ones and the blobs of the others.
    fn choose(&self, id: UploadId, chosen: &[ManifestPart]) -> Step<Chosen> {
        let mut wanted = chosen.iter().map(|part| (part.part_number, part.blob.id)).peekable();
        let parts = Vec::with_capacity(chosen.len());
        let mut all = Chosen { parts, unlisted: Vec::new(), count: 0, bytes: 0 };
        for row in self.parts.range((id.0, 0)..=(id.0, u16::MAX))? {
            let (key, value) = row?;
            let key = key.value();
            let row = self.parts.check(&key, decode_part(value.value(), &self.parts.place(&key)))?;
            let part = row.part;
            all.count += 1;
            all.bytes += part.size;
            if wanted.next_if_eq(&(part.part_number, part.blob.id)).is_some() {
                all.parts.push(part);
            } else {
                all.unlisted.push(part.blob);
            }
        }
        if all.parts.is_empty() || wanted.peek().is_some() {
            return Err(MetaError::PartsChanged.into());
        }
        Ok(all)
    }

    pub(in crate::redb) fn abort_upload(
        &mut self,
        name: &UploadName,
        idle_since: Option<Timestamp>,
    ) -> Step<()> {
        let (bucket, upload) = self.open_upload(name)?;
        let mut youngest = upload.initiated;
        let (mut count, mut bytes) = (0, 0);
        for row in self.parts.range((name.id.0, 0)..=(name.id.0, u16::MAX))? {
            let (key, value) = row?;
            let key = key.value();
            match self.parts.check(&key, decode_part(value.value(), &self.parts.place(&key))) {
                Ok(row) => {
                    youngest = youngest.max(row.last_modified);
                    bytes += row.part.size;
                }
                Err(Fault::Outcome(broken)) => {
                    warn!(%broken, "left a part of an aborted upload to the audit");
                }
                Err(fault) => return Err(fault),
            }
            count += 1;
        }
        if idle_since.is_some_and(|idle_since| youngest > idle_since) {
            return Err(MetaError::NoSuchUpload.into());
        }
        self.end_upload((bucket.id, name.key.as_str(), name.id), None)?;
        self.count(bucket.id, |usage| usage.lose_parts(count, bytes))
    }
}
