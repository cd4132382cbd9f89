//! The trait, method by method: a step for the writer or a read on a snapshot.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use drystone_types::{BlobId, BucketName, Key, Timestamp, VersionId, WhichVersion};
use tokio::sync::{mpsc, oneshot};

use super::error::{Fault, engine_error};
use super::reads::View;
use super::writer::Message;
use super::{RedbMetaStore, blocking, within};
use crate::record::{
    AuditRow, BucketChange, BucketRecord, BucketUsage, ChangeObject, CommitUpload, CompletedRecord,
    CreateBucket, CreateUpload, DeleteObject, Deleted, Event, Garbage, ObjectPage, ObjectQuery, ObjectRecord,
    ObjectView, PartPage, PartRecord, PutObject, PutPart, SessionId, UploadCursor, UploadName, UploadPage,
    UploadQuery, UploadRecord, UploadState, VersionPage, VersionQuery,
};
use crate::{MetaError, MetaStore};

/// Rows that an audit sends at a time.
const AUDIT_BATCH: usize = 256;

#[async_trait]
impl MetaStore for RedbMetaStore {
    async fn create_bucket(&self, create: CreateBucket) -> Result<BucketRecord, MetaError> {
        self.step(move |writing| writing.create_bucket(create)).await
    }

    async fn get_bucket(&self, name: &BucketName) -> Result<BucketRecord, MetaError> {
        let name = name.clone();
        self.read(move |view| view.bucket(&name)).await
    }

    async fn list_buckets(
        &self,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<(Vec<BucketRecord>, bool), MetaError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.read(move |view| view.list_buckets(&prefix, after.as_deref(), max)).await
    }

    async fn delete_bucket(&self, name: &BucketName) -> Result<(), MetaError> {
        let name = name.clone();
        self.step(move |writing| writing.delete_bucket(&name)).await
    }

    async fn change_bucket(
        &self,
        name: &BucketName,
        change: BucketChange,
    ) -> Result<BucketRecord, MetaError> {
        let name = name.clone();
        self.step(move |writing| writing.change_bucket(&name, change)).await
    }

    async fn get_usage(&self, name: &BucketName) -> Result<BucketUsage, MetaError> {
        let name = name.clone();
        self.read(move |view| view.usage(&name)).await
    }

    async fn put_object(&self, put: PutObject) -> Result<ObjectRecord, MetaError> {
        self.step(move |writing| writing.put_object(put)).await
    }

    async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<ObjectRecord, MetaError> {
        let (bucket, key) = (bucket.clone(), key.clone());
        self.read(move |view| view.head_object(&bucket, &key, which)).await
    }

    async fn get_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<ObjectView, MetaError> {
        let (bucket, key) = (bucket.clone(), key.clone());
        self.read(move |view| view.get_object(&bucket, &key, which)).await
    }

    async fn get_inline(&self, id: BlobId) -> Result<Option<Bytes>, MetaError> {
        self.read(move |view| view.get_inline(id)).await
    }

    async fn delete_object(&self, delete: DeleteObject) -> Result<Deleted, MetaError> {
        self.step(move |writing| writing.delete_object(delete)).await
    }

    async fn change_object(&self, change: ChangeObject) -> Result<ObjectRecord, MetaError> {
        self.step(move |writing| writing.change_object(change)).await
    }

    async fn list_objects(&self, bucket: &BucketName, query: ObjectQuery) -> Result<ObjectPage, MetaError> {
        let bucket = bucket.clone();
        self.read(move |view| view.list_objects(&bucket, &query)).await
    }

    async fn list_versions(
        &self,
        bucket: &BucketName,
        query: VersionQuery,
    ) -> Result<VersionPage, MetaError> {
        let bucket = bucket.clone();
        self.read(move |view| view.list_versions(&bucket, &query)).await
    }

    async fn create_upload(&self, create: CreateUpload) -> Result<UploadRecord, MetaError> {
        self.step(move |writing| writing.create_upload(create)).await
    }

    async fn get_upload(&self, upload: &UploadName) -> Result<UploadState, MetaError> {
        let upload = upload.clone();
        self.read(move |view| view.get_upload(&upload)).await
    }

    async fn put_part(&self, put: PutPart) -> Result<PartRecord, MetaError> {
        self.step(move |writing| writing.put_part(&put)).await
    }

    async fn list_parts(&self, upload: &UploadName, after: u16, max: usize) -> Result<PartPage, MetaError> {
        let upload = upload.clone();
        self.read(move |view| view.list_parts(&upload, after, max)).await
    }

    async fn list_uploads(&self, bucket: &BucketName, query: UploadQuery) -> Result<UploadPage, MetaError> {
        let bucket = bucket.clone();
        self.read(move |view| view.list_uploads(&bucket, &query)).await
    }

    async fn commit_upload(&self, commit: CommitUpload) -> Result<CompletedRecord, MetaError> {
        self.step(move |writing| writing.commit_upload(commit)).await
    }

    async fn abort_upload(
        &self,
        upload: &UploadName,
        idle_since: Option<Timestamp>,
    ) -> Result<(), MetaError> {
        let upload = upload.clone();
        self.step(move |writing| writing.abort_upload(&upload, idle_since)).await
    }

    async fn open_session(&self) -> Result<SessionId, MetaError> {
        self.step(|writing| Ok(writing.open_session())).await
    }

    async fn grant_leases(&self, session: SessionId, count: u32) -> Result<Vec<BlobId>, MetaError> {
        self.step(move |writing| writing.grant_leases(session, count)).await
    }

    async fn abandon_leases(&self, ids: Vec<BlobId>) -> Result<(), MetaError> {
        self.step(move |writing| writing.abandon_leases(&ids)).await
    }

    async fn sweep_leases(&self, max: usize) -> Result<usize, MetaError> {
        self.step(move |writing| writing.sweep_leases(max)).await
    }

    async fn list_garbage(&self, after: u64, max: usize) -> Result<Vec<Garbage>, MetaError> {
        self.read(move |view| view.list_garbage(after, max)).await
    }

    async fn forget_garbage(&self, rows: Vec<u64>) -> Result<(), MetaError> {
        self.step(move |writing| writing.forget_garbage(&rows)).await
    }

    async fn sweep_ended(&self, forget_before: Timestamp, max: usize) -> Result<usize, MetaError> {
        self.step(move |writing| writing.sweep_ended(forget_before, max)).await
    }

    async fn scan_uploads(
        &self,
        after: Option<UploadCursor>,
        max: usize,
    ) -> Result<Vec<(BucketName, UploadRecord)>, MetaError> {
        self.read(move |view| view.scan_uploads(after.as_ref(), max)).await
    }

    async fn last_version_id(&self) -> Result<Option<VersionId>, MetaError> {
        self.read(View::last_version_id).await
    }

    async fn list_events(&self, after: u64, max: usize) -> Result<Vec<Event>, MetaError> {
        self.read(move |view| view.list_events(after, max)).await
    }

    async fn forget_events(&self, rows: Vec<u64>) -> Result<(), MetaError> {
        self.step(move |writing| writing.forget_events(&rows)).await
    }

    async fn read_identities(&self) -> Result<(u64, Vec<(String, Bytes)>), MetaError> {
        self.read(View::read_identities).await
    }

    async fn write_identities(
        &self,
        expected: u64,
        changes: Vec<(String, Option<Bytes>)>,
    ) -> Result<u64, MetaError> {
        self.step(move |writing| writing.write_identities(expected, changes)).await
    }

    async fn audit(&self, each: &mut (dyn FnMut(AuditRow) + Send)) -> Result<(), MetaError> {
        let shared = std::sync::Arc::clone(&self.shared);
        let (send, mut rows) = mpsc::channel::<Vec<AuditRow>>(4);
        let work = blocking(move || {
            let gone = |_| Fault::from(engine_error("audit", "nobody listens any more"));
            let mut batch = Vec::with_capacity(AUDIT_BATCH);
            let audited = shared.read(|view| {
                view.audit(&mut |row| {
                    batch.push(row);
                    if batch.len() == AUDIT_BATCH {
                        send.blocking_send(std::mem::take(&mut batch)).map_err(gone)?;
                    }
                    Ok(())
                })
            });
            drop(send.blocking_send(batch));
            audited.map_err(|(error, _)| error)
        });
        let listen = async {
            while let Some(batch) = rows.recv().await {
                batch.into_iter().for_each(&mut *each);
            }
        };
        let (audited, ()) = tokio::join!(work, listen);
        audited?
    }

    async fn close(&self, after: Duration) -> Result<(), MetaError> {
        let (told, done) = oneshot::channel();
        let close = async {
            if self.outbox().send(Message::Close(told)).await.is_ok() {
                drop(done.await);
            }
            match self.shared.fatal() {
                Some(reason) => Err(engine_error("close", reason)),
                None => Ok(()),
            }
        };
        within(after, close).await
    }
}
