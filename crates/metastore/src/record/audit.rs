//! Garbage, and what an audit meets.

use bytes::Bytes;
use drystone_types::{BlobId, BlobRef, Key, Manifest, UploadId};

use super::bucket::{BucketId, BucketRecord, BucketUsage};
use super::object::{DeleteMarker, ObjectRecord};
use super::upload::{PartRecord, SessionId, UploadRecord};

/// Blobs that nobody refers to: delete them, then forget the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Garbage {
    /// Row number, ascending in the order of becoming garbage.
    pub row: u64,
    /// The blobs; those at home in the metastore go with the row.
    pub blobs: Vec<BlobRef>,
}

/// What an audit meets. Every blob must be met by exactly one owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditRow {
    /// A bucket.
    Bucket(BucketRecord),
    /// A leased blob, and whether its session is the current one.
    Lease(BlobId, SessionId),
    /// A part of an open or aborted upload: it owns its blob.
    Part(UploadId, PartRecord),
    /// A version of an object: it owns its manifest's blobs. Is it current?
    Object(BucketId, Key, Box<ObjectRecord>, Manifest, bool),
    /// A delete marker. Is it current?
    DeleteMarker(BucketId, Key, DeleteMarker, bool),
    /// What a bucket holds, as it was counted.
    Usage(BucketId, BucketUsage),
    /// An open upload.
    Upload(Box<UploadRecord>),
    /// A blob that waits for deletion.
    Garbage(BlobRef),
    /// A blob kept inline: its name and bytes.
    Inline(BlobId, Bytes),
    /// A row that cannot be read, or a reference to nothing.
    Broken(String),
}
