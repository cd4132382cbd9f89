//! A store under test with the short forms that cases are written in. Every change is followed by an audit.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use drystone_types::{
    BlobHome, BlobId, BlobRef, BucketName, ChecksumAlgorithm, ETag, ManifestPart, ObjectProperties,
    Timestamp, UploadId, Versioning, WhichVersion, WritePrecondition,
};

pub use super::values::{bucket, by_id, digests, inline, len, name, owner, part_number, some_part};
use super::{Accounts, Store, every_blob_accounted};
use crate::MetaError;
use crate::record::{
    BucketChange, BucketRecord, CommitUpload, CompletedRecord, CreateBucket, CreateUpload, DeleteCondition,
    DeleteObject, Deleted, NewBlob, ObjectRecord, PartRecord, PutObject, PutPart, SessionId, UploadName,
    UploadState,
};

/// A store with a bucket `bucket` and a session.
#[derive(Debug)]
pub struct Tester {
    /// The store.
    pub store: Store,
    /// Its session.
    pub session: SessionId,
    clock_ms: AtomicU64,
    last_id: Mutex<Option<UploadId>>,
}

impl Tester {
    /// Opens a session and creates the bucket.
    pub async fn new(store: Store) -> Self {
        let tester = Self::attach(store).await;
        tester.create_bucket(bucket()).await;
        tester
    }

    /// Opens a session on a store that has the bucket.
    pub async fn attach(store: Store) -> Self {
        let session = store.open_session().await.expect("a session opens");
        Self { store, session, clock_ms: AtomicU64::new(1_000), last_id: Mutex::default() }
    }

    /// A moment later than all before.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock_ms.fetch_add(1, Ordering::Relaxed))
    }

    /// Audits the store.
    pub async fn accounts(&self) -> Accounts {
        every_blob_accounted(self.store.as_ref()).await
    }

    /// A name leased to this session.
    pub async fn lease(&self) -> BlobId {
        let ids = self.store.grant_leases(self.session, 1).await.expect("a lease is granted");
        self.accounts().await;
        ids[0]
    }

    /// A blob of `len` bytes in the blobstore, under a leased name.
    pub async fn leased(&self, len: u64) -> NewBlob {
        NewBlob::Leased(BlobRef { id: self.lease().await, len, home: BlobHome::Store })
    }

    /// Puts `content` under `key`.
    pub async fn put_with(
        &self,
        key: &str,
        content: NewBlob,
        precondition: WritePrecondition,
    ) -> Result<ObjectRecord, MetaError> {
        self.put_step(PutObject { precondition, ..self.new_put(key, content) }).await
    }

    /// A step that would put `content` under `key`.
    pub fn new_put(&self, key: &str, content: NewBlob) -> PutObject {
        PutObject {
            bucket: bucket(),
            key: name(key),
            size: len(&content),
            etag: None,
            digests: digests(&content),
            content,
            properties: ObjectProperties::of(owner()),
            precondition: WritePrecondition::None,
            version: self.id().into(),
            now: self.now(),
            event: None,
        }
    }

    /// Puts an object.
    pub async fn put_step(&self, put: PutObject) -> Result<ObjectRecord, MetaError> {
        let put = self.store.put_object(put).await;
        self.accounts().await;
        put
    }

    /// Puts a small object.
    pub async fn put(&self, key: &str, bytes: &'static str) -> ObjectRecord {
        self.put_with(key, inline(bytes), WritePrecondition::None).await.expect("an object is put")
    }

    /// Deletes what is under `key`.
    pub async fn delete(&self, key: &str) -> Deleted {
        self.delete_step(self.new_delete(key)).await.expect("an object is deleted")
    }

    /// Deletes a version for good.
    pub async fn delete_version(&self, key: &str, which: WhichVersion) -> Deleted {
        let delete = DeleteObject { which: Some(which), ..self.new_delete(key) };
        self.delete_step(delete).await.expect("a version is deleted")
    }

    /// A step that would delete what is under `key`.
    pub fn new_delete(&self, key: &str) -> DeleteObject {
        DeleteObject {
            bucket: bucket(),
            key: name(key),
            which: None,
            condition: DeleteCondition::None,
            bypass_governance: false,
            marker: self.id().into(),
            owner: owner(),
            now: self.now(),
            event: None,
            marker_event: None,
        }
    }

    /// Deletes what is under a key.
    pub async fn delete_step(&self, delete: DeleteObject) -> Result<Deleted, MetaError> {
        let deleted = self.store.delete_object(delete).await;
        self.accounts().await;
        deleted
    }

    /// Creates a bucket.
    pub async fn create_bucket(&self, name: BucketName) -> BucketRecord {
        let create = self.new_bucket(name);
        self.store.create_bucket(create).await.expect("a fresh name")
    }

    /// A step that would create a bucket.
    pub fn new_bucket(&self, name: BucketName) -> CreateBucket {
        let (location, documents) = (String::new(), std::collections::BTreeMap::new());
        CreateBucket { name, location, owner: owner(), object_lock: false, documents, now: self.now() }
    }

    /// Enables or suspends versioning.
    pub async fn versioning(&self, versioning: Versioning) {
        self.change(BucketChange::Versioning(versioning)).await.expect("the bucket is there");
    }

    /// Changes a setting of the bucket.
    pub async fn change(&self, change: BucketChange) -> Result<BucketRecord, MetaError> {
        let changed = self.store.change_bucket(&bucket(), change).await;
        self.accounts().await;
        changed
    }

    /// A fresh id of an upload or a version, greater than all before.
    pub fn id(&self) -> UploadId {
        let mut last = self.last_id.lock().expect("no test panics while it holds this");
        let id = UploadId::next(*last, self.clock_ms.load(Ordering::Relaxed), 7);
        *last = Some(id);
        id
    }

    /// Opens an upload of `key`.
    pub async fn upload(&self, key: &str) -> UploadName {
        self.upload_with(key, None).await
    }

    /// Opens an upload whose object will have these properties.
    pub async fn upload_of(&self, key: &str, properties: ObjectProperties) -> UploadName {
        self.create_upload(key, properties, None).await
    }

    /// Opens an upload of `key` that declares an algorithm.
    pub async fn upload_with(&self, key: &str, algorithm: Option<ChecksumAlgorithm>) -> UploadName {
        self.create_upload(key, ObjectProperties::of(owner()), algorithm).await
    }

    async fn create_upload(
        &self,
        key: &str,
        properties: ObjectProperties,
        algorithm: Option<ChecksumAlgorithm>,
    ) -> UploadName {
        let initiated = self.now();
        let id = self.id();
        let create = CreateUpload {
            bucket: bucket(),
            key: name(key),
            id,
            initiated,
            initiator: "initiator".to_owned(),
            properties,
            checksum: algorithm.map(|algorithm| (algorithm, algorithm.default_type())),
        };
        let record = self.store.create_upload(create).await.expect("an upload is created");
        assert_eq!((record.id, record.key, record.initiated), (id, name(key), initiated));
        self.accounts().await;
        UploadName { bucket: bucket(), key: name(key), id }
    }

    /// Puts a part with the given bytes' owner.
    pub async fn part_with(
        &self,
        upload: &UploadName,
        number: u64,
        content: NewBlob,
    ) -> Result<PartRecord, MetaError> {
        let size = len(&content);
        self.part_of_size(upload, number, content, size).await
    }

    /// Puts a part that clients see as `size` bytes.
    pub async fn part_of_size(
        &self,
        upload: &UploadName,
        number: u64,
        content: NewBlob,
        size: u64,
    ) -> Result<PartRecord, MetaError> {
        let put = PutPart {
            upload: upload.clone(),
            part_number: part_number(number),
            size,
            digests: digests(&content),
            content,
            now: self.now(),
        };
        let put = self.store.put_part(put).await;
        self.accounts().await;
        put
    }

    /// Puts a part of `len` bytes in the blobstore.
    pub async fn part(&self, upload: &UploadName, number: u64, len: u64) -> PartRecord {
        let content = self.leased(len).await;
        self.part_with(upload, number, content).await.expect("a part is put")
    }

    /// The recorded parts of an upload.
    pub async fn parts(&self, upload: &UploadName) -> Vec<ManifestPart> {
        let page = self.store.list_parts(upload, 0, 10_000).await.expect("an open upload");
        page.parts.iter().map(|part| part.part).collect()
    }

    /// Completes an upload with these parts.
    pub async fn complete_with(
        &self,
        upload: &UploadName,
        chosen: Vec<ManifestPart>,
        precondition: WritePrecondition,
    ) -> Result<CompletedRecord, MetaError> {
        let completed = self.store.commit_upload(self.commit(upload, chosen, precondition)).await;
        self.accounts().await;
        completed
    }

    /// Completes an upload with all its parts.
    pub async fn complete(&self, upload: &UploadName) -> Result<CompletedRecord, MetaError> {
        let parts = self.parts(upload).await;
        self.complete_with(upload, parts, WritePrecondition::None).await
    }

    /// Uploads an object of one part of 5 bytes.
    pub async fn uploaded(&self, key: &str) -> CompletedRecord {
        let upload = self.upload(key).await;
        self.part(&upload, 1, 5).await;
        self.complete(&upload).await.expect("all parts are there")
    }

    /// A step that would complete an upload.
    pub fn commit(
        &self,
        upload: &UploadName,
        chosen: Vec<ManifestPart>,
        precondition: WritePrecondition,
    ) -> CommitUpload {
        let part_count = Some(u16::try_from(chosen.len()).expect("few parts"));
        let etag = ETag { digest: [9; 16], part_count };
        CommitUpload {
            upload: upload.clone(),
            chosen,
            etag,
            checksum: None,
            precondition,
            version: self.id().into(),
            now: self.now(),
            event: None,
        }
    }

    /// Aborts an upload.
    pub async fn abort(&self, upload: &UploadName) -> Result<(), MetaError> {
        let aborted = self.store.abort_upload(upload, None).await;
        self.accounts().await;
        aborted
    }

    /// Asserts that the upload is gone for every step that names it.
    pub async fn assert_no_upload(&self, upload: &UploadName) {
        assert!(!matches!(self.store.get_upload(upload).await, Ok(UploadState::Open(_))));
        let content = self.leased(1).await;
        let outcomes = [
            self.store.list_parts(upload, 0, 1).await.map(drop),
            self.part_with(upload, 1, content).await.map(drop),
            self.abort(upload).await,
            self.complete_with(upload, vec![some_part()], WritePrecondition::None).await.map(drop),
        ];
        for outcome in outcomes {
            assert!(matches!(outcome, Err(MetaError::NoSuchUpload)), "{outcome:?}");
        }
    }

    /// Sweeps until nothing is left to do.
    pub async fn sweep(&self) {
        while self.store.sweep_ended(Timestamp(0), 3).await.expect("a sweep") > 0 {
            self.accounts().await;
        }
    }
}
