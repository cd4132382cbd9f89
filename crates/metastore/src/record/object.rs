//! Versions of objects, and the steps on them.

use bytes::Bytes;
use drystone_types::{
    AccountId, Acl, BlobRef, BucketName, Checksum, ETag, Key, Manifest, ObjectChecksum, ObjectProperties,
    Retention, Tags, Timestamp, Version, VersionId, WhichVersion, WritePrecondition,
};

use super::event::EventSeed;

/// A version of an object, without its manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRecord {
    /// Which version.
    pub version: Version,
    /// ETag.
    pub etag: ETag,
    /// Size in bytes.
    pub size: u64,
    /// Last-Modified: the time of the write, or of the upload's initiation (b190).
    pub last_modified: Timestamp,
    /// What the client set.
    pub properties: ObjectProperties,
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

/// PutObject, CopyObject: becomes what is under the key.
#[derive(Clone, Debug)]
pub struct PutObject {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// The bytes.
    pub content: NewBlob,
    /// Size in bytes as the client sees it; `content` is longer when it is encrypted.
    pub size: u64,
    /// ETag, when it is not the MD5 in `digests` (b199).
    pub etag: Option<ETag>,
    /// Their digests; `checksum` becomes the object's (FULL_OBJECT).
    pub digests: Digests,
    /// What the client set.
    pub properties: ObjectProperties,
    /// Must hold of what is under the key now.
    pub precondition: WritePrecondition,
    /// Fresh id for the version.
    pub version: VersionId,
    /// Last-Modified.
    pub now: Timestamp,
    /// Event to tell.
    pub event: Option<EventSeed>,
}

/// DeleteObject.
#[derive(Clone, Debug)]
pub struct DeleteObject {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// Deletes this version for good.
    pub which: Option<WhichVersion>,
    /// Must hold.
    pub condition: DeleteCondition,
    /// The caller asked to bypass governance, and may.
    pub bypass_governance: bool,
    /// Fresh id for a delete marker.
    pub marker: VersionId,
    /// Owner of a delete marker.
    pub owner: AccountId,
    /// When.
    pub now: Timestamp,
    /// Event to tell if a version is deleted for good.
    pub event: Option<EventSeed>,
    /// Event to tell if a delete marker is made.
    pub marker_event: Option<EventSeed>,
}

/// What DeleteObject did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The version deleted, or the delete marker made; `None` in an unversioned bucket, or when nothing was there.
    pub version: Option<Version>,
    /// A delete marker was made, or deleted.
    pub delete_marker: bool,
}

/// Tags, lock and ACL changes of a version.
#[derive(Clone, Debug)]
pub struct ChangeObject {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// Which version; the current one if not said.
    pub which: Option<WhichVersion>,
    /// What.
    pub change: ObjectChange,
    /// When.
    pub now: Timestamp,
    /// Event to tell.
    pub event: Option<EventSeed>,
}

/// One change.
#[derive(Clone, Debug)]
pub enum ObjectChange {
    /// Sets all tags.
    Tags(Tags),
    /// Sets or removes the retention; `Locked` where the old one does not allow it.
    Retention {
        /// The new one.
        retention: Option<Retention>,
        /// The caller asked to bypass governance, and may.
        bypass_governance: bool,
    },
    /// Sets the legal hold.
    LegalHold(bool),
    /// Sets the ACL.
    Acl(Option<Acl>),
}

/// DeleteObject's condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeleteCondition {
    /// None; deleting what is not there succeeds.
    #[default]
    None,
    /// If-Match (b159). An ETag that could not be read matches nothing.
    IfMatch(Option<ETag>),
    /// If-Match: * (the key, or the named version, must exist), else `NoSuchKey`.
    Exists,
    /// DeleteObjects: each that is given must be so (b159).
    Attributes {
        /// ETag.
        etag: Option<ETag>,
        /// Last-Modified, in whole seconds.
        last_modified: Option<Timestamp>,
        /// Size in bytes.
        size: Option<u64>,
    },
    /// Lifecycle: the version named, or the current one, must be this one, else `NoSuchKey`.
    Exactly(Version, Timestamp),
    /// Lifecycle: as `Exactly`, and another version of the key is current.
    Noncurrent(Version, Timestamp),
    /// Lifecycle: as `Exactly`, and the key has no other version.
    Alone(Version, Timestamp),
}

/// A delete marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteMarker {
    /// Which version it is.
    pub version: Version,
    /// When it was made.
    pub last_modified: Timestamp,
    /// Whose it is.
    pub owner: AccountId,
}
