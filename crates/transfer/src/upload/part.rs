//! Sending: a range of a file as a part or as a whole object, again until the store has it and says so.

use super::pieces::{FileRange, Sent, Ways, checksum_of, payload};
use super::proof::{Proof, Verdict, judge, refuses_proof};
use crate::engine::Engine;
use crate::error::TransferError;
use crate::local::blocking::blocking;
use crate::pace::{Slot, THROTTLES_PER_ATTEMPT};
use crate::progress::{Event, TransferId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drystone_client::{Call, CallError};
use drystone_types::{Checksum, ChecksumAlgorithm};
use drystone_wire::xml::answer::bare_etag;
use http::Method;
use http::header::{ETAG, HeaderMap, HeaderName, HeaderValue};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What is sent, and to where.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: TransferId,
    pub(crate) bucket: String,
    pub(crate) key: String,
    /// The part; `None` sends the whole object.
    pub(crate) part: Option<PartOf>,
    pub(crate) range: FileRange,
    /// Of the source, for messages.
    pub(crate) path: PathBuf,
    /// The algorithm of the upload.
    pub(crate) algorithm: ChecksumAlgorithm,
    /// Headers besides.
    pub(crate) headers: HeaderMap,
}

/// A part of an upload.
#[derive(Clone, Debug)]
pub(crate) struct PartOf {
    pub(crate) upload_id: String,
    pub(crate) number: u32,
    /// Parts in all; 0 when that is not known.
    pub(crate) count: u32,
}

/// What the store has now.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) etag: String,
    pub(crate) checksum: Checksum,
    pub(crate) version_id: Option<String>,
}

/// Sends until the store has it. `slot` is the right to the first attempt.
///
/// # Errors
/// [`TransferError`]: of the last attempt.
pub(crate) async fn send(engine: &Engine, job: &Job, slot: Slot) -> Result<Received, TransferError> {
    let mut trial = Trial { proof: engine.proof(), attempt: 1, throttles: 0 };
    let mut slot = Some(slot);
    loop {
        let held = match slot.take() {
            Some(slot) => slot,
            None => engine.pace().slot().await,
        };
        let moved = Arc::new(AtomicU64::new(0));
        engine.tell(Event::PartStarted {
            id: job.id,
            part_number: job.number(),
            len: job.range.len,
            attempt: trial.attempt,
        });
        match attempt(engine, job, trial.proof, &moved).await {
            Ok(received) => {
                held.done(job.range.len);
                engine.learn_proof(trial.proof);
                engine.tell(Event::PartDone { id: job.id, part_number: job.number(), len: job.range.len });
                return Ok(received);
            }
            Err(failure) => {
                if matches!(&failure, Failure::Call(error) if error.is_throttle()) {
                    held.slow_down();
                } else {
                    drop(held);
                }
                let number = trial.attempt;
                let next = trial.after(&failure, engine);
                engine.tell(Event::PartFailed {
                    id: job.id,
                    part_number: job.number(),
                    moved: moved.load(Ordering::Relaxed),
                    attempt: number,
                    why: failure.to_string(),
                    wait: next,
                });
                match next {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return Err(failure.into_error(job, number)),
                }
            }
        }
    }
}

/// Where the sending of one part stands.
struct Trial {
    proof: Proof,
    attempt: u32,
    throttles: u32,
}

impl Trial {
    /// How long to wait before another attempt; `None` when there is none.
    fn after(&mut self, failure: &Failure, engine: &Engine) -> Option<Duration> {
        match failure {
            Failure::Silent => {
                self.proof = Proof::ContentMd5;
                Some(Duration::ZERO)
            }
            Failure::Other(_) => {
                self.attempt += 1;
                engine.client().backoff().wait(self.attempt - 1, engine.client().ground().random(), None)
            }
            Failure::Call(error) if error.is_throttle() => {
                self.throttles += 1;
                let wait =
                    engine.client().backoff().wait(1, engine.client().ground().random(), retry_after(error));
                let most = THROTTLES_PER_ATTEMPT.saturating_mul(engine.client().backoff().attempts_max);
                wait.filter(|_| self.throttles < most)
            }
            Failure::Call(error) if refuses_proof(error) => {
                self.proof = self.proof.next()?;
                Some(Duration::ZERO)
            }
            Failure::Call(error) => {
                self.attempt += 1;
                engine.client().wait_after(error, self.attempt - 1)
            }
        }
    }
}

fn retry_after(error: &CallError) -> Option<Duration> {
    error.service().and_then(|error| error.retry_after)
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Call(CallError),
    /// The store has something else than what was sent.
    #[error("{0}")]
    Other(String),
    /// The store does not say what it has.
    #[error("the store does not say what it got; it is sent again with Content-MD5")]
    Silent,
}

impl Failure {
    fn into_error(self, job: &Job, attempt: u32) -> TransferError {
        let what = match &job.part {
            Some(part) if part.count == 0 => format!("part {}, attempt {attempt}", part.number),
            Some(part) => format!("part {} of {}, attempt {attempt}", part.number, part.count),
            None => format!("attempt {attempt}"),
        };
        match self {
            Self::Call(CallError::Source { source, .. })
                if source.kind() == std::io::ErrorKind::UnexpectedEof =>
            {
                TransferError::SourceChanged { path: job.path.clone(), how: "it became shorter".to_owned() }
            }
            Self::Call(CallError::Source { source, .. })
                if source.kind() == std::io::ErrorKind::InvalidData =>
            {
                TransferError::SourceChanged { path: job.path.clone(), how: source.to_string() }
            }
            Self::Call(CallError::Source { source, .. }) => {
                TransferError::Local { what: "read", path: job.path.clone(), source }
            }
            Self::Call(source) => TransferError::Call { what, source },
            other => TransferError::Corrupt { what, how: other.to_string() },
        }
    }
}

impl Job {
    fn number(&self) -> u32 {
        self.part.as_ref().map_or(1, |part| part.number)
    }

    fn call(&self) -> Call {
        let call = match &self.part {
            Some(part) => Call::new("UploadPart", Method::PUT)
                .object(&self.bucket, &self.key)
                .query("partNumber", part.number)
                .query("uploadId", &part.upload_id),
            None => Call::new("PutObject", Method::PUT).object(&self.bucket, &self.key),
        };
        call.headers(self.headers.clone())
    }
}

async fn attempt(
    engine: &Engine,
    job: &Job,
    proof: Proof,
    moved: &Arc<AtomicU64>,
) -> Result<Received, Failure> {
    let algorithm = if proof == Proof::ContentMd5 { ChecksumAlgorithm::Md5 } else { job.algorithm };
    let mut call = job.call();
    let mut read_before = None;
    if proof != Proof::Trailer {
        let (range, buffers) = (job.range.clone(), engine.buffers().clone());
        let read = blocking(move || checksum_of(&range, algorithm, &buffers)).await;
        let checksum =
            read.map_err(|source| Failure::Call(CallError::Source { action: call.action, source }))?;
        let (name, value) = proof_header(proof, &checksum);
        call.headers.insert(name, value);
        read_before = Some(checksum);
    }
    let sent = Sent::default();
    let ways = ways(engine, job, moved);
    let call = call.payload(payload(&job.range, algorithm, proof == Proof::Trailer, ways, sent.clone()));
    let mut answer = engine.client().send_once(call).await.map_err(Failure::Call)?;
    let etag = bare_etag(answer.header(ETAG.as_str()).unwrap_or_default()).to_owned();
    let told = answer.header(algorithm.header()).map(str::to_owned);
    let version_id = answer.header("x-amz-version-id").map(str::to_owned);
    answer.bytes(1 << 16).await.map_err(Failure::Call)?; // so that the connection is used again
    if etag.is_empty() {
        return Err(Failure::Other("the answer has no ETag: it is none of S3".to_owned()));
    }
    let Some(checksum) = sent.checksum() else {
        return Err(Failure::Other("the store answered before it had everything".to_owned()));
    };
    if read_before.is_some_and(|before| before != checksum) {
        return Err(Failure::Other("the file changed while it was sent".to_owned()));
    }
    match judge(proof, &checksum, told.as_deref(), &etag) {
        Verdict::Same => Ok(Received { etag, checksum, version_id }),
        Verdict::Other(why) => Err(Failure::Other(why)),
        Verdict::Silent => Err(Failure::Silent),
    }
}

fn proof_header(proof: Proof, checksum: &Checksum) -> (HeaderName, HeaderValue) {
    let text = STANDARD.encode(checksum.as_bytes());
    let value = HeaderValue::from_str(&text).expect("base64 is a header value");
    match proof {
        Proof::ContentMd5 => (HeaderName::from_static("content-md5"), value),
        _ => (HeaderName::from_static(checksum.algorithm().header()), value),
    }
}

fn ways(engine: &Engine, job: &Job, moved: &Arc<AtomicU64>) -> Ways {
    let (teller, id, part_number, moved) = (engine.clone(), job.id, job.number(), Arc::clone(moved));
    let tell = move |bytes| {
        moved.fetch_add(bytes, Ordering::Relaxed);
        teller.tell(Event::Moved { id, part_number, bytes });
    };
    Ways { buffers: engine.buffers().clone(), pace: engine.pace().clone(), moved: Arc::new(tell) }
}
