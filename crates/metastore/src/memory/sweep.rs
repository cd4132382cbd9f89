//! Leases, garbage, and what ended uploads leave behind.

use std::ops::Bound;

use drystone_types::{BlobHome, BlobId, BlobRef, BucketName, Timestamp};

use super::state::State;
use crate::record::{Event, Garbage, SessionId, UploadCursor, UploadRecord};

impl State {
    pub(super) fn open_session(&mut self) -> SessionId {
        self.last_session += 1;
        SessionId(self.last_session)
    }

    pub(super) fn grant_leases(&mut self, session: SessionId, count: u32) -> Vec<BlobId> {
        let ids: Vec<_> = (0..count).map(|_| self.fresh_blob()).collect();
        self.leases.extend(ids.iter().map(|id| (*id, session)));
        ids
    }

    pub(super) fn abandon_leases(&mut self, ids: &[BlobId]) {
        for id in ids {
            if self.leases.remove(id).is_some() {
                self.discard(vec![leased(*id)]);
            }
        }
    }

    pub(super) fn sweep_leases(&mut self, max: usize) -> usize {
        let current = SessionId(self.last_session);
        let old: Vec<_> =
            self.leases.iter().filter(|(_, s)| **s != current).map(|(id, _)| *id).take(max).collect();
        self.abandon_leases(&old);
        old.len()
    }

    pub(super) fn list_garbage(&self, after: u64, max: usize) -> Vec<Garbage> {
        let rows = self.garbage.range((Bound::Excluded(after), Bound::Unbounded)).take(max);
        rows.map(|(row, blobs)| Garbage { row: *row, blobs: blobs.clone() }).collect()
    }

    pub(super) fn forget_garbage(&mut self, rows: &[u64]) {
        for blob in rows.iter().filter_map(|row| self.garbage.remove(row)).flatten().collect::<Vec<_>>() {
            if blob.home == BlobHome::Inline {
                self.inline.remove(&blob.id);
            }
        }
    }

    pub(super) fn list_events(&self, after: u64, max: usize) -> Vec<Event> {
        let rows = self.events.range((Bound::Excluded(after), Bound::Unbounded)).take(max);
        rows.map(|(_, event)| event.clone()).collect()
    }

    pub(super) fn sweep_ended(&mut self, forget_before: Timestamp, max: usize) -> usize {
        let mut left = max;
        self.end_uploads_of_dead_buckets(&mut left);
        self.drain_parts(&mut left);
        self.forget_ended(forget_before, &mut left);
        max - left
    }

    fn end_uploads_of_dead_buckets(&mut self, left: &mut usize) {
        for bucket in self.dead_buckets.clone() {
            let uploads: Vec<_> = self.uploads.keys().filter(|at| at.0 == bucket).cloned().collect();
            for at in uploads {
                if !take(left) {
                    return;
                }
                self.end_upload(at, None);
            }
            if !take(left) {
                return;
            }
            self.dead_buckets.remove(&bucket);
        }
    }

    fn drain_parts(&mut self, left: &mut usize) {
        for id in self.draining.clone() {
            let owns = self.ended.get(&id).is_some_and(|ended| ended.answer.is_none());
            let batch: Vec<_> = self.parts_of(id).take(*left).map(|part| part.part).collect();
            *left -= batch.len();
            for part in &batch {
                self.drop_part(id, part.part_number);
            }
            if owns {
                self.discard(batch.iter().map(|part| part.blob).collect());
            }
            if !take(left) {
                return;
            }
            self.draining.remove(&id);
        }
    }

    fn forget_ended(&mut self, forget_before: Timestamp, left: &mut usize) {
        let mut old: Vec<_> = self
            .ended
            .iter()
            .filter(|(id, ended)| ended.at < forget_before && !self.draining.contains(id))
            .map(|(id, ended)| (ended.at, *id))
            .collect();
        old.sort_unstable();
        for (_, id) in old {
            if !take(left) {
                return;
            }
            self.ended.remove(&id);
        }
    }

    pub(super) fn scan_uploads(
        &self,
        after: Option<UploadCursor>,
        max: usize,
    ) -> Vec<(BucketName, UploadRecord)> {
        let after = after.map(|cursor| (cursor.bucket, cursor.key.as_str().to_owned(), cursor.id));
        let rows = self.uploads.range((after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded));
        let named = rows.filter_map(|((bucket, _, _), open)| {
            Some((self.bucket_name(*bucket)?.clone(), open.record.clone()))
        });
        named.take(max).collect()
    }
}

/// The blob of a lease; nobody knows how much of it was written.
fn leased(id: BlobId) -> BlobRef {
    BlobRef { id, len: 0, home: BlobHome::Store }
}

/// Takes one row from the budget, if there is one.
fn take(left: &mut usize) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}
