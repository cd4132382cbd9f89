//! BlobId, BlobRef: the immutable bytes we stored, and where they live.

use std::fmt;

/// Name of a blob. Names count up and are never reused, not even after a crash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub u64);

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

/// Who keeps the bytes of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlobHome {
    /// The metastore, in its table of small blobs.
    Inline,
    /// The blobstore.
    Store,
}

/// A durable blob: its name, its exact length in bytes and its home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobRef {
    /// Name.
    pub id: BlobId,
    /// Length in bytes.
    pub len: u64,
    /// Who keeps the bytes.
    pub home: BlobHome,
}
