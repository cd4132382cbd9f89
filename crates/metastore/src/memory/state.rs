//! The maps of the reference engine and the small moves that steps are made of.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use drystone_types::{BlobHome, BlobId, BlobRef, BucketName, Manifest, Timestamp, UploadId};

use crate::MetaError;
use crate::record::{
    BucketId, BucketRecord, CompletedRecord, NewBlob, ObjectRecord, PartRecord, SessionId, UploadRecord,
};

/// An object and the blobs it owns.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) record: ObjectRecord,
    pub(super) manifest: Manifest,
}

/// An open upload and the count of changes when it was created.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) record: UploadRecord,
    pub(super) created_at_change: u64,
}

/// An upload that was completed or aborted.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) bucket: BucketId,
    pub(super) key: String,
    pub(super) at: Timestamp,
    /// The answer; `None` when it was aborted.
    pub(super) answer: Option<CompletedRecord>,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) buckets: BTreeMap<BucketName, BucketRecord>,
    pub(super) objects: BTreeMap<(BucketId, String), Object>,
    pub(super) uploads: BTreeMap<(BucketId, String, UploadId), Open>,
    pub(super) parts: BTreeMap<(UploadId, u16), PartRecord>,
    pub(super) ended: BTreeMap<UploadId, Ended>,
    /// Ended uploads that still have part rows.
    pub(super) draining: BTreeSet<UploadId>,
    /// Deleted buckets whose uploads are not yet ended.
    pub(super) dead_buckets: BTreeSet<BucketId>,
    /// The latest change of a key that has open uploads.
    pub(super) touched: BTreeMap<(BucketId, String), u64>,
    pub(super) inline: BTreeMap<BlobId, Bytes>,
    pub(super) leases: BTreeMap<BlobId, SessionId>,
    pub(super) garbage: BTreeMap<u64, Vec<BlobRef>>,
    pub(super) last_upload: Option<UploadId>,
    pub(super) last_bucket: u64,
    pub(super) last_session: u64,
    pub(super) last_blob: u64,
    pub(super) last_garbage: u64,
    pub(super) last_change: u64,
    /// The latest moment that a step brought.
    pub(super) latest: Timestamp,
}

impl State {
    pub(super) fn bucket(&self, name: &BucketName) -> Result<&BucketRecord, MetaError> {
        self.buckets.get(name).ok_or(MetaError::NoSuchBucket)
    }

    pub(super) fn bucket_id(&self, name: &BucketName) -> Result<BucketId, MetaError> {
        self.bucket(name).map(|bucket| bucket.id)
    }

    /// Fails unless the new bytes may be taken over.
    pub(super) fn check_blob(&self, content: &NewBlob) -> Result<(), MetaError> {
        match content {
            NewBlob::Leased(blob) if !self.leases.contains_key(&blob.id) => Err(MetaError::LeaseLost),
            NewBlob::Leased(_) | NewBlob::Inline(_) => Ok(()),
        }
    }

    /// Takes the new bytes over: ends the lease, or stores them under a fresh name.
    pub(super) fn take_blob(&mut self, content: NewBlob) -> BlobRef {
        match content {
            NewBlob::Leased(blob) => {
                self.leases.remove(&blob.id);
                blob
            }
            NewBlob::Inline(bytes) => {
                let id = self.fresh_blob();
                let len = bytes.len() as u64;
                self.inline.insert(id, bytes);
                BlobRef { id, len, home: BlobHome::Inline }
            }
        }
    }

    pub(super) fn fresh_blob(&mut self) -> BlobId {
        self.last_blob += 1;
        BlobId(self.last_blob)
    }

    /// Gives up blobs: one row, unless there are none.
    pub(super) fn discard(&mut self, blobs: Vec<BlobRef>) {
        if !blobs.is_empty() {
            self.last_garbage += 1;
            self.garbage.insert(self.last_garbage, blobs);
        }
    }

    /// Replaces or removes what is under a key; the old one's blobs become garbage.
    pub(super) fn replace_object(&mut self, at: (BucketId, String), object: Option<Object>) {
        if self.has_uploads(&at) {
            self.last_change += 1;
            self.touched.insert(at.clone(), self.last_change);
        }
        let old = match object {
            Some(object) => self.objects.insert(at, object),
            None => self.objects.remove(&at),
        };
        if let Some(old) = old {
            self.discard(old.manifest.parts.iter().map(|part| part.blob).collect());
        }
    }

    /// Has the key open uploads?
    pub(super) fn has_uploads(&self, (bucket, key): &(BucketId, String)) -> bool {
        let first = (*bucket, key.clone(), UploadId(0));
        let last = (*bucket, key.clone(), UploadId(u128::MAX));
        self.uploads.range(first..=last).next().is_some()
    }

    /// Ends an open upload; its part rows wait for the sweep.
    pub(super) fn end_upload(&mut self, at: (BucketId, String, UploadId), answer: Option<CompletedRecord>) {
        self.uploads.remove(&at);
        let (bucket, key, id) = at;
        let ended = Ended { bucket, key: key.clone(), at: self.latest, answer };
        self.ended.insert(id, ended);
        self.draining.insert(id);
        if !self.has_uploads(&(bucket, key.clone())) {
            self.touched.remove(&(bucket, key));
        }
    }

    pub(super) fn parts_of(&self, id: UploadId) -> impl Iterator<Item = &PartRecord> {
        self.parts.range((id, 0)..=(id, u16::MAX)).map(|(_, part)| part)
    }

    /// Remembers the latest moment: aborts have no time of their own.
    pub(super) fn saw(&mut self, now: Timestamp) {
        self.latest = self.latest.max(now);
    }
}
