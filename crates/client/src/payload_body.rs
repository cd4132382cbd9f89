//! PayloadBody: a payload as HTTP sends it, framed where it has trailers or signatures; notes when something moved.

use crate::call::{Payload, Piece, StreamPayload};
use bytes::Bytes;
use drystone_wire::chunked::{Encoder, Framing, encoded_len};
use http_body::{Body, Frame, SizeHint};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::time::Instant;

/// When something of a request last moved, and how its source failed. Shared with whoever waits for the answer.
#[derive(Clone, Debug)]
pub(crate) struct Watch(Arc<Mutex<Seen>>);

#[derive(Debug)]
struct Seen {
    moved: Instant,
    is_sent: bool,
    failure: Option<io::Error>,
}

impl Watch {
    pub(crate) fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(Seen { moved: now, is_sent: false, failure: None })))
    }

    /// When something last moved, and whether all was sent.
    pub(crate) fn seen(&self) -> (Instant, bool) {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.moved, seen.is_sent)
    }

    /// Why the source could not be read, if that ended the request.
    pub(crate) fn failure(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failure.take()
    }

    fn moved(&self, is_sent: bool) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.moved = Instant::now();
        seen.is_sent |= is_sent;
    }

    fn failed(&self, error: io::Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failure = Some(error);
    }
}

/// The body of a request.
pub(crate) struct PayloadBody {
    ready: VecDeque<Bytes>,
    source: Option<Source>,
    /// Bytes that are still to be handed out.
    left: u64,
    watch: Watch,
}

struct Source {
    stream: StreamPayload,
    encoder: Option<Encoder>,
    /// Data that is still to come.
    data_left: u64,
}

impl PayloadBody {
    /// `framing` is what a stream is wrapped in; `None` sends it plain.
    pub(crate) fn new(payload: Payload, framing: Option<Framing>, watch: Watch) -> Self {
        match payload {
            Payload::Empty => Self { ready: VecDeque::new(), source: None, left: 0, watch },
            Payload::Bytes(bytes) => {
                let left = bytes.len() as u64;
                let ready = if bytes.is_empty() { VecDeque::new() } else { VecDeque::from([bytes]) };
                Self { ready, source: None, left, watch }
            }
            Payload::Stream(stream) => {
                let left = match &framing {
                    Some(framing) => sent_len(&stream, framing),
                    None => stream.len,
                };
                let data_left = stream.len;
                let encoder = framing.map(Encoder::new);
                Self {
                    ready: VecDeque::new(),
                    source: Some(Source { stream, encoder, data_left }),
                    left,
                    watch,
                }
            }
        }
    }

    /// Bytes that go over the connection.
    pub(crate) fn len(&self) -> u64 {
        self.left
    }
}

/// Content-Length of a framed stream.
fn sent_len(stream: &StreamPayload, framing: &Framing) -> u64 {
    match stream.trailer {
        Some(algorithm) => {
            let base64_len = algorithm.digest_len().div_ceil(3) * 4;
            encoded_len(framing, stream.len, stream.piece_len, &[(algorithm.header(), base64_len)])
        }
        None => encoded_len(framing, stream.len, stream.piece_len, &[]),
    }
}

impl Source {
    /// Frames the next piece into `out`. `false` at the end.
    fn poll_fill(&mut self, out: &mut VecDeque<Bytes>, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let ended_early = || io::Error::new(io::ErrorKind::UnexpectedEof, "the source ended early");
        let item = ready!(self.stream.pieces.as_mut().poll_next(cx)).transpose()?;
        match (item, &mut self.encoder) {
            (Some(Piece::Data(data)), _) if data.len() as u64 > self.data_left => {
                return Poll::Ready(Err(io::Error::other("the source is longer than announced")));
            }
            (Some(Piece::Data(data)), encoder) => {
                self.data_left -= data.len() as u64;
                match encoder {
                    Some(encoder) => out.extend(encoder.chunk(data)),
                    None => out.push_back(data),
                }
                return Poll::Ready(Ok(true));
            }
            _ if self.data_left > 0 => return Poll::Ready(Err(ended_early())),
            (Some(Piece::Checksum(value)), encoder @ Some(_)) => {
                let algorithm =
                    self.stream.trailer.ok_or_else(|| io::Error::other("no trailer was announced"))?;
                let encoder = encoder.take().expect("matched above");
                out.push_back(encoder.finish(&[(algorithm.header(), &value)]));
            }
            (Some(Piece::Checksum(_)), None) => {}
            (None, Some(_)) if self.stream.trailer.is_some() => return Poll::Ready(Err(ended_early())),
            (None, encoder) => {
                if let Some(encoder) = encoder.take() {
                    out.push_back(encoder.finish(&[]));
                }
            }
        }
        Poll::Ready(Ok(false))
    }
}

impl Body for PayloadBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        loop {
            if let Some(bytes) = this.ready.pop_front() {
                this.left = this.left.saturating_sub(bytes.len() as u64);
                this.watch.moved(this.left == 0);
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            let Some(source) = &mut this.source else {
                this.watch.moved(true);
                return Poll::Ready(None);
            };
            match ready!(source.poll_fill(&mut this.ready, cx)) {
                Ok(true) => {}
                Ok(false) => this.source = None,
                Err(error) => {
                    let again = io::Error::new(error.kind(), error.to_string());
                    this.watch.failed(error);
                    this.source = None;
                    return Poll::Ready(Some(Err(again)));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
