//! Sending a delta: a part that may be there is copied and compared; one that is not, or is another, is sent.

use super::plan::{PieceDigest, Proof};
use crate::copy::part::{self as copy_part, PartCopy};
use crate::copy::source::SourceObject;
use crate::engine::Engine;
use crate::error::TransferError;
use crate::pace::Slot;
use crate::plan::Plan;
use crate::progress::Event;
use crate::upload::Summing;
use crate::upload::calls::UploadRef;
use crate::upload::part::{self, Job, PartOf, Received};
use drystone_wire::xml::answer::CopyResult;
use http::header::HeaderMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// A file and an object that have parts in common.
#[derive(Debug)]
pub(crate) struct Delta {
    object: SourceObject,
    pub(crate) plan: Plan,
    pub(crate) summing: Summing,
    digests: Vec<PieceDigest>,
    /// Is a copy of the part worth trying? By its number less one.
    ways: Vec<bool>,
    headers: HeaderMap,
    copied_parts: AtomicU32,
    copied_bytes: AtomicU64,
    /// The store refuses to copy: everything is sent.
    is_refused: AtomicBool,
}

impl Delta {
    pub(super) fn new(
        object: SourceObject,
        plan: Plan,
        summing: Summing,
        digests: Vec<PieceDigest>,
        ways: Vec<bool>,
        headers: HeaderMap,
    ) -> Self {
        Self {
            object,
            plan,
            summing,
            digests,
            ways,
            headers,
            copied_parts: AtomicU32::new(0),
            copied_bytes: AtomicU64::new(0),
            is_refused: AtomicBool::new(false),
        }
    }

    /// Parts and bytes that the store copied.
    pub(super) fn copied(&self) -> (u32, u64) {
        (self.copied_parts.load(Ordering::Relaxed), self.copied_bytes.load(Ordering::Relaxed))
    }

    /// Makes the store have a part, however.
    ///
    /// # Errors
    /// [`TransferError`].
    pub(crate) async fn send(
        &self,
        engine: &Engine,
        job: &Job,
        slot: Slot,
    ) -> Result<Received, TransferError> {
        let Some(part) = self.worth_a_copy(job) else { return part::send(engine, job, slot).await };
        let ours = self.digests[part.number as usize - 1];
        let copied = copy_part::copy(engine, &self.copy_of(job, part), slot).await;
        let copied = match copied {
            Ok(copied) => copied,
            Err(error) if refuses_copies(&error) => {
                if !self.is_refused.swap(true, Ordering::Relaxed) {
                    let text = format!("the store does not copy parts, so that all are sent: {error}");
                    engine.tell(Event::Note { id: job.id, text });
                }
                return part::send(engine, job, engine.pace().slot().await).await;
            }
            Err(error) => return Err(error),
        };
        if !is_proved(&ours, &copied) {
            let why = "the object has something else there: the part is sent".to_owned();
            engine.tell(Event::PartFailed {
                id: job.id,
                part_number: part.number,
                moved: 0,
                attempt: 1,
                why,
                wait: Some(std::time::Duration::ZERO),
            });
            return part::send(engine, job, engine.pace().slot().await).await;
        }
        self.copied_parts.fetch_add(1, Ordering::Relaxed);
        self.copied_bytes.fetch_add(ours.len, Ordering::Relaxed);
        engine.tell(Event::Moved { id: job.id, part_number: part.number, bytes: ours.len });
        engine.tell(Event::PartDone { id: job.id, part_number: part.number, len: ours.len });
        Ok(Received { etag: copied.etag, checksum: ours.checksum, version_id: None })
    }

    /// The part, if a copy may do. An upload that an earlier run began may be cut or summed otherwise.
    fn worth_a_copy<'a>(&self, job: &'a Job) -> Option<&'a PartOf> {
        let part = job.part.as_ref()?;
        let index = part.number.checked_sub(1)? as usize;
        let is_planned = part.number <= self.plan.part_count()
            && self.plan.part(part.number) == (job.range.start, job.range.len)
            && self.summing.algorithm == job.algorithm;
        let is_worth =
            self.ways.get(index).copied().unwrap_or(false) && !self.is_refused.load(Ordering::Relaxed);
        (is_planned && is_worth).then_some(part)
    }

    fn copy_of(&self, job: &Job, part: &PartOf) -> PartCopy {
        let upload_id = part.upload_id.clone();
        PartCopy {
            id: job.id,
            upload: UploadRef { bucket: job.bucket.clone(), key: job.key.clone(), upload_id },
            source: self.object.clone(),
            number: part.number,
            count: part.count,
            start: job.range.start,
            len: job.range.len,
            headers: self.headers.clone(),
        }
    }
}

/// Does the store's answer prove that the copy is the part of the file? A checksum that was told before, of a part of the object,
/// does not count here: what counts is what is there now.
fn is_proved(ours: &PieceDigest, copied: &CopyResult) -> bool {
    let told = copied.checksum.map(|told| told.checksum);
    ours.compare(told.as_ref(), &copied.etag) == Proof::Same
}

/// Does the store know no UploadPartCopy, or none of such a range?
fn refuses_copies(error: &TransferError) -> bool {
    let Some(error) = error.call_error() else { return false };
    matches!(error.status(), Some(405 | 501))
        || matches!(
            error.code(),
            Some("NotImplemented" | "InvalidRequest" | "InvalidArgument" | "InvalidRange" | "AccessDenied")
        )
}
