//! MetaStore: one method per atomic step. The suite in `conformance` checks every engine against it.

use async_trait::async_trait;
use bytes::Bytes;
use drystone_types::{BlobId, BucketName, Key, Timestamp, VersionId, WhichVersion};
use std::time::Duration;

use crate::MetaError;
use crate::record::{
    AuditRow, BucketChange, BucketRecord, BucketUsage, ChangeObject, CommitUpload, CompletedRecord,
    CreateBucket, CreateUpload, DeleteObject, Deleted, Event, Garbage, ObjectPage, ObjectQuery, ObjectRecord,
    ObjectView, PartPage, PartRecord, PutObject, PutPart, SessionId, UploadCursor, UploadName, UploadPage,
    UploadQuery, UploadRecord, UploadState, VersionPage, VersionQuery,
};

/// A store of metadata. A method that changes something is one atomic step, durable when it returns `Ok`, and leaves
/// nothing behind when it returns `Err`. Steps are serialised: each sees all that were answered before it began.
/// Reads see one snapshot.
///
/// Dropping a future leaves its step either done or not done; it is never half done.
#[async_trait]
pub trait MetaStore: Send + Sync + std::fmt::Debug {
    // --- Buckets ---

    /// Creates a bucket. Errors: `BucketAlreadyExists`.
    async fn create_bucket(&self, create: CreateBucket) -> Result<BucketRecord, MetaError>;

    /// Errors: `NoSuchBucket`.
    async fn get_bucket(&self, name: &BucketName) -> Result<BucketRecord, MetaError>;

    /// Buckets with names greater than `after` that begin with `prefix`, ascending, at most `max`; and whether more follow.
    async fn list_buckets(
        &self,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<(Vec<BucketRecord>, bool), MetaError>;

    /// Deletes a bucket that holds no object, version or delete marker; its open uploads are aborted (b166). Errors: `NoSuchBucket`, `BucketNotEmpty`.
    async fn delete_bucket(&self, name: &BucketName) -> Result<(), MetaError>;

    /// Changes one setting of a bucket and counts its `revision` up. Errors: `NoSuchBucket`, `InvalidBucketState`.
    async fn change_bucket(&self, name: &BucketName, change: BucketChange)
    -> Result<BucketRecord, MetaError>;

    /// What a bucket holds. Errors: `NoSuchBucket`.
    async fn get_usage(&self, name: &BucketName) -> Result<BucketUsage, MetaError>;

    // --- Objects ---

    /// Puts an object. In a bucket with versioning enabled it is a new version, current if its id is the greatest of the
    /// key; else it replaces the null version, which becomes garbage, and is current. Errors: `NoSuchBucket`,
    /// `Precondition`, `LeaseLost`, `Locked`, `QuotaExceeded`.
    async fn put_object(&self, put: PutObject) -> Result<ObjectRecord, MetaError>;

    /// The current version, or the named one. Errors: `NoSuchBucket`; `NoSuchKey`, also when a delete marker is current
    /// (then `DeleteMarker`, which callers show as NoSuchKey); with `which`: `NoSuchVersion`, `DeleteMarker`.
    async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<ObjectRecord, MetaError>;

    /// As `head_object`, with manifest and inline bytes from the same snapshot.
    async fn get_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<ObjectView, MetaError>;

    /// The bytes of an inline blob; `None` when it is gone.
    async fn get_inline(&self, id: BlobId) -> Result<Option<Bytes>, MetaError>;

    /// Deletes the named version for good, if there is one; or, without a name, what is under the key: by a delete marker
    /// where versioning is enabled, by a null delete marker in place of the null version where it is suspended, else for
    /// good. Errors: `NoSuchBucket`, `Locked`; with a condition also `NoSuchKey`, `Precondition`.
    async fn delete_object(&self, delete: DeleteObject) -> Result<Deleted, MetaError>;

    /// Changes tags, lock or ACL of a version in place; neither its id nor its Last-Modified changes. Errors:
    /// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `DeleteMarker`, `Locked`.
    async fn change_object(&self, change: ChangeObject) -> Result<ObjectRecord, MetaError>;

    /// One page, found by seeking: children of a common prefix are never walked. Errors: `NoSuchBucket`.
    async fn list_objects(&self, bucket: &BucketName, query: ObjectQuery) -> Result<ObjectPage, MetaError>;

    /// One page of versions and delete markers: by key, then the latest first. Found by seeking, too. The version that
    /// `version_marker` names may be gone: a page goes on where it was (at the newest of the key where that was `null`),
    /// so that whoever deletes what a page lists misses nothing. Errors: `NoSuchBucket`.
    async fn list_versions(&self, bucket: &BucketName, query: VersionQuery)
    -> Result<VersionPage, MetaError>;

    // --- Uploads ---

    /// Opens an upload. Errors: `NoSuchBucket`.
    async fn create_upload(&self, create: CreateUpload) -> Result<UploadRecord, MetaError>;

    /// Errors: `NoSuchBucket`, `NoSuchUpload`.
    async fn get_upload(&self, upload: &UploadName) -> Result<UploadState, MetaError>;

    /// Records a part; the blob of the part it replaces becomes garbage. Errors: `NoSuchBucket`, `NoSuchUpload`,
    /// `LeaseLost`, `QuotaExceeded`.
    async fn put_part(&self, put: PutPart) -> Result<PartRecord, MetaError>;

    /// Parts with numbers greater than `after`, at most `max`. Errors: `NoSuchBucket`, `NoSuchUpload`.
    async fn list_parts(&self, upload: &UploadName, after: u16, max: usize) -> Result<PartPage, MetaError>;

    /// One page. Errors: `NoSuchBucket`, `InvalidUploadIdMarker`.
    async fn list_uploads(&self, bucket: &BucketName, query: UploadQuery) -> Result<UploadPage, MetaError>;

    /// THE commit record: ends the upload, makes the object visible, moves the chosen parts' blobs to it, makes unlisted
    /// parts and the replaced null version garbage, and keeps the answer. The version's id is the upload's where versioning
    /// is enabled, so that the upload initiated last is current (b191); else `commit.version`. Errors: `NoSuchBucket`,
    /// `NoSuchUpload` (also when it was completed meanwhile), `PartsChanged`, `Precondition`, `Locked`.
    async fn commit_upload(&self, commit: CommitUpload) -> Result<CompletedRecord, MetaError>;

    /// Ends the upload; its parts become garbage. With `idle_since`, only if neither the upload nor any part is younger
    /// than that, else `NoSuchUpload`. Errors: `NoSuchBucket`, `NoSuchUpload`.
    async fn abort_upload(&self, upload: &UploadName, idle_since: Option<Timestamp>)
    -> Result<(), MetaError>;

    // --- Leases, garbage, sweep ---

    /// Starts this server's session. Engines with a single server let all older sessions end here.
    async fn open_session(&self) -> Result<SessionId, MetaError>;

    /// Leases `count` fresh blob names to the session.
    async fn grant_leases(&self, session: SessionId, count: u32) -> Result<Vec<BlobId>, MetaError>;

    /// Gives up leased names: their blobs become garbage. Names without a lease are passed over.
    async fn abandon_leases(&self, ids: Vec<BlobId>) -> Result<(), MetaError>;

    /// Turns at most `max` leases of ended sessions into garbage; how many.
    async fn sweep_leases(&self, max: usize) -> Result<usize, MetaError>;

    /// At most `max` rows of garbage with row numbers greater than `after`, ascending.
    async fn list_garbage(&self, after: u64, max: usize) -> Result<Vec<Garbage>, MetaError>;

    /// Forgets rows whose blobs are deleted. Rows that are gone are passed over.
    async fn forget_garbage(&self, rows: Vec<u64>) -> Result<(), MetaError>;

    /// Does at most `max` rows of work left by ended uploads and deleted buckets: parts of aborted uploads become garbage,
    /// part rows of completed ones are dropped, answers completed before `forget_before` are forgotten. Returns the rows
    /// touched; 0 means that nothing is left.
    async fn sweep_ended(&self, forget_before: Timestamp, max: usize) -> Result<usize, MetaError>;

    /// Open uploads of all buckets after `after`, with their buckets' names, at most `max`.
    async fn scan_uploads(
        &self,
        after: Option<UploadCursor>,
        max: usize,
    ) -> Result<Vec<(BucketName, UploadRecord)>, MetaError>;

    /// The greatest upload or version id ever used, so that new ones exceed it.
    async fn last_version_id(&self) -> Result<Option<VersionId>, MetaError>;

    // --- Events ---

    /// At most `max` events with row numbers greater than `after`, ascending.
    async fn list_events(&self, after: u64, max: usize) -> Result<Vec<Event>, MetaError>;

    /// Forgets delivered events. Rows that are gone are passed over.
    async fn forget_events(&self, rows: Vec<u64>) -> Result<(), MetaError>;

    // --- Identities ---

    /// All identity documents with their names, ascending, and their common revision; 0 before the first write.
    async fn read_identities(&self) -> Result<(u64, Vec<(String, Bytes)>), MetaError>;

    /// Sets (`Some`) or removes (`None`) documents in one step, if the revision still is `expected`; the new revision.
    /// Errors: `IdentitiesChanged`.
    async fn write_identities(
        &self,
        expected: u64,
        changes: Vec<(String, Option<Bytes>)>,
    ) -> Result<u64, MetaError>;

    // --- Care ---

    /// Meets every row once, from one snapshot, and reports what is inconsistent as [`AuditRow::Broken`].
    async fn audit(&self, each: &mut (dyn FnMut(AuditRow) + Send)) -> Result<(), MetaError>;

    /// Waits until all answered steps are durable and closes the engine. `after` bounds the wait.
    async fn close(&self, after: Duration) -> Result<(), MetaError>;
}
