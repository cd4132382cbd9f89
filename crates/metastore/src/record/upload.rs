//! Uploads and parts, and the steps on them.

use drystone_types::{
    BucketName, ChecksumAlgorithm, ChecksumType, ETag, Key, ManifestPart, ObjectChecksum, ObjectProperties,
    PartNumber, Timestamp, UploadId, Version, VersionId, WritePrecondition,
};

use super::bucket::BucketId;
use super::event::EventSeed;
use super::object::{Digests, NewBlob};

/// One run of a server. Leases belong to it and die with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

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
    /// Who initiated it: ARN or id as answers show it.
    pub initiator: String,
    /// What the finished object will carry.
    pub properties: ObjectProperties,
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
    pub properties: ObjectProperties,
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
    /// Size in bytes as the client sees it; `content` is longer when it is encrypted.
    pub size: u64,
    /// Their digests; `checksum` is kept only when the upload declared an algorithm (b52). `md5` is what the part's ETag
    /// shows: not the MD5 where the client holds the key (b199).
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
    /// Fresh id for the version where versioning is not enabled.
    pub version: VersionId,
    /// Time of completion (the object's Last-Modified is the upload's `initiated`).
    pub now: Timestamp,
    /// Event to tell.
    pub event: Option<EventSeed>,
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
    /// The version, where versioning is enabled (b192).
    pub version: Option<Version>,
    /// When.
    pub completed: Timestamp,
}

/// An upload that requests may still name.
#[expect(clippy::large_enum_variant, reason = "one value per request; a box would only hide it")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// Takes parts.
    Open(UploadRecord),
    /// Became an object; only a repeated Complete may name it.
    Completed(CompletedRecord),
}
