//! Leases, garbage, and what ended uploads leave behind, in batches.

use drystone_types::{BlobHome, BlobId, BlobRef, Timestamp, UploadId};
use tracing::warn;

use crate::format::v2::{Discarded, Ended, decode_manifest, decode_number, decode_part, encode_number};
use crate::record::SessionId;
use crate::redb::error::{Fault, Step};
use crate::redb::writing::Writing;

impl Writing<'_> {
    pub(in crate::redb) fn open_session(&mut self) -> SessionId {
        self.counters.session += 1;
        SessionId(self.counters.session)
    }

    pub(in crate::redb) fn grant_leases(&mut self, session: SessionId, count: u32) -> Step<Vec<BlobId>> {
        let grant = |_| {
            let id = self.fresh_blob();
            self.leases.put(&id.0, |place| encode_number(session.0, place))?;
            Ok(id)
        };
        (0..count).map(grant).collect()
    }

    pub(in crate::redb) fn abandon_leases(&mut self, ids: &[BlobId]) -> Step<()> {
        for id in ids {
            if self.leases.remove(&id.0)? {
                // Nobody knows how much of the blob was written.
                self.discard(vec![BlobRef { id: *id, len: 0, home: BlobHome::Store }])?;
            }
        }
        Ok(())
    }

    pub(in crate::redb) fn sweep_leases(&mut self, max: usize) -> Step<usize> {
        let mut old = Vec::new();
        for row in self.leases.range(0..)? {
            let (key, value) = row?;
            let id = key.value();
            let session = self.leases.check(&id, decode_number(value.value(), &self.leases.place(&id)))?;
            if old.len() < max && session != self.counters.session {
                old.push(BlobId(id));
            }
        }
        self.abandon_leases(&old)?;
        Ok(old.len())
    }

    pub(in crate::redb) fn forget_garbage(&mut self, rows: &[u64]) -> Step<()> {
        let mut found = Vec::new();
        for row in rows {
            if let Some(discarded) = self.garbage.get(row, Discarded::decode)? {
                found.push((*row, self.inline_blobs(&discarded)?, discarded));
            }
        }
        for (row, inline, discarded) in found {
            self.garbage.remove(&row)?;
            for id in inline {
                self.inline.remove(&id.0)?;
            }
            if let Discarded::Manifest(number) = discarded {
                self.manifests.remove(&number)?;
            }
        }
        Ok(())
    }

    fn inline_blobs(&self, discarded: &Discarded) -> Step<Vec<BlobId>> {
        let inline = |blob: &BlobRef| (blob.home == BlobHome::Inline).then_some(blob.id);
        match discarded {
            Discarded::Blob(blob) => Ok(inline(blob).into_iter().collect()),
            Discarded::Blobs(blobs) => Ok(blobs.iter().filter_map(inline).collect()),
            Discarded::Manifest(number) => {
                let manifest = self.manifests.get(number, decode_manifest)?;
                let manifest = manifest
                    .ok_or_else(|| Fault::corrupt(format!("manifest {number} of garbage is missing")))?;
                Ok(manifest.parts.iter().filter_map(|part| inline(&part.blob)).collect())
            }
        }
    }

    pub(in crate::redb) fn sweep_ended(&mut self, forget_before: Timestamp, max: usize) -> Step<usize> {
        let mut left = max;
        self.end_uploads_of_dead_buckets(&mut left)?;
        self.drain_parts(&mut left)?;
        self.forget_ended(forget_before, &mut left)?;
        Ok(max - left)
    }

    fn end_uploads_of_dead_buckets(&mut self, left: &mut usize) -> Step<()> {
        let dead = first_keys(self.dead_buckets.range(0..)?, *left, |key| key)?;
        for bucket in dead {
            let uploads = self.uploads.range((bucket, "", 0)..(bucket + 1, "", 0))?;
            let uploads = first_keys(uploads, *left, |(_, key, id)| (key.to_owned(), UploadId(id)))?;
            for (key, id) in uploads {
                self.end_upload((bucket, &key, id), None)?;
                *left -= 1;
            }
            if !take(left) {
                return Ok(());
            }
            self.dead_buckets.remove(&bucket)?;
        }
        Ok(())
    }

    fn drain_parts(&mut self, left: &mut usize) -> Step<()> {
        let draining = first_keys(self.draining.range(0..)?, *left, UploadId)?;
        for id in draining {
            let (numbers, blobs) = match self.batch_of(id, *left) {
                Err(Fault::Outcome(broken)) => {
                    warn!(upload = %id, %broken, "left an ended upload to the audit");
                    continue;
                }
                batch => batch?,
            };
            *left -= numbers.len();
            for number in numbers {
                self.parts.remove(&(id.0, number))?;
            }
            self.discard(blobs)?;
            if !take(left) {
                return Ok(());
            }
            self.draining.remove(&id.0)?;
        }
        Ok(())
    }

    /// The first parts of an ended upload, and their blobs if it still owns them.
    fn batch_of(&self, id: UploadId, max: usize) -> Step<(Vec<u16>, Vec<BlobRef>)> {
        let ended: Option<Ended> = self.ended.get(&id.0, Ended::decode)?;
        let ended = ended.ok_or_else(|| Fault::corrupt(format!("ended {id} is missing")))?;
        let range = self.parts.range((id.0, 0)..=(id.0, u16::MAX))?;
        let numbers = first_keys(range, max, |(_, number)| number)?;
        if ended.answer.is_some() {
            return Ok((numbers, Vec::new())); // the object owns them
        }
        let blob = |number: &u16| {
            let part = self.parts.get(&(id.0, *number), decode_part)?;
            Ok(part.map(|part| part.part.blob))
        };
        let blobs = numbers.iter().filter_map(|number| blob(number).transpose()).collect::<Step<_>>()?;
        Ok((numbers, blobs))
    }

    /// Forgets answers older than `forget_before`, except of uploads that still have part rows.
    fn forget_ended(&mut self, forget_before: Timestamp, left: &mut usize) -> Step<()> {
        let old = first_keys(self.ended_order.range((0, 0)..(forget_before.0, 0))?, *left, |at| at)?;
        for (at, id) in old {
            if !self.draining.has(&id)? {
                self.ended_order.remove(&(at, id))?;
                self.ended.remove(&id)?;
                *left -= 1;
            }
        }
        Ok(())
    }
}

/// The first `max` keys of a range.
fn first_keys<K: redb::Key, T>(
    range: redb::Range<'_, K, &'static [u8]>,
    max: usize,
    mut keep: impl FnMut(K::SelfType<'_>) -> T,
) -> Step<Vec<T>> {
    range.take(max).map(|row| Ok(keep(row?.0.value()))).collect()
}

/// Takes one row from the budget, if there is one.
fn take(left: &mut usize) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}
