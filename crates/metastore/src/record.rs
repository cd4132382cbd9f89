//! The records that steps take and return. How they are stored is `format`'s business.

use bytes::Bytes;
use drystone_types::lifecycle::LifecycleConfiguration;
use drystone_types::{
    BlobRef, BucketName, Checksum, ChecksumAlgorithm, ChecksumType, ETag, Key, Manifest, ManifestPart,
    ObjectChecksum, ObjectHeaders, PartNumber, Timestamp, UploadId, WritePrecondition,
};

/// Identity of a bucket's life: counts up, never reused, so that a bucket made again is another bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketId(pub u64);

/// One run of a server. Leases belong to it and die with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketRecord {
    /// Identity.
    pub id: BucketId,
    /// Name.
    pub name: BucketName,
    /// When it was created.
    pub created: Timestamp,
    /// LocationConstraint as given at creation; empty for the default region.
    pub location: String,
    /// Lifecycle configuration.
    pub lifecycle: Option<LifecycleConfiguration>,
}

/// A visible object, without its manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRecord {
    /// ETag.
    pub etag: ETag,
    /// Size in bytes.
    pub size: u64,
    /// Last-Modified: the time of the write, or of the upload's initiation (b190).
    pub last_modified: Timestamp,
    /// What the client set.
    pub headers: ObjectHeaders,
    /// Checksum.
    pub checksum: Option<ObjectChecksum>,
}

/// An object with all that is needed to read it, taken in one read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectView {
    /// The object.
    pub record: ObjectRecord,
    /// Its parts.
    pub manifest: Manifest,
    /// The bytes, when the object is a single inline blob.
    pub inline: Option<Bytes>,
}

/// Bytes that a step brings with it.
#[derive(Clone, Debug)]
pub enum NewBlob {
    /// Small: the step stores the bytes itself, under a fresh name.
    Inline(Bytes),
    /// Already durable in the blobstore under a leased name; the step takes over the lease.
    Leased(BlobRef),
}

/// What was measured of an uploaded body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    /// MD5, always.
    pub md5: [u8; 16],
    /// CRC64NVME, always.
    pub crc64nvme: u64,
    /// Checksum to keep with the part or object.
    pub checksum: Option<Checksum>,
}

/// PutObject, CopyObject: replaces what is under the key.
#[derive(Clone, Debug)]
pub struct PutObject {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// The bytes.
    pub content: NewBlob,
    /// Their digests; `checksum` becomes the object's (FULL_OBJECT).
    pub digests: Digests,
    /// What the client set.
    pub headers: ObjectHeaders,
    /// Must hold of what is under the key now.
    pub precondition: WritePrecondition,
    /// Last-Modified.
    pub now: Timestamp,
}

/// DeleteObject's condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeleteCondition {
    /// None; deleting what is not there succeeds.
    #[default]
    None,
    /// If-Match (b159). An ETag that could not be read matches nothing.
    IfMatch(Option<ETag>),
    /// Lifecycle: only this very object, else `NoSuchKey`.
    Exactly(ETag, Timestamp),
}

/// An open upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRecord {
    /// Identity; its order is the order of initiation.
    pub id: UploadId,
    /// Bucket.
    pub bucket: BucketId,
    /// Key.
    pub key: Key,
    /// When it was created.
    pub initiated: Timestamp,
    /// Access key id of the initiator.
    pub initiator: String,
    /// What the finished object will carry.
    pub headers: ObjectHeaders,
    /// Algorithm and type, when declared at Create.
    pub checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

/// CreateMultipartUpload.
#[derive(Clone, Debug)]
pub struct CreateUpload {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// Fresh id.
    pub id: UploadId,
    /// As in [`UploadRecord`].
    pub initiated: Timestamp,
    /// As in [`UploadRecord`].
    pub initiator: String,
    /// As in [`UploadRecord`].
    pub headers: ObjectHeaders,
    /// As in [`UploadRecord`].
    pub checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

/// Names an upload the way requests do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadName {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// Id.
    pub id: UploadId,
}

/// UploadPart, UploadPartCopy: replaces the part of that number.
#[derive(Clone, Debug)]
pub struct PutPart {
    /// Which upload; must be open.
    pub upload: UploadName,
    /// Which part.
    pub part_number: PartNumber,
    /// The bytes.
    pub content: NewBlob,
    /// Their digests; `checksum` is kept only when the upload declared an algorithm (b52).
    pub digests: Digests,
    /// Last-Modified of the part.
    pub now: Timestamp,
}

/// A finished part of an open upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartRecord {
    /// Number, blob and digests, as the manifest will hold them.
    pub part: ManifestPart,
    /// When it was finished.
    pub last_modified: Timestamp,
}

/// CompleteMultipartUpload: turns parts into an object.
#[derive(Clone, Debug)]
pub struct CommitUpload {
    /// Which upload; must be open.
    pub upload: UploadName,
    /// The parts in ascending order, exactly as they were read.
    pub chosen: Vec<ManifestPart>,
    /// ETag of the object.
    pub etag: ETag,
    /// Checksum of the object.
    pub checksum: Option<ObjectChecksum>,
    /// Must hold of what is under the key now.
    pub precondition: WritePrecondition,
    /// Time of completion (the object's Last-Modified is the upload's `initiated`).
    pub now: Timestamp,
}

/// What a successful Complete answered, kept for a repeat (b124).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedRecord {
    /// ETag of the object.
    pub etag: ETag,
    /// Checksum of the object.
    pub checksum: Option<ObjectChecksum>,
    /// Size of the object.
    pub size: u64,
    /// When.
    pub completed: Timestamp,
}

/// An upload that requests may still name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// Takes parts.
    Open(UploadRecord),
    /// Became an object; only a repeated Complete may name it.
    Completed(CompletedRecord),
}

/// A page of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartPage {
    /// The upload.
    pub upload: UploadRecord,
    /// Ascending by number.
    pub parts: Vec<PartRecord>,
    /// Do more parts follow?
    pub is_truncated: bool,
}

/// Which objects to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectQuery {
    /// Keys that begin so.
    pub prefix: String,
    /// Rolls up keys that share the text up to the first delimiter after the prefix; empty for none.
    pub delimiter: String,
    /// Entries after this one: keys strictly greater; a common prefix that equals or begins it is skipped whole.
    pub after: Option<String>,
    /// Most entries (keys and common prefixes together).
    pub max: usize,
}

/// An entry of an object list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectEntry {
    /// An object.
    Object(Key, Box<ObjectRecord>),
    /// A common prefix.
    Prefix(String),
}

/// A page of objects, in byte order of keys and prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectPage {
    /// The entries.
    pub entries: Vec<ObjectEntry>,
    /// Do more entries follow?
    pub is_truncated: bool,
}

/// Which uploads to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadQuery {
    /// Keys that begin so.
    pub prefix: String,
    /// As in [`ObjectQuery`].
    pub delimiter: String,
    /// Uploads of greater keys; a common prefix that equals or begins it is skipped whole (b94, b99).
    pub key_marker: Option<String>,
    /// And, with `key_marker`, later uploads of that very key (b95).
    pub upload_id_marker: Option<UploadId>,
    /// Most entries (uploads and common prefixes together).
    pub max: usize,
}

/// An entry of an upload list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadEntry {
    /// An open upload.
    Upload(Box<UploadRecord>),
    /// A common prefix.
    Prefix(String),
}

/// A page of uploads: by key, then by initiation (b92).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadPage {
    /// The entries.
    pub entries: Vec<UploadEntry>,
    /// Do more entries follow?
    pub is_truncated: bool,
}

/// Blobs that nobody refers to: delete them, then forget the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Garbage {
    /// Row number, ascending in the order of becoming garbage.
    pub row: u64,
    /// The blobs; those at home in the metastore go with the row.
    pub blobs: Vec<BlobRef>,
}

/// Where a scan over all uploads goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadCursor {
    /// After the uploads of this bucket…
    pub bucket: BucketId,
    /// …and key…
    pub key: Key,
    /// …up to this one.
    pub id: UploadId,
}

/// What an audit meets. Every blob must be met by exactly one owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditRow {
    /// A bucket.
    Bucket(BucketRecord),
    /// A leased blob, and whether its session is the current one.
    Lease(drystone_types::BlobId, SessionId),
    /// A part of an open or aborted upload: it owns its blob.
    Part(UploadId, PartRecord),
    /// An object: it owns its manifest's blobs.
    Object(BucketId, Key, Box<ObjectRecord>, Manifest),
    /// An open upload.
    Upload(Box<UploadRecord>),
    /// A blob that waits for deletion.
    Garbage(BlobRef),
    /// A blob kept inline: its name and bytes.
    Inline(drystone_types::BlobId, Bytes),
    /// A row that cannot be read, or a reference to nothing.
    Broken(String),
}
