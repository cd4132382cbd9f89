//! The open tables of one write transaction and the small moves that steps are made of.

use drystone_types::{BlobHome, BlobId, BlobRef, BucketName, ManifestPart, Timestamp, UploadId};
use redb::{ReadableTable, WriteTransaction};

use super::error::Step;
use super::tables::{self, RowKey, Rows, Table, Writable};
use crate::MetaError;
use crate::format::v2::{
    BucketHead, Content, Counters, Discarded, Ended, decode_bucket, decode_usage, encode_bytes,
    encode_manifest, encode_mark, encode_number, encode_usage,
};
use crate::record::{BucketId, BucketRecord, BucketUsage, CompletedRecord, NewBlob};

/// All tables, and the counters as the steps so far have left them.
pub(super) struct Writing<'t> {
    pub(super) counters: Counters,
    stored_counters: Counters,
    counter_rows: Writable<'t, u64>,
    pub(super) buckets: Writable<'t, &'static str>,
    pub(super) bucket_names: Writable<'t, u64>,
    pub(super) dead_buckets: Writable<'t, u64>,
    pub(super) objects: Writable<'t, (u64, &'static str)>,
    pub(super) manifests: Writable<'t, u64>,
    pub(super) inline: Writable<'t, u64>,
    pub(super) uploads: Writable<'t, (u64, &'static str, u128)>,
    pub(super) parts: Writable<'t, (u128, u16)>,
    pub(super) ended: Writable<'t, u128>,
    pub(super) ended_order: Writable<'t, (u64, u128)>,
    pub(super) draining: Writable<'t, u128>,
    pub(super) touched: Writable<'t, (u64, &'static str)>,
    pub(super) leases: Writable<'t, u64>,
    pub(super) garbage: Writable<'t, u64>,
    pub(super) versions: Writable<'t, (u64, &'static str, u128)>,
    pub(super) nulls: Writable<'t, (u64, &'static str)>,
    pub(super) usage: Writable<'t, u64>,
    pub(super) events: Writable<'t, u64>,
    pub(super) identities: Writable<'t, &'static str>,
}

/// The row of the counters.
pub(super) const COUNTERS_KEY: u64 = 0;

fn open<K: RowKey>(txn: &WriteTransaction, table: Table<K>) -> Step<Writable<'_, K>> {
    Ok(Rows::new(table, txn.open_table(table.definition)?))
}

impl<'t> Writing<'t> {
    /// Opens all tables, creating what is missing.
    pub(super) fn open(txn: &'t WriteTransaction) -> Step<Self> {
        let counter_rows = open(txn, tables::COUNTERS)?;
        let counters: Counters = counter_rows.get(&COUNTERS_KEY, Counters::decode)?.unwrap_or_default();
        Ok(Self {
            stored_counters: counters.clone(),
            counters,
            counter_rows,
            buckets: open(txn, tables::BUCKETS)?,
            bucket_names: open(txn, tables::BUCKET_NAMES)?,
            dead_buckets: open(txn, tables::DEAD_BUCKETS)?,
            objects: open(txn, tables::OBJECTS)?,
            manifests: open(txn, tables::MANIFESTS)?,
            inline: open(txn, tables::INLINE)?,
            uploads: open(txn, tables::UPLOADS)?,
            parts: open(txn, tables::PARTS)?,
            ended: open(txn, tables::ENDED)?,
            ended_order: open(txn, tables::ENDED_ORDER)?,
            draining: open(txn, tables::DRAINING)?,
            touched: open(txn, tables::TOUCHED)?,
            leases: open(txn, tables::LEASES)?,
            garbage: open(txn, tables::GARBAGE)?,
            versions: open(txn, tables::VERSIONS)?,
            nulls: open(txn, tables::NULLS)?,
            usage: open(txn, tables::USAGE)?,
            events: open(txn, tables::EVENTS)?,
            identities: open(txn, tables::IDENTITIES)?,
        })
    }

    /// Was anything changed since this was last asked?
    pub(super) fn take_wrote(&mut self) -> bool {
        let tables = [
            self.buckets.take_wrote(),
            self.bucket_names.take_wrote(),
            self.dead_buckets.take_wrote(),
            self.objects.take_wrote(),
            self.manifests.take_wrote(),
            self.inline.take_wrote(),
            self.uploads.take_wrote(),
            self.parts.take_wrote(),
            self.ended.take_wrote(),
            self.ended_order.take_wrote(),
            self.draining.take_wrote(),
            self.touched.take_wrote(),
            self.leases.take_wrote(),
            self.garbage.take_wrote(),
            self.versions.take_wrote(),
            self.nulls.take_wrote(),
            self.usage.take_wrote(),
            self.events.take_wrote(),
            self.identities.take_wrote(),
        ];
        let counted = self.counters != self.stored_counters;
        self.stored_counters = self.counters.clone();
        counted || tables.contains(&true)
    }

    /// Numbers the commit and stores the counters; the commit's number.
    pub(super) fn finish(mut self) -> Step<u64> {
        self.counters.commit += 1;
        self.counter_rows.put(&COUNTERS_KEY, |place| self.counters.encode(place))?;
        Ok(self.counters.commit)
    }

    pub(super) fn bucket(&self, name: &BucketName) -> Step<BucketRecord> {
        find_bucket(&self.buckets, name)
    }

    /// What steps need to know of a bucket.
    pub(super) fn bucket_head(&self, name: &BucketName) -> Step<BucketHead> {
        find_head(&self.buckets, name)
    }

    pub(super) fn usage_of(&self, bucket: u64) -> Step<BucketUsage> {
        Ok(self.usage.get(&bucket, decode_usage)?.unwrap_or_default())
    }

    /// Changes what is counted of a bucket.
    pub(super) fn count(&mut self, bucket: u64, change: impl FnOnce(&mut BucketUsage)) -> Step<()> {
        let mut usage = self.usage_of(bucket)?;
        change(&mut usage);
        self.usage.put(&bucket, |place| encode_usage(&usage, place))
    }

    /// Fails unless the new bytes may be taken over.
    pub(super) fn check_blob(&self, content: &NewBlob) -> Step<()> {
        match content {
            NewBlob::Leased(blob) if !self.leases.has(&blob.id.0)? => Err(MetaError::LeaseLost.into()),
            NewBlob::Leased(_) | NewBlob::Inline(_) => Ok(()),
        }
    }

    /// Takes the new bytes over: ends the lease, or stores them under a fresh name.
    pub(super) fn take_blob(&mut self, content: NewBlob) -> Step<BlobRef> {
        match content {
            NewBlob::Leased(blob) => {
                self.leases.remove(&blob.id.0)?;
                Ok(blob)
            }
            NewBlob::Inline(bytes) => {
                let id = self.fresh_blob();
                self.inline.put(&id.0, |place| encode_bytes(&bytes, place))?;
                Ok(BlobRef { id, len: bytes.len() as u64, home: BlobHome::Inline })
            }
        }
    }

    pub(super) fn fresh_blob(&mut self) -> BlobId {
        self.counters.blob += 1;
        BlobId(self.counters.blob)
    }

    /// Gives up blobs: one row, unless there are none.
    pub(super) fn discard(&mut self, mut blobs: Vec<BlobRef>) -> Step<()> {
        match blobs.len() {
            0 => Ok(()),
            1 => self.discard_row(&Discarded::Blob(blobs.remove(0))),
            _ => self.discard_row(&Discarded::Blobs(blobs)),
        }
    }

    pub(super) fn discard_row(&mut self, row: &Discarded) -> Step<()> {
        self.counters.garbage += 1;
        self.garbage.put(&self.counters.garbage, |place| row.encode(place))
    }

    /// Notes a write under a key, for the conditions of its open uploads (b150).
    pub(super) fn touch(&mut self, at: (u64, &str)) -> Step<()> {
        if self.has_uploads(at)? {
            self.counters.change += 1;
            let change = self.counters.change;
            self.touched.put(&at, |place| encode_number(change, place))?;
        }
        Ok(())
    }

    /// Where an object's parts are kept: one with the object, more in a manifest.
    pub(super) fn store_parts(&mut self, mut parts: Vec<ManifestPart>) -> Step<Content> {
        if parts.len() == 1 {
            return Ok(Content::Part(parts.remove(0)));
        }
        self.counters.manifest += 1;
        let number = self.counters.manifest;
        self.manifests.put(&number, |place| encode_manifest(&parts, place))?;
        Ok(Content::Manifest(number))
    }

    /// Has the key open uploads?
    fn has_uploads(&self, (bucket, key): (u64, &str)) -> Step<bool> {
        Ok(self.uploads.range((bucket, key, 0)..=(bucket, key, u128::MAX))?.next().transpose()?.is_some())
    }

    /// Ends an open upload; its part rows wait for the sweep.
    pub(super) fn end_upload(
        &mut self,
        (bucket, key, id): (u64, &str, UploadId),
        answer: Option<CompletedRecord>,
    ) -> Step<()> {
        let at = self.counters.latest;
        let ended = Ended { bucket: BucketId(bucket), key: key.to_owned(), at, answer };
        self.uploads.remove(&(bucket, key, id.0))?;
        self.ended.put(&id.0, |place| ended.encode(place))?;
        self.ended_order.put(&(at.0, id.0), encode_mark)?;
        self.draining.put(&id.0, encode_mark)?;
        if !self.has_uploads((bucket, key))? {
            self.touched.remove(&(bucket, key))?;
        }
        Ok(())
    }

    /// Remembers the latest moment: aborts have no time of their own.
    pub(super) fn saw(&mut self, now: Timestamp) {
        self.counters.latest = self.counters.latest.max(now);
    }
}

/// The bucket of this name.
pub(super) fn find_bucket<R>(buckets: &Rows<&'static str, R>, name: &BucketName) -> Step<BucketRecord>
where
    R: ReadableTable<&'static str, &'static [u8]>,
{
    let found = buckets.get(&name.as_str(), |value, place| decode_bucket(value, place, name))?;
    Ok(found.ok_or(MetaError::NoSuchBucket)?)
}

/// What steps need to know of the bucket of this name.
pub(super) fn find_head<R>(buckets: &Rows<&'static str, R>, name: &BucketName) -> Step<BucketHead>
where
    R: ReadableTable<&'static str, &'static [u8]>,
{
    Ok(buckets.get(&name.as_str(), BucketHead::decode)?.ok_or(MetaError::NoSuchBucket)?)
}
