//! Downloads: an object becomes a file, in pieces that come side by side, are proved, and are kept when the program dies; or a stream.

pub(crate) mod fetch;
mod file;
mod resume;
mod sink;
mod stream;
mod work;

use crate::engine::Engine;
use crate::error::TransferError;
use crate::evidence::Remote;
use crate::local::blocking::blocking;
use crate::local::target::Place;
use crate::outcome::{ObjectRef, Outcome};
use crate::progress::TransferId;
use drystone_client::{Answer, CallError};
use fetch::Fetch;
use http::header::HeaderMap;
use std::fmt;
use std::io::Write;
use std::sync::atomic::AtomicBool;

/// Where an object goes.
pub enum Target {
    /// A file.
    File(Place),
    /// A stream, in order. What cannot be proved at its end has been written nevertheless: then the download fails.
    Stream(Box<dyn Write + Send>),
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(place) => f.debug_tuple("File").field(place).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// What is downloaded, and how.
#[derive(Clone, Debug)]
pub struct DownloadRequest {
    /// The object.
    pub from: ObjectRef,
    /// Headers of every request: keys of SSE-C, who pays.
    pub headers: HeaderMap,
    /// Bytes of the object, where a list said it: small ones then need one request only.
    pub known_size: Option<u64>,
    /// The file gets the time of the object, as the AWS CLI does.
    pub keeps_time: bool,
}

impl DownloadRequest {
    /// As usual.
    pub fn new(from: ObjectRef) -> Self {
        Self { from, headers: HeaderMap::new(), known_size: None, keeps_time: true }
    }
}

impl Engine {
    /// Downloads an object: small ones in one piece, others in pieces side by side. Goes on where an earlier run of the same download
    /// into the same file ended.
    ///
    /// Dropping the future leaves the pieces that came, and a journal that knows them; of a small object nothing.
    ///
    /// # Errors
    /// [`TransferError`]. What is under the file's name is then what was there before.
    pub async fn download(&self, request: &DownloadRequest, to: Target) -> Result<Outcome, TransferError> {
        let id = self.next_id();
        let outcome = self.download_as(id, request, to).await;
        self.tell_end(id, outcome)
    }

    async fn download_as(
        &self,
        id: TransferId,
        request: &DownloadRequest,
        to: Target,
    ) -> Result<Outcome, TransferError> {
        let to = match to {
            Target::File(place) => {
                let looked_at = place.clone();
                match blocking(move || looked_at.device()).await? {
                    Some(device) => Target::Stream(Box::new(device)),
                    None => Target::File(place),
                }
            }
            stream @ Target::Stream(_) => stream,
        };
        let is_small =
            request.known_size.is_some_and(|size| size < self.settings().multipart_threshold_bytes);
        let first = if is_small && matches!(to, Target::File(_)) {
            Some(self.asked(request, fetch::whole(&request.from, &request.headers)).await?)
        } else {
            None
        };
        let remote = match &first {
            Some((_, remote)) => remote.clone(),
            None => self.asked(request, fetch::head(&request.from, &request.headers)).await?.1,
        };
        let is_one_piece = remote.size > 0 && remote.size < self.settings().multipart_threshold_bytes;
        let first = first.map(|(answer, _)| answer).filter(|_| is_one_piece);
        let fetch = Fetch {
            engine: self.clone(),
            id,
            from: request.from.clone(),
            headers: request.headers.clone(),
            remote,
            piece_count: 1,
            ignores_ranges: AtomicBool::new(false),
        };
        match to {
            Target::File(place) => {
                let target = place.path().display().to_string();
                let keeps_time = request.keeps_time;
                let turn = sink::Turn::default();
                file::FileDownload { fetch, keeps_time, target, turn }.run(place, first).await
            }
            Target::Stream(out) => stream::run(fetch, out).await,
        }
    }

    async fn asked(
        &self,
        request: &DownloadRequest,
        call: drystone_client::Call,
    ) -> Result<(Answer, Remote), TransferError> {
        let action = call.action;
        let _slot = self.pace().slot().await;
        let answer = self.client().send(call).await.map_err(TransferError::call(request.from.to_string()))?;
        let remote = Remote::of(&answer.headers).ok_or_else(|| no_length(&request.from, action))?;
        Ok((answer, remote))
    }
}

fn no_length(from: &ObjectRef, action: &'static str) -> TransferError {
    let why = "it does not say how long the object is".to_owned();
    TransferError::call(from.to_string())(CallError::BadAnswer { action, why })
}

/// What a store says of an object.
pub(crate) async fn look(
    client: &drystone_client::Client,
    object: &ObjectRef,
    headers: &HeaderMap,
) -> Result<Remote, TransferError> {
    let answer =
        client.send(fetch::head(object, headers)).await.map_err(TransferError::call(object.to_string()))?;
    Remote::of(&answer.headers).ok_or_else(|| no_length(object, answer.action))
}
