//! Uploads: a file or a stream becomes an object, in parts that go up in parallel, are retried alone, and are kept when the program dies.

pub(crate) mod calls;
pub mod complete;
mod earlier;
mod open;
pub(crate) mod part;
pub(crate) mod pieces;
pub mod proof;
pub mod reconcile;
mod single;
pub mod stream;
mod unchanged;

use crate::delta::Delta;
use crate::engine::{Engine, OnFailure};
use crate::error::TransferError;
use crate::journal::upload::{PartLine, UploadJournal};
use crate::local::blocking::blocking;
use crate::local::source::{Identity, Source};
use crate::outcome::{ObjectRef, Outcome};
use crate::plan::Plan;
use crate::progress::{Event, Kind, TransferId};
pub use calls::Summing;
use calls::UploadRef;
use complete::{Completed, Completion, Expected};
use http::header::HeaderMap;
use part::{Job, PartOf, Received};
use pieces::FileRange;
use reconcile::KeptPart;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What is uploaded, and to where.
#[derive(Clone, Debug)]
pub struct UploadRequest {
    /// The file.
    pub path: PathBuf,
    /// The object; its version does not matter.
    pub to: ObjectRef,
    /// Headers that describe the object: Content-Type, x-amz-meta-..., x-amz-storage-class, x-amz-tagging, ...
    pub headers: HeaderMap,
}

impl Engine {
    /// Uploads a file: whole when it is small, else in parts. Goes on where an earlier run of the same upload ended.
    ///
    /// Dropping the future leaves the parts that the store has, and a journal that knows them.
    ///
    /// # Errors
    /// [`TransferError`]. Nothing is under the key then that was not there before.
    pub async fn upload(&self, request: &UploadRequest) -> Result<Outcome, TransferError> {
        let id = self.next_id();
        let outcome = self.upload_as(id, request, None, None).await;
        self.tell_end(id, outcome)
    }

    /// Continues an open upload that has no journal here, with parts of `part_size_bytes`. What the store has of it is proved by
    /// reading the file.
    ///
    /// # Errors
    /// As [`Engine::upload`].
    pub async fn adopt(
        &self,
        request: &UploadRequest,
        upload_id: &str,
        part_size_bytes: u64,
    ) -> Result<Outcome, TransferError> {
        let id = self.next_id();
        let outcome = self.upload_as(id, request, Some((upload_id, part_size_bytes)), None).await;
        self.tell_end(id, outcome)
    }

    /// Aborts what an unfinished run of this upload left, and forgets it: for those who want nothing left after they stopped one.
    /// `true` if there was anything.
    ///
    /// # Errors
    /// [`TransferError`].
    pub async fn abandon(&self, request: &UploadRequest) -> Result<bool, TransferError> {
        open::abandon(self, request).await
    }

    /// Tells how a transfer ended, and hands its outcome on.
    pub(crate) fn tell_end(
        &self,
        id: TransferId,
        outcome: Result<Outcome, TransferError>,
    ) -> Result<Outcome, TransferError> {
        match &outcome {
            Ok(done) => self.tell(Event::Done {
                id,
                bytes: done.bytes,
                etag: done.etag.clone(),
                verified: done.verified.clone(),
            }),
            Err(error) => self.tell(Event::Failed { id, why: error.to_string() }),
        }
        outcome
    }

    /// `delta` knows parts that need not be sent.
    pub(crate) async fn upload_as(
        &self,
        id: TransferId,
        request: &UploadRequest,
        adopt: Option<(&str, u64)>,
        delta: Option<&Arc<Delta>>,
    ) -> Result<Outcome, TransferError> {
        let path = request.path.clone();
        let (source, identity) = blocking(move || {
            let source = Source::open(&path)?;
            let identity = source.identity()?;
            Ok::<_, TransferError>((source, identity))
        })
        .await?;
        if identity.size < self.settings().multipart_threshold_bytes && adopt.is_none() && delta.is_none() {
            let outcome = single::put(self, id, request, &source, &identity).await?;
            open::abandon(self, request).await?; // a larger file may have begun to go up in parts
            return Ok(outcome);
        }
        let chosen = delta.map(|delta| (delta.plan, delta.summing));
        let opened = open::open(self, id, request, &source, &identity, adopt, chosen).await?;
        match opened {
            open::Opened::AlreadyThere(outcome) => Ok(outcome),
            open::Opened::Open(upload) => {
                let mut upload = *upload;
                let sent = run(self, id, request, &source, &identity, &mut upload, delta).await;
                finish(self, upload, sent).await
            }
        }
    }
}

/// An upload in the making.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) upload: UploadRef,
    pub(crate) plan: Plan,
    pub(crate) summing: Summing,
    /// Parts that the store has and that are right.
    pub(crate) parts: BTreeMap<u32, KeptPart>,
    pub(crate) journal: Option<UploadJournal>,
}

/// Sends what is missing, and completes.
async fn run(
    engine: &Engine,
    id: TransferId,
    request: &UploadRequest,
    source: &Source,
    identity: &Identity,
    open: &mut Open,
    delta: Option<&Arc<Delta>>,
) -> Result<Outcome, TransferError> {
    let kept = open.parts.clone();
    let bytes_done: u64 = kept.keys().map(|number| open.plan.part(*number).1).sum();
    engine.tell(Event::Started {
        id,
        kind: Kind::Upload,
        source: request.path.display().to_string(),
        target: request.to.to_string(),
        bytes_total: Some(open.plan.object_size),
        part_count: open.plan.part_count(),
        part_size_bytes: open.plan.part_size_bytes,
        bytes_done,
        parts_done: u32::try_from(kept.len()).unwrap_or(u32::MAX),
    });
    send_missing(engine, id, request, source, open, delta).await?;
    unchanged::check(engine, source, identity, open).await?;
    engine.tell(Event::Completing { id });
    let completion = Completion {
        upload: &open.upload,
        summing: open.summing,
        read_headers: read_headers(&request.headers),
    };
    let done = complete::complete(engine, &completion, &mut open.parts).await?;
    let expected = Expected::of(&open.parts, open.summing);
    let mut outcome = outcome_of(&expected, open.plan.part_count(), done);
    outcome.bytes_moved = open.plan.object_size - bytes_done;
    outcome.parts_kept = u32::try_from(kept.len()).unwrap_or(u32::MAX);
    Ok(outcome)
}

/// What a completed upload came to.
pub(crate) fn outcome_of(expected: &Expected, part_count: u32, done: Completed) -> Outcome {
    let checksum = expected.checksum.as_ref();
    Outcome {
        bytes: expected.size,
        part_count,
        etag: done.told.etag,
        version_id: done.told.version_id,
        checksum: checksum.map(|sum| (sum.checksum.algorithm().lower_name().to_owned(), sum.text())),
        verified: done.verified,
        ..Outcome::default()
    }
}

/// Sends every part of the plan that the store has not, as many at once as the pace allows; each is in the journal once it is there.
async fn send_missing(
    engine: &Engine,
    id: TransferId,
    request: &UploadRequest,
    source: &Source,
    open: &mut Open,
    delta: Option<&Arc<Delta>>,
) -> Result<(), TransferError> {
    let missing: Vec<u32> =
        (1..=open.plan.part_count()).filter(|number| !open.parts.contains_key(number)).collect();
    let journal = open.journal.take();
    let (note, writer) = journal_writer(journal);
    let mut running: JoinSet<Result<(u32, Received), TransferError>> = JoinSet::new();
    let mut failed = None;
    let mut missing = missing.into_iter();
    let mut is_out = false;
    while failed.is_none() && !(is_out && running.is_empty()) {
        tokio::select! {
            biased;
            Some(done) = running.join_next() => match joined(done) {
                Ok((number, received)) => {
                    let line = PartLine { part_number: number, etag: received.etag.clone(), checksum: received.checksum.to_base64() };
                    let len = open.plan.part(number).1;
                    open.parts.insert(number, KeptPart { etag: received.etag, checksum: received.checksum, len });
                    if note.send(line).await.is_err() {
                        break; // the writer ended: it says why below
                    }
                }
                Err(error) => failed = Some(error),
            },
            slot = engine.pace().slot(), if !is_out => match missing.next() {
                None => is_out = true,
                Some(number) => {
                    let job = job_of(id, request, source, open, number);
                    let (engine, delta) = (engine.clone(), delta.cloned());
                    running.spawn(async move {
                        Ok((number, match delta {
                            Some(delta) => delta.send(&engine, &job, slot).await?,
                            None => part::send(&engine, &job, slot).await?,
                        }))
                    });
                }
            },
        }
    }
    drop(running);
    drop(note);
    open.journal = writer.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    failed.map_or(Ok(()), Err)
}

pub(crate) fn joined<T>(
    done: Result<Result<T, TransferError>, tokio::task::JoinError>,
) -> Result<T, TransferError> {
    done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

type Written = tokio::task::JoinHandle<Result<Option<UploadJournal>, TransferError>>;

/// Lines that wait for the journal.
const LINES_MAX: usize = 64;

/// Writes lines to the journal, each durable, those that wait together; hands the journal back when there are no more.
fn journal_writer(journal: Option<UploadJournal>) -> (mpsc::Sender<PartLine>, Written) {
    let (note, mut lines) = mpsc::channel::<PartLine>(LINES_MAX);
    let writer = tokio::spawn(async move {
        let mut journal = journal;
        let mut waiting = Vec::new();
        while lines.recv_many(&mut waiting, LINES_MAX).await > 0 {
            let batch = std::mem::take(&mut waiting);
            if let Some(mut held) = journal.take() {
                journal = Some(blocking(move || held.append(&batch).map(|()| held)).await?);
            }
        }
        Ok(journal)
    });
    (note, writer)
}

fn job_of(id: TransferId, request: &UploadRequest, source: &Source, open: &Open, number: u32) -> Job {
    let (start, len) = open.plan.part(number);
    Job {
        id,
        bucket: open.upload.bucket.clone(),
        key: open.upload.key.clone(),
        part: Some(PartOf {
            upload_id: open.upload.upload_id.clone(),
            number,
            count: open.plan.part_count(),
        }),
        range: FileRange::new(source.file(), start, len),
        path: request.path.clone(),
        algorithm: open.summing.algorithm,
        headers: part_headers(&request.headers),
    }
}

/// Of the headers of an object those that each part needs, too: the key of SSE-C and who pays.
pub(crate) fn part_headers(headers: &HeaderMap) -> HeaderMap {
    let wanted = |name: &str| {
        name.starts_with("x-amz-server-side-encryption-customer-")
            || matches!(name, "x-amz-request-payer" | "x-amz-expected-bucket-owner")
    };
    let pairs = headers.iter().filter(|(name, _)| wanted(name.as_str()));
    pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Those that reading the object needs: the same.
fn read_headers(headers: &HeaderMap) -> HeaderMap {
    part_headers(headers)
}

/// After the end: the journal goes when the object is there; a failed upload stays or goes as the user chose.
async fn finish(
    engine: &Engine,
    open: Open,
    outcome: Result<Outcome, TransferError>,
) -> Result<Outcome, TransferError> {
    let is_over = match (&outcome, engine.settings().on_failure) {
        (Ok(_), _) => true,
        (Err(_), OnFailure::Keep) => false,
        (Err(_), OnFailure::Abort) => calls::abort(engine.client(), &open.upload).await.is_ok(),
    };
    if let Some(journal) = open.journal.filter(|_| is_over) {
        blocking(move || journal.remove()).await?;
    }
    outcome
}
