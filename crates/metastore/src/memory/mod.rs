//! MemoryMetaStore: the reference engine. Ordered maps behind one mutex; nothing survives the process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use drystone_types::{BlobId, BucketName, Key, Timestamp, VersionId, WhichVersion};

use crate::record::{
    AuditRow, BucketChange, BucketRecord, BucketUsage, ChangeObject, CommitUpload, CompletedRecord,
    CreateBucket, CreateUpload, DeleteObject, Deleted, Event, Garbage, ObjectPage, ObjectQuery, ObjectRecord,
    ObjectView, PartPage, PartRecord, PutObject, PutPart, SessionId, UploadCursor, UploadName, UploadPage,
    UploadQuery, UploadRecord, UploadState, VersionPage, VersionQuery,
};
use crate::{MetaError, MetaStore};

mod audit;
mod buckets;
mod history;
mod identities;
mod list;
mod objects;
mod state;
mod sweep;
mod uploads;

use state::State;

/// A metastore in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryMetaStore {
    state: Arc<Mutex<State>>,
}

impl MemoryMetaStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner) // steps check first and then cannot fail
    }
}

#[async_trait]
impl MetaStore for MemoryMetaStore {
    async fn create_bucket(&self, create: CreateBucket) -> Result<BucketRecord, MetaError> {
        self.state().create_bucket(create)
    }

    async fn get_bucket(&self, name: &BucketName) -> Result<BucketRecord, MetaError> {
        self.state().bucket(name).cloned()
    }

    async fn list_buckets(
        &self,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<(Vec<BucketRecord>, bool), MetaError> {
        Ok(self.state().list_buckets(prefix, after, max))
    }

    async fn delete_bucket(&self, name: &BucketName) -> Result<(), MetaError> {
        self.state().delete_bucket(name)
    }

    async fn change_bucket(
        &self,
        name: &BucketName,
        change: BucketChange,
    ) -> Result<BucketRecord, MetaError> {
        self.state().change_bucket(name, change)
    }

    async fn get_usage(&self, name: &BucketName) -> Result<BucketUsage, MetaError> {
        let state = self.state();
        Ok(state.usage(state.bucket_id(name)?))
    }

    async fn put_object(&self, put: PutObject) -> Result<ObjectRecord, MetaError> {
        self.state().put_object(put)
    }

    async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<ObjectRecord, MetaError> {
        self.state().object(bucket, key, which).map(|object| object.record.clone())
    }

    async fn get_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<ObjectView, MetaError> {
        self.state().get_object(bucket, key, which)
    }

    async fn get_inline(&self, id: BlobId) -> Result<Option<Bytes>, MetaError> {
        Ok(self.state().inline.get(&id).cloned())
    }

    async fn delete_object(&self, delete: DeleteObject) -> Result<Deleted, MetaError> {
        self.state().delete_object(delete)
    }

    async fn change_object(&self, change: ChangeObject) -> Result<ObjectRecord, MetaError> {
        self.state().change_object(change)
    }

    async fn list_objects(&self, bucket: &BucketName, query: ObjectQuery) -> Result<ObjectPage, MetaError> {
        self.state().list_objects(bucket, &query)
    }

    async fn list_versions(
        &self,
        bucket: &BucketName,
        query: VersionQuery,
    ) -> Result<VersionPage, MetaError> {
        self.state().list_versions(bucket, &query)
    }

    async fn create_upload(&self, create: CreateUpload) -> Result<UploadRecord, MetaError> {
        self.state().create_upload(create)
    }

    async fn get_upload(&self, upload: &UploadName) -> Result<UploadState, MetaError> {
        self.state().get_upload(upload)
    }

    async fn put_part(&self, put: PutPart) -> Result<PartRecord, MetaError> {
        self.state().put_part(&put)
    }

    async fn list_parts(&self, upload: &UploadName, after: u16, max: usize) -> Result<PartPage, MetaError> {
        self.state().list_parts(upload, after, max)
    }

    async fn list_uploads(&self, bucket: &BucketName, query: UploadQuery) -> Result<UploadPage, MetaError> {
        self.state().list_uploads(bucket, &query)
    }

    async fn commit_upload(&self, commit: CommitUpload) -> Result<CompletedRecord, MetaError> {
        self.state().commit_upload(commit)
    }

    async fn abort_upload(
        &self,
        upload: &UploadName,
        idle_since: Option<Timestamp>,
    ) -> Result<(), MetaError> {
        self.state().abort_upload(upload, idle_since)
    }

    async fn open_session(&self) -> Result<SessionId, MetaError> {
        Ok(self.state().open_session())
    }

    async fn grant_leases(&self, session: SessionId, count: u32) -> Result<Vec<BlobId>, MetaError> {
        Ok(self.state().grant_leases(session, count))
    }

    async fn abandon_leases(&self, ids: Vec<BlobId>) -> Result<(), MetaError> {
        self.state().abandon_leases(&ids);
        Ok(())
    }

    async fn sweep_leases(&self, max: usize) -> Result<usize, MetaError> {
        Ok(self.state().sweep_leases(max))
    }

    async fn list_garbage(&self, after: u64, max: usize) -> Result<Vec<Garbage>, MetaError> {
        Ok(self.state().list_garbage(after, max))
    }

    async fn forget_garbage(&self, rows: Vec<u64>) -> Result<(), MetaError> {
        self.state().forget_garbage(&rows);
        Ok(())
    }

    async fn sweep_ended(&self, forget_before: Timestamp, max: usize) -> Result<usize, MetaError> {
        Ok(self.state().sweep_ended(forget_before, max))
    }

    async fn scan_uploads(
        &self,
        after: Option<UploadCursor>,
        max: usize,
    ) -> Result<Vec<(BucketName, UploadRecord)>, MetaError> {
        Ok(self.state().scan_uploads(after, max))
    }

    async fn last_version_id(&self) -> Result<Option<VersionId>, MetaError> {
        Ok(self.state().last_version)
    }

    async fn list_events(&self, after: u64, max: usize) -> Result<Vec<Event>, MetaError> {
        Ok(self.state().list_events(after, max))
    }

    async fn forget_events(&self, rows: Vec<u64>) -> Result<(), MetaError> {
        self.state().events.retain(|row, _| !rows.contains(row));
        Ok(())
    }

    async fn read_identities(&self) -> Result<(u64, Vec<(String, Bytes)>), MetaError> {
        Ok(self.state().read_identities())
    }

    async fn write_identities(
        &self,
        expected: u64,
        changes: Vec<(String, Option<Bytes>)>,
    ) -> Result<u64, MetaError> {
        self.state().write_identities(expected, changes)
    }

    async fn audit(&self, each: &mut (dyn FnMut(AuditRow) + Send)) -> Result<(), MetaError> {
        self.state().audit(each);
        Ok(())
    }

    async fn close(&self, _after: Duration) -> Result<(), MetaError> {
        Ok(())
    }
}
