//! The records that steps take and return. How they are stored is `format`'s business.

use bytes::Bytes;
use drystone_types::lifecycle::LifecycleConfiguration;
use drystone_types::{
    AccountId, Acl, BlobRef, BucketName, Checksum, ChecksumAlgorithm, ChecksumType, ETag, Key, Manifest,
    ManifestPart, ObjectChecksum, ObjectLockConfiguration, ObjectProperties, PartNumber, Retention, Tags,
    Timestamp, UploadId, Version, VersionId, Versioning, WhichVersion, WritePrecondition,
};
use std::collections::BTreeMap;

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
    /// Who owns it.
    pub owner: AccountId,
    /// Versioning.
    pub versioning: Versioning,
    /// Object lock; `None` where it is not enabled.
    pub object_lock: Option<ObjectLockConfiguration>,
    /// Lifecycle configuration.
    pub lifecycle: Option<LifecycleConfiguration>,
    /// Most bytes that objects, versions and parts may hold together.
    pub quota_bytes: Option<u64>,
    /// Settings that no step judges by, as validated text.
    pub documents: BTreeMap<DocumentKind, String>,
    /// Counts the changes of the settings, so that who compiled them sees whether that is still true.
    pub revision: u64,
}

/// A setting that the metastore keeps and does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// Bucket policy, JSON.
    Policy,
    /// Bucket ACL, XML.
    Acl,
    /// OwnershipControls, XML.
    OwnershipControls,
    /// PublicAccessBlock, XML.
    PublicAccessBlock,
    /// CORS, XML.
    Cors,
    /// Bucket tags, XML.
    Tagging,
    /// Default encryption, XML.
    Encryption,
    /// Notification, XML.
    Notification,
    /// Website, XML.
    Website,
    /// Logging, XML.
    Logging,
}

impl DocumentKind {
    /// All of them, in the order of their stored numbers.
    pub const ALL: [Self; 10] = [
        Self::Policy,
        Self::Acl,
        Self::OwnershipControls,
        Self::PublicAccessBlock,
        Self::Cors,
        Self::Tagging,
        Self::Encryption,
        Self::Notification,
        Self::Website,
        Self::Logging,
    ];
}

/// CreateBucket.
#[derive(Clone, Debug)]
pub struct CreateBucket {
    /// Name.
    pub name: BucketName,
    /// As in [`BucketRecord`].
    pub location: String,
    /// As in [`BucketRecord`].
    pub owner: AccountId,
    /// With object lock, and so with versioning enabled?
    pub object_lock: bool,
    /// As in [`BucketRecord`].
    pub documents: BTreeMap<DocumentKind, String>,
    /// When.
    pub now: Timestamp,
}

/// A change of one bucket setting.
#[derive(Clone, Debug)]
pub enum BucketChange {
    /// Sets or removes the lifecycle configuration.
    Lifecycle(Option<LifecycleConfiguration>),
    /// Enables or suspends versioning. `InvalidBucketState` when it would be suspended under an object lock, or set back
    /// to unversioned.
    Versioning(Versioning),
    /// Sets the object lock configuration. `InvalidBucketState` unless versioning is enabled.
    ObjectLock(ObjectLockConfiguration),
    /// Sets or removes the quota. What is over it stays.
    Quota(Option<u64>),
    /// Sets or removes a document.
    Document(DocumentKind, Option<String>),
}

/// What a bucket holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketUsage {
    /// Objects and noncurrent versions; no delete markers.
    pub versions: u64,
    /// Their bytes.
    pub version_bytes: u64,
    /// Parts of open uploads.
    pub parts: u64,
    /// Their bytes.
    pub part_bytes: u64,
}

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

/// What a step needs to know to tell an event in its own transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSeed {
    /// `s3:ObjectCreated:Put` and the like.
    pub name: String,
    /// Ids of the notification configurations that asked for it, and where each wants it.
    pub targets: Vec<(String, String)>,
    /// Principal id of the caller.
    pub principal: String,
    /// Address of the caller.
    pub source_ip: String,
    /// Request id.
    pub request_id: String,
}

/// An event that waits for delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Row number, ascending in the order of steps; also its sequencer.
    pub row: u64,
    /// What the request said.
    pub seed: EventSeed,
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// Version; `None` in an unversioned bucket.
    pub version: Option<Version>,
    /// ETag and size, when there is an object.
    pub object: Option<(ETag, u64)>,
    /// When.
    pub time: Timestamp,
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

/// Which versions to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionQuery {
    /// Keys that begin so.
    pub prefix: String,
    /// As in [`ObjectQuery`].
    pub delimiter: String,
    /// Versions of greater keys; a common prefix that equals or begins it is skipped whole.
    pub key_marker: Option<String>,
    /// And, with `key_marker`, older versions of that very key.
    pub version_marker: Option<WhichVersion>,
    /// Most entries (versions, delete markers and common prefixes together).
    pub max: usize,
}

/// An entry of a version list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionEntry {
    /// An object version.
    Version {
        /// Key.
        key: Key,
        /// The version.
        record: Box<ObjectRecord>,
        /// Is it current?
        is_latest: bool,
    },
    /// A delete marker.
    DeleteMarker {
        /// Key.
        key: Key,
        /// The marker.
        marker: DeleteMarker,
        /// Is it current?
        is_latest: bool,
    },
    /// A common prefix.
    Prefix(String),
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

/// A page of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionPage {
    /// The entries.
    pub entries: Vec<VersionEntry>,
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
    Inline(drystone_types::BlobId, Bytes),
    /// A row that cannot be read, or a reference to nothing.
    Broken(String),
}
