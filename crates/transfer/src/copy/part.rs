//! Copying a part: the store makes a part of bytes that it has, again until it is done.

use super::source::SourceObject;
use crate::engine::Engine;
use crate::error::TransferError;
use crate::pace::{Slot, THROTTLES_PER_ATTEMPT};
use crate::progress::{Event, TransferId};
use crate::upload::calls::UploadRef;
use drystone_client::CallError;
use drystone_client::action::UploadPartCopy;
use drystone_types::PartNumber;
use drystone_wire::xml::answer::CopyResult;
use http::header::HeaderMap;
use std::time::Duration;

/// A part that is copied.
#[derive(Clone, Debug)]
pub(crate) struct PartCopy {
    pub(crate) id: TransferId,
    pub(crate) upload: UploadRef,
    pub(crate) source: SourceObject,
    /// Number, of how many.
    pub(crate) number: u32,
    pub(crate) count: u32,
    /// First byte and length, in the source.
    pub(crate) start: u64,
    pub(crate) len: u64,
    /// Headers besides.
    pub(crate) headers: HeaderMap,
}

impl PartCopy {
    fn request(&self) -> UploadPartCopy {
        let is_all = self.start == 0 && self.len == self.source.size;
        UploadPartCopy {
            bucket: self.upload.bucket.clone(),
            key: self.upload.key.clone(),
            upload_id: self.upload.upload_id.clone(),
            part_number: PartNumber::new(u64::from(self.number)).expect("a layout has at most 10,000 parts"),
            source: self.source.named(),
            range: (!is_all).then(|| (self.start, self.start + self.len - 1)),
            headers: self.headers.clone(),
        }
    }
}

/// Copies until the store has the part. `slot` is the right to the first attempt. Tells the beginning and failures; what a good end
/// is, the caller tells.
///
/// # Errors
/// [`TransferError::ObjectChanged`] when the source is another object by now; the store's last error.
pub(crate) async fn copy(engine: &Engine, job: &PartCopy, slot: Slot) -> Result<CopyResult, TransferError> {
    let request = job.request();
    let (mut attempt, mut throttles) = (1, 0);
    let mut slot = Some(slot);
    loop {
        let held = match slot.take() {
            Some(slot) => slot,
            None => engine.pace().slot().await,
        };
        engine.tell(Event::PartStarted { id: job.id, part_number: job.number, len: job.len, attempt });
        let error = match engine.client().upload_part_copy_once(&request).await {
            Ok(result) => {
                held.done(job.len);
                return Ok(result);
            }
            Err(error) => error,
        };
        let wait = if error.is_throttle() {
            held.slow_down();
            throttles += 1;
            let most = THROTTLES_PER_ATTEMPT.saturating_mul(engine.client().backoff().attempts_max);
            throttle_wait(engine, &error).filter(|_| throttles < most)
        } else {
            drop(held);
            engine.client().wait_after(&error, attempt)
        };
        engine.tell(Event::PartFailed {
            id: job.id,
            part_number: job.number,
            moved: 0,
            attempt,
            why: error.to_string(),
            wait,
        });
        let Some(wait) = wait else {
            let what = format!("part {} of {}, attempt {attempt}", job.number, job.count);
            return Err(job.source.call_error(what, error));
        };
        attempt += u32::from(!error.is_throttle());
        tokio::time::sleep(wait).await;
    }
}

/// All wait for a while after a SlowDown, in the line of the pace; this one a little more.
fn throttle_wait(engine: &Engine, error: &CallError) -> Option<Duration> {
    let asked = error.service().and_then(|error| error.retry_after);
    engine.client().backoff().wait(1, engine.client().ground().random(), asked)
}
