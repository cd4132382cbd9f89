//! CompleteMultipartUpload: one atomic step turns the listed parts into an object. No byte moves.

use drystone_metastore::MetaError;
pub use drystone_metastore::record::CompletedRecord;
use drystone_metastore::record::{CommitUpload, EventSeed, UploadName, UploadRecord, UploadState};
use drystone_types::encryption::Sse;
use drystone_types::lifecycle::Candidate;
use drystone_types::{ETag, WhichVersion, WritePrecondition, limits};

use crate::object::expiration::ExpirationDue;
use crate::upload::assemble::{CompleteClaims, RequestedPart, assemble};
use crate::{Store, StoreError};

/// A CompleteMultipartUpload request.
#[derive(Clone, Debug)]
pub struct CompleteRequest {
    /// Which upload.
    pub upload: UploadName,
    /// The list of parts; at least one.
    pub requested: Vec<RequestedPart>,
    /// What the headers claim of the object.
    pub claims: CompleteClaims,
    /// If-Match, If-None-Match (b146-b157).
    pub precondition: WritePrecondition,
    /// Event to tell.
    pub event: Option<EventSeed>,
}

/// The object that an upload became.
#[derive(Clone, Debug)]
pub struct CompletedUpload {
    /// The answer, as it is kept.
    pub completed: CompletedRecord,
    /// How the object is encrypted (b202).
    pub sse: Option<Sse>,
    /// When a lifecycle rule will expire it; not told to those who ask again.
    pub expiration: Option<ExpirationDue>,
}

impl Store {
    /// CompleteMultipartUpload, and its repeat: the same parts again get the same answer (b124), whatever the
    /// precondition says by now (b125).
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`], [`StoreError::Complete`], [`StoreError::Precondition`], [`StoreError::Locked`],
    /// [`StoreError::Busy`] when parts keep changing under it. After any of them the upload is as it was (b121).
    pub async fn complete_upload(&self, request: CompleteRequest) -> Result<CompletedUpload, StoreError> {
        let CompleteRequest { upload, requested, claims, precondition, event } = &request;
        for _ in 0..limits::COMPLETE_RETRY_MAX {
            let record = match self.meta.get_upload(upload).await? {
                UploadState::Open(record) => record,
                UploadState::Completed(completed) => {
                    let completed = repeated(completed, requested)?;
                    let sse = self.sse_of_completed(upload, &completed).await;
                    return Ok(CompletedUpload { completed, sse, expiration: None });
                }
            };
            let parts = match self.meta.list_parts(upload, 0, usize::from(limits::PART_COUNT_MAX)).await {
                Ok(page) => page.parts,
                Err(MetaError::NoSuchUpload) => continue, // it ended just now: look how
                Err(other) => return Err(other.into()),
            };
            let plan = assemble(record.checksum, &parts, requested, claims)?;
            let is_by_customer = matches!(record.properties.sse(), Some(Sse::Customer { .. }));
            let checksum = Some(plan.checksum).filter(|_| !is_by_customer || record.checksum.is_some()); // b145
            let commit = CommitUpload {
                upload: upload.clone(),
                chosen: plan.chosen,
                etag: plan.etag,
                checksum,
                precondition: *precondition,
                version: self.next_version_id(),
                now: self.now(),
                event: event.clone(),
            };
            match self.meta.commit_upload(commit).await {
                Ok(completed) => {
                    self.told(event.is_some());
                    self.sweep_wanted.notify_one();
                    let expiration = self.expiration_of_completed(upload, &record, &completed).await;
                    let sse = record.properties.encryption.map(|encryption| encryption.sse);
                    return Ok(CompletedUpload { completed, sse, expiration });
                }
                Err(MetaError::PartsChanged | MetaError::NoSuchUpload) => {} // decide anew
                Err(other) => return Err(other.into()),
            }
        }
        Err(StoreError::Busy)
    }

    async fn expiration_of_completed(
        &self,
        upload: &UploadName,
        record: &UploadRecord,
        completed: &CompletedRecord,
    ) -> Option<ExpirationDue> {
        let bucket = self.get_bucket(&upload.bucket).await.ok()?;
        let (key, tags) = (&upload.key, &record.properties.tags);
        let object = Candidate { key, size: completed.size, tags, modified: record.initiated };
        self.expiration_due(&bucket, &object)
    }

    /// How the object of a completed upload is encrypted, if it is still there.
    async fn sse_of_completed(&self, upload: &UploadName, completed: &CompletedRecord) -> Option<Sse> {
        let which = completed.version.map(WhichVersion::from);
        let record = self.meta.head_object(&upload.bucket, &upload.key, which).await.ok()?;
        let encryption = record.properties.encryption.filter(|_| record.etag == completed.etag);
        encryption.map(|encryption| encryption.sse)
    }
}

/// The kept answer, if `requested` names the very parts that it was given for.
fn repeated(completed: CompletedRecord, requested: &[RequestedPart]) -> Result<CompletedRecord, StoreError> {
    let md5s: Option<Vec<[u8; 16]>> =
        requested.iter().map(|part| ETag::parse(&part.etag).map(|etag| etag.digest)).collect();
    match md5s {
        Some(md5s) if md5s.len() <= usize::from(limits::PART_COUNT_MAX) => {
            let etag = drystone_digest::etag_of_parts(&md5s);
            if etag == completed.etag { Ok(completed) } else { Err(StoreError::NoSuchUpload) }
        }
        _ => Err(StoreError::NoSuchUpload),
    }
}
