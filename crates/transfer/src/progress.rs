//! Progress: what a transfer tells while it runs. Whoever shows it decides how.

use std::time::Duration;

/// Numbers transfers within one run of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(pub u64);

/// What kind of transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// File or stream to object.
    Upload,
    /// Object to file or stream.
    Download,
    /// Object to object, inside the store.
    Copy,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A transfer begins, or goes on where an earlier run of it ended.
    Started {
        /// Which.
        id: TransferId,
        /// Kind.
        kind: Kind,
        /// From: a path, `-` or `s3://bucket/key`.
        source: String,
        /// To: the same.
        target: String,
        /// Bytes in all; unknown of streams.
        bytes_total: Option<u64>,
        /// Parts in all; 0 when it is not in parts.
        part_count: u32,
        /// Length of all parts but the last.
        part_size_bytes: u64,
        /// Bytes that were there already.
        bytes_done: u64,
        /// Parts that were there already.
        parts_done: u32,
    },
    /// A part begins.
    PartStarted {
        /// Which transfer.
        id: TransferId,
        /// Number, from 1.
        part_number: u32,
        /// Bytes.
        len: u64,
        /// Attempt, from 1.
        attempt: u32,
    },
    /// Bytes moved.
    Moved {
        /// Which transfer.
        id: TransferId,
        /// Which part.
        part_number: u32,
        /// How many more.
        bytes: u64,
    },
    /// A part is done.
    PartDone {
        /// Which transfer.
        id: TransferId,
        /// Which part.
        part_number: u32,
        /// Bytes.
        len: u64,
    },
    /// An attempt at a part failed; what it had moved does not count. It is tried again unless `wait` is `None`.
    PartFailed {
        /// Which transfer.
        id: TransferId,
        /// Which part.
        part_number: u32,
        /// Bytes that had moved.
        moved: u64,
        /// Which attempt, from 1.
        attempt: u32,
        /// Why.
        why: String,
        /// Until the next one.
        wait: Option<Duration>,
    },
    /// All bytes are there; the object is being put together, or the file synced.
    Completing {
        /// Which transfer.
        id: TransferId,
    },
    /// It is done.
    Done {
        /// Which transfer.
        id: TransferId,
        /// Bytes in all.
        bytes: u64,
        /// ETag of the object.
        etag: String,
        /// How it was verified: `CRC64NVME of the object`, `MD5 of 13 parts`.
        verified: String,
    },
    /// It failed.
    Failed {
        /// Which transfer.
        id: TransferId,
        /// Why.
        why: String,
    },
    /// Something worth knowing that changes nothing.
    Note {
        /// Which transfer.
        id: TransferId,
        /// What.
        text: String,
    },
}

/// Takes events in, from many threads. Must not block.
pub trait Watcher: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event);
}

/// Does not look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Blind;

impl Watcher for Blind {
    fn event(&self, _: Event) {}
}
