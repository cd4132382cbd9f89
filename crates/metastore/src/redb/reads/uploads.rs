//! Reads of uploads, parts and garbage.

use std::ops::Bound;

use drystone_types::{BlobRef, BucketName, Key, UploadId, VersionId};

use super::View;
use crate::MetaError;
use crate::format::v2::{
    BucketHead, Discarded, Ended, Malformed, Place, StoredUpload, decode_name, decode_part,
};
use crate::record::{
    BucketId, Garbage, PartPage, PartRecord, UploadCursor, UploadName, UploadRecord, UploadState,
};
use crate::redb::error::{Fault, Step};
use crate::redb::tables;

impl View {
    pub(in crate::redb) fn get_upload(&self, name: &UploadName) -> Step<UploadState> {
        let bucket = self.bucket_head(&name.bucket)?;
        if let Some(upload) = self.upload(&bucket, &name.key, name.id)? {
            return Ok(UploadState::Open(upload));
        }
        let ended = self.ended(name.id)?;
        let ended = ended.filter(|ended| ended.bucket.0 == bucket.id && ended.key == name.key.as_str());
        let answer = ended.and_then(|ended| ended.answer).ok_or(MetaError::NoSuchUpload)?;
        Ok(UploadState::Completed(answer))
    }

    fn upload(&self, bucket: &BucketHead, key: &Key, id: UploadId) -> Step<Option<UploadRecord>> {
        let at = (bucket.id, key.as_str(), id.0);
        let decode = |value: &[u8], place: &Place<'_>| StoredUpload::decode(value, place, &bucket.owner);
        let row = self.open(tables::UPLOADS)?.get(&at, decode)?;
        Ok(row.map(|row| record(at, key.clone(), row)))
    }

    pub(super) fn ended(&self, id: UploadId) -> Step<Option<Ended>> {
        self.open(tables::ENDED)?.get(&id.0, Ended::decode)
    }

    pub(in crate::redb) fn list_parts(&self, name: &UploadName, after: u16, max: usize) -> Step<PartPage> {
        let bucket = self.bucket_head(&name.bucket)?;
        let upload = self.upload(&bucket, &name.key, name.id)?.ok_or(MetaError::NoSuchUpload)?;
        let rows = self.open(tables::PARTS)?;
        let range = (Bound::Excluded((name.id.0, after)), Bound::Included((name.id.0, u16::MAX)));
        let mut parts: Vec<PartRecord> = Vec::new();
        for row in rows.range(range)?.take(max.saturating_add(1)) {
            let (key, value) = row?;
            let key = key.value();
            parts.push(rows.check(&key, decode_part(value.value(), &rows.place(&key)))?);
        }
        let is_truncated = max > 0 && parts.len() > max;
        parts.truncate(max);
        Ok(PartPage { upload, parts, is_truncated })
    }

    pub(in crate::redb) fn scan_uploads(
        &self,
        after: Option<&UploadCursor>,
        max: usize,
    ) -> Step<Vec<(BucketName, UploadRecord)>> {
        let (uploads, names) = (self.open(tables::UPLOADS)?, self.open(tables::BUCKET_NAMES)?);
        let start = after.map_or(Bound::Unbounded, |cursor| {
            Bound::Excluded((cursor.bucket.0, cursor.key.as_str(), cursor.id.0))
        });
        let mut found = Vec::new();
        let mut bucket: Option<(BucketName, BucketHead)> = None;
        let mut rows = uploads.range((start, Bound::Unbounded))?;
        while found.len() < max
            && let Some(row) = rows.next().transpose()?
        {
            let (at, value) = row;
            let at = at.value();
            if bucket.as_ref().is_none_or(|(_, head)| head.id != at.0) {
                let Some(name) = names.get(&at.0, decode_name)? else {
                    rows = uploads.range((at.0 + 1, "", 0)..)?; // the bucket was deleted: past its uploads
                    continue;
                };
                let head = self.bucket_head(&name)?;
                bucket = Some((name, head));
            }
            let Some((name, head)) = &bucket else { continue };
            let decoded = StoredUpload::decode(value.value(), &uploads.place(&at), &head.owner);
            let row = uploads.check(&at, decoded)?;
            let key = uploads.check(&at, Key::parse(at.1).map_err(|_| Malformed("the key is not legal")))?;
            found.push((name.clone(), record(at, key, row)));
        }
        Ok(found)
    }

    pub(in crate::redb) fn list_garbage(&self, after: u64, max: usize) -> Step<Vec<Garbage>> {
        let rows = self.open(tables::GARBAGE)?;
        let mut found = Vec::new();
        for row in rows.range((Bound::Excluded(after), Bound::Unbounded))?.take(max) {
            let (key, value) = row?;
            let row = key.value();
            let discarded = rows.check(&row, Discarded::decode(value.value(), &rows.place(&row)))?;
            found.push(Garbage { row, blobs: self.expand(discarded)? });
        }
        Ok(found)
    }

    /// The blobs of a garbage row.
    pub(super) fn expand(&self, discarded: Discarded) -> Step<Vec<BlobRef>> {
        match discarded {
            Discarded::Blob(blob) => Ok(vec![blob]),
            Discarded::Blobs(blobs) => Ok(blobs),
            Discarded::Manifest(number) => {
                Ok(self.numbered_manifest(number)?.parts.iter().map(|part| part.blob).collect())
            }
        }
    }

    pub(in crate::redb) fn last_version_id(&self) -> Step<Option<VersionId>> {
        self.counters().map(|counters| counters.version)
    }

    /// Is or was `id` an upload of this key (b97)?
    pub(super) fn was_upload_of(&self, bucket: u64, key: &str, id: UploadId) -> Step<bool> {
        let ended: Result<_, Fault> = self.ended(id);
        if ended?.is_some_and(|ended| ended.bucket == BucketId(bucket) && ended.key == key) {
            return Ok(true);
        }
        self.open(tables::UPLOADS)?.has(&(bucket, key, id.0))
    }
}

/// The record of a row.
pub(super) fn record((bucket, _, id): (u64, &str, u128), key: Key, row: StoredUpload) -> UploadRecord {
    let StoredUpload { initiated, initiator, properties, checksum, created_at_change: _ } = row;
    let (id, bucket) = (UploadId(id), BucketId(bucket));
    UploadRecord { id, bucket, key, initiated, initiator, properties, checksum }
}
