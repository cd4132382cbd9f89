//! The maps of the reference engine and the small moves that steps are made of.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use drystone_types::{
    BlobHome, BlobId, BlobRef, BucketName, Key, Manifest, Timestamp, UploadId, Version, VersionId,
};

use crate::MetaError;
use crate::record::{
    BucketId, BucketRecord, BucketUsage, CompletedRecord, DeleteMarker, Event, EventSeed, NewBlob,
    ObjectRecord, PartRecord, SessionId, UploadRecord,
};
use crate::rules::{self, Scene, Seen};

/// A version of an object and the blobs it owns.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) record: ObjectRecord,
    pub(super) manifest: Manifest,
}

/// What stands in a key's history.
#[expect(clippy::large_enum_variant, reason = "delete markers are few; a box would only hide objects")]
#[derive(Clone, Debug)]
pub(super) enum Stored {
    Object(Object),
    Marker(DeleteMarker),
}

impl Stored {
    pub(super) fn version(&self) -> Version {
        self.seen().version
    }

    pub(super) fn seen(&self) -> Seen {
        match self {
            Self::Object(object) => (&object.record).into(),
            Self::Marker(marker) => marker.into(),
        }
    }

    pub(super) fn object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            Self::Marker(_) => None,
        }
    }
}

/// A bucket and a key.
pub(super) type At = (BucketId, String);

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
    /// The history of each key, the newest first; never empty.
    pub(super) versions: BTreeMap<At, Vec<Stored>>,
    pub(super) uploads: BTreeMap<(BucketId, String, UploadId), Open>,
    pub(super) parts: BTreeMap<(UploadId, u16), PartRecord>,
    pub(super) ended: BTreeMap<UploadId, Ended>,
    /// Ended uploads that still have part rows.
    pub(super) draining: BTreeSet<UploadId>,
    /// Deleted buckets whose uploads are not yet ended.
    pub(super) dead_buckets: BTreeSet<BucketId>,
    /// The latest change of a key that has open uploads.
    pub(super) touched: BTreeMap<At, u64>,
    pub(super) inline: BTreeMap<BlobId, Bytes>,
    pub(super) leases: BTreeMap<BlobId, SessionId>,
    pub(super) garbage: BTreeMap<u64, Vec<BlobRef>>,
    pub(super) events: BTreeMap<u64, Event>,
    pub(super) identities: BTreeMap<String, Bytes>,
    pub(super) identities_revision: u64,
    pub(super) last_version: Option<VersionId>,
    pub(super) last_bucket: u64,
    pub(super) last_session: u64,
    pub(super) last_blob: u64,
    pub(super) last_garbage: u64,
    pub(super) last_change: u64,
    pub(super) last_event: u64,
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

    /// The bucket and the place of a key in it.
    pub(super) fn place(&self, name: &BucketName, key: &Key) -> Result<(&BucketRecord, At), MetaError> {
        let bucket = self.bucket(name)?;
        Ok((bucket, (bucket.id, key.as_str().to_owned())))
    }

    /// What a bucket holds, counted anew.
    pub(super) fn usage(&self, id: BucketId) -> BucketUsage {
        let mut usage = BucketUsage::default();
        let of_bucket = self.versions.range((id, String::new())..(BucketId(id.0 + 1), String::new()));
        for object in of_bucket.flat_map(|(_, history)| history).filter_map(Stored::object) {
            usage.versions += 1;
            usage.version_bytes += object.record.size;
        }
        for (_, _, upload) in self.uploads.keys().filter(|at| at.0 == id) {
            for part in self.parts_of(*upload) {
                usage.parts += 1;
                usage.part_bytes += part.part.size;
            }
        }
        usage
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

    /// Has the key open uploads?
    pub(super) fn has_uploads(&self, (bucket, key): &At) -> bool {
        let first = (*bucket, key.clone(), UploadId(0));
        let last = (*bucket, key.clone(), UploadId(u128::MAX));
        self.uploads.range(first..=last).next().is_some()
    }

    /// Notes a write under a key, for the conditions of its open uploads (b150).
    pub(super) fn touch(&mut self, at: &At) {
        if self.has_uploads(at) {
            self.last_change += 1;
            self.touched.insert(at.clone(), self.last_change);
        }
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

    /// Keeps an event for delivery.
    pub(super) fn tell(&mut self, seed: Option<EventSeed>, scene: Scene<'_>, seen: Seen) {
        if let Some(seed) = seed {
            self.last_event += 1;
            self.events.insert(self.last_event, rules::event(self.last_event, seed, scene, seen));
        }
    }

    /// Remembers the latest moment: aborts have no time of their own.
    pub(super) fn saw(&mut self, now: Timestamp) {
        self.latest = self.latest.max(now);
    }

    /// Remembers the greatest id.
    pub(super) fn saw_version(&mut self, id: VersionId) {
        self.last_version = self.last_version.max(Some(id));
    }
}
