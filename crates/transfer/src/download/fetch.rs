//! Fetch: pieces of one object, each asked for until it is there, going on where it broke off.

use super::sink::Sink;
use crate::engine::Engine;
use crate::error::TransferError;
use crate::evidence::Remote;
use crate::outcome::ObjectRef;
use crate::part_lens::changed;
use crate::progress::{Event, TransferId};
use drystone_client::{Answer, Call, CallError};
use http::Method;
use http::header::{CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, LAST_MODIFIED, RANGE};
use std::sync::atomic::{AtomicBool, Ordering};

/// An attempt that moved so much was no failure of the store: counting begins anew.
const PROGRESS_BYTES: u64 = 1 << 20;

/// Some bytes of an object that are asked for together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// From 1.
    pub(super) number: u32,
    /// First byte.
    pub(super) start: u64,
    /// Bytes.
    pub(super) len: u64,
}

/// How a piece can end badly.
#[derive(Debug)]
pub(super) enum Failure {
    /// The store answers with the whole object, whatever range is asked for.
    RangesIgnored,
    /// Anything else.
    Ended(TransferError),
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        Self::Ended(error)
    }
}

/// How one attempt can end badly.
enum Trouble {
    Call(CallError),
    Final(Failure),
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<TransferError> for Trouble {
    fn from(error: TransferError) -> Self {
        Self::Final(Failure::Ended(error))
    }
}

/// Asks for pieces of one object.
#[derive(Debug)]
pub(super) struct Fetch {
    pub(super) engine: Engine,
    pub(super) id: TransferId,
    pub(super) from: ObjectRef,
    /// Headers of every request: keys of SSE-C.
    pub(super) headers: HeaderMap,
    pub(super) remote: Remote,
    pub(super) piece_count: u32,
    /// The store is known to ignore ranges: what comes before a piece is read and dropped.
    pub(super) ignores_ranges: AtomicBool,
}

impl Fetch {
    /// Puts a piece into a sink. `answer` is that of a first attempt, if one was made already.
    pub(super) async fn piece(
        &self,
        piece: Piece,
        sink: &mut Sink,
        mut answer: Option<Answer>,
    ) -> Result<(), Failure> {
        let (mut done, mut attempt) = (0, 1);
        loop {
            let slot = self.engine.pace().slot().await;
            self.tell(Event::PartStarted { id: self.id, part_number: piece.number, len: piece.len, attempt });
            let before = done;
            let trouble = match self.attempt(piece, &mut done, sink, answer.take()).await {
                Ok(()) => {
                    slot.done(piece.len - before);
                    return Ok(());
                }
                Err(trouble) => trouble,
            };
            let error = match trouble {
                Trouble::Call(error) => error,
                Trouble::Final(failure) => return Err(failure),
            };
            if error.is_throttle() {
                slot.slow_down();
            } else {
                drop(slot);
            }
            if done - before >= PROGRESS_BYTES {
                attempt = 1;
            }
            let wait = self.engine.client().wait_after(&error, attempt);
            self.tell(Event::PartFailed {
                id: self.id,
                part_number: piece.number,
                moved: 0, // it goes on where it broke off
                attempt,
                why: error.to_string(),
                wait,
            });
            let Some(wait) = wait else { return Err(Failure::Ended(self.gave_up(piece, attempt, error))) };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    fn tell(&self, event: Event) {
        self.engine.tell(event);
    }

    fn gave_up(&self, piece: Piece, attempt: u32, error: CallError) -> TransferError {
        let what = match self.piece_count {
            1 => format!("{}, attempt {attempt}", self.from),
            count => format!("part {} of {count} of {}, attempt {attempt}", piece.number, self.from),
        };
        TransferError::call(what)(error)
    }

    async fn attempt(
        &self,
        piece: Piece,
        done: &mut u64,
        sink: &mut Sink,
        answer: Option<Answer>,
    ) -> Result<(), Trouble> {
        let mut answer = match answer {
            Some(answer) => answer,
            None => self.ask(piece.start + *done, piece.len - *done).await?,
        };
        let mut skip = self.unasked(&answer, piece.start + *done, piece.len - *done)?;
        let is_whole = answer.status == 200;
        let action = answer.action;
        while let Some(mut data) = answer.next().await? {
            if skip > 0 {
                let skipped = data.len().min(usize::try_from(skip).unwrap_or(usize::MAX));
                skip -= skipped as u64;
                let _ = data.split_to(skipped);
            }
            let left = piece.len - *done;
            if data.len() as u64 > left {
                if !is_whole {
                    let why = format!("it has more than the {left} bytes that were asked for");
                    return Err(CallError::BadAnswer { action, why }.into());
                }
                data.truncate(usize::try_from(left).expect("less than a length in memory"));
            }
            let len = data.len() as u64;
            if len > 0 {
                self.engine.pace().take(len).await;
                sink.take(data).await?;
                *done += len;
                self.tell(Event::Moved { id: self.id, part_number: piece.number, bytes: len });
            }
            if *done == piece.len && is_whole && piece.start + piece.len < self.remote.size {
                return Ok(()); // the rest is not wanted
            }
        }
        match piece.len - *done {
            0 => Ok(()),
            left => {
                Err(CallError::Broken { action, why: format!("the answer ended {left} bytes early") }.into())
            }
        }
    }

    async fn ask(&self, start: u64, len: u64) -> Result<Answer, Trouble> {
        let mut call = Call::new("GetObject", Method::GET)
            .object(&self.from.bucket, &self.from.key)
            .query_if("versionId", self.from.version_id.as_ref())
            .headers(self.headers.clone());
        if start > 0 || len < self.remote.size {
            let range = format!("bytes={start}-{}", start + len.max(1) - 1);
            call = call.header(RANGE, HeaderValue::from_str(&range).expect("digits are a header value"));
        }
        if let Some(etag) = self.remote.etag.as_deref().and_then(|etag| HeaderValue::from_str(etag).ok()) {
            call = call.header(IF_MATCH, etag);
        }
        match self.engine.client().send_once(call).await {
            Ok(answer) => Ok(answer),
            Err(error) if matches!(error.status(), Some(412 | 416)) => Err(changed(&self.from).into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Is the answer about the same object and the bytes that were asked for? Returns how many bytes come before them.
    fn unasked(&self, answer: &Answer, start: u64, len: u64) -> Result<u64, Trouble> {
        let bad = |why: String| Err(CallError::BadAnswer { action: answer.action, why }.into());
        if let (Some(now), Some(before)) = (answer.header(ETAG.as_str()), self.remote.etag.as_deref())
            && now.trim_matches('"') != before.trim_matches('"')
        {
            return Err(changed(&self.from).into());
        }
        // Without an ETag the time has to do.
        let modified =
            answer.header(LAST_MODIFIED.as_str()).and_then(drystone_types::Timestamp::parse_http_date);
        if self.remote.etag.is_none() && modified.is_some() && modified != self.remote.last_modified {
            return Err(changed(&self.from).into());
        }
        if answer.status != 206 {
            let size = answer.content_len();
            if size.is_some_and(|size| size != self.remote.size) {
                return bad(format!(
                    "it has {} bytes, and the object {}",
                    size.unwrap_or(0),
                    self.remote.size
                ));
            }
            let is_asked = start == 0 && len == self.remote.size;
            if !is_asked && !self.ignores_ranges.load(Ordering::Relaxed) {
                return Err(Trouble::Final(Failure::RangesIgnored));
            }
            return Ok(start);
        }
        let Some(told) = answer.header(CONTENT_RANGE.as_str()) else {
            return bad("a part of the object, and it does not say which (no Content-Range)".to_owned());
        };
        if told != format!("bytes {start}-{}/{}", start + len - 1, self.remote.size) {
            return bad(format!("{told:?} is not the range that was asked for"));
        }
        match answer.content_len() {
            Some(told) if told != len => bad(format!("it has {told} bytes, and {len} were asked for")),
            _ => Ok(0),
        }
    }
}

/// GetObject of everything, with its checksums.
pub(super) fn whole(from: &ObjectRef, headers: &HeaderMap) -> Call {
    looked_at("GetObject", Method::GET, from, headers)
}

/// HeadObject, with its checksums.
pub(crate) fn head(from: &ObjectRef, headers: &HeaderMap) -> Call {
    looked_at("HeadObject", Method::HEAD, from, headers)
}

fn looked_at(action: &'static str, method: Method, from: &ObjectRef, headers: &HeaderMap) -> Call {
    Call::new(action, method)
        .object(&from.bucket, &from.key)
        .query_if("versionId", from.version_id.as_ref())
        .headers(headers.clone())
        .header(HeaderName::from_static("x-amz-checksum-mode"), HeaderValue::from_static("ENABLED"))
}
