//! Request bodies: from HTTP frames to the bytes that the store may believe.
//! Payload hash, chunk signatures and trailers are checked here, before the end of the body is announced.

use aws_lc_rs::digest;
use bytes::Bytes;
use drystone_store::{Body, BodyError, BodyFrame};
use drystone_types::{Checksum, ChecksumAlgorithm, limits};
use drystone_wire::auth::{Authenticated, PayloadMode};
use drystone_wire::chunked::{ChunkedError, Decoder, Framing, Trailers, announced_trailers};
use drystone_wire::headers::trailer_checksum;
use drystone_wire::sigv4::sign::EMPTY_SHA256;
use drystone_wire::sigv4::{hex, hex32};
use drystone_wire::{ErrorCode, S3Error};
use futures_util::StreamExt as _;
use http::HeaderMap;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use std::time::Duration;
use tokio::sync::oneshot;

/// The HTTP body of a request. Whatever is left of it when it is dropped goes back to the connection's side, which must
/// either read it to its end or close the connection.
#[derive(Debug)]
pub struct HttpBody {
    inner: Option<Leftover>, // None: nothing left to read
    leftover: Option<oneshot::Sender<Leftover>>,
}

/// What is left of a body that was not read to its end.
#[derive(Debug)]
pub struct Leftover {
    incoming: Incoming,
    started: bool,
}

impl HttpBody {
    /// Wraps `incoming`; the receiver yields what is left of it, if anything.
    pub fn new(incoming: Incoming) -> (Self, oneshot::Receiver<Leftover>) {
        let (sender, receiver) = oneshot::channel();
        let inner = Some(Leftover { incoming, started: false });
        (Self { inner, leftover: Some(sender) }, receiver)
    }

    async fn frame(&mut self) -> Option<Result<hyper::body::Frame<Bytes>, hyper::Error>> {
        let inner = self.inner.as_mut()?;
        inner.started = true;
        inner.incoming.frame().await
    }
}

impl HttpBody {
    fn is_empty(&self) -> bool {
        self.inner.as_ref().is_none_or(|inner| inner.incoming.is_end_stream())
    }
}

impl Drop for HttpBody {
    fn drop(&mut self) {
        if let (Some(inner), Some(leftover)) = (self.inner.take(), self.leftover.take())
            && !inner.incoming.is_end_stream()
        {
            let _ = leftover.send(inner);
        }
    }
}

/// A request's body, not yet read.
pub struct RequestBody {
    http: HttpBody,
    hash: Option<[u8; 32]>,
    framing: Option<Framing>,
    content_length: Option<u64>,
    is_chunked_transfer: bool,
    decoded_length: Option<Result<u64, ()>>,
    trailers: Vec<String>,
    stall: Duration,
    file: Option<Body>, // of a POST form: then nothing else counts
}

impl RequestBody {
    /// The body of a POST form as HTTP carries it: nobody signs it, the form's policy covers it.
    pub fn of_form(http: HttpBody, headers: &HeaderMap, stall: Duration) -> Self {
        let content_length =
            headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
        let is_chunked_transfer = headers.contains_key("transfer-encoding");
        Self { http, content_length, is_chunked_transfer, ..Self::nothing(stall) }
    }

    /// The file of a POST form, ready to be stored.
    pub fn of_file(file: Body, stall: Duration) -> Self {
        Self { file: Some(file), ..Self::nothing(stall) }
    }

    fn nothing(stall: Duration) -> Self {
        Self {
            http: HttpBody { inner: None, leftover: None },
            hash: None,
            framing: None,
            content_length: Some(0),
            is_chunked_transfer: false,
            decoded_length: None,
            trailers: Vec::new(),
            stall,
            file: None,
        }
    }

    /// Takes the body of an authenticated request.
    pub fn new(http: HttpBody, headers: &HeaderMap, authenticated: &Authenticated, stall: Duration) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let hash = match authenticated.payload {
            PayloadMode::Hash(hash) => Some(hash),
            _ => None,
        };
        let digits = |text: &str| {
            let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok());
            number.flatten().ok_or(())
        };
        Self {
            http,
            hash,
            framing: Framing::of(authenticated),
            content_length: text("content-length").and_then(|text| text.parse().ok()),
            is_chunked_transfer: headers.contains_key("transfer-encoding"),
            decoded_length: text("x-amz-decoded-content-length").map(digits),
            trailers: text("x-amz-trailer").map(announced_trailers).unwrap_or_default(),
            stall,
            file: None,
        }
    }

    /// The body of an upload: its length, if it was announced, and its bytes.
    ///
    /// # Errors
    /// MissingContentLength (b53, b210).
    pub fn into_upload(self) -> Result<(Option<u64>, Body), S3Error> {
        if let Some(file) = self.file {
            return Ok((None, file));
        }
        let len = match &self.framing {
            Some(_) => match self.decoded_length {
                Some(Ok(len)) => Some(len),
                _ => return Err(S3Error::new(ErrorCode::MissingContentLength)),
            },
            None if self.content_length.is_some() || self.is_chunked_transfer => self.content_length,
            None => return Err(S3Error::new(ErrorCode::MissingContentLength)),
        };
        Ok((len, self.into_stream(len)))
    }

    /// Reads a small body whole: its bytes, and the checksum that followed them.
    ///
    /// # Errors
    /// MaxMessageLengthExceeded above `max` bytes, before more is read; those of the body.
    pub async fn read_all(self, max: usize) -> Result<(Bytes, Option<Checksum>), S3Error> {
        let too_long = || S3Error::new(ErrorCode::MaxMessageLengthExceeded);
        let announced = self.decoded_length.and_then(Result::ok).filter(|_| self.framing.is_some());
        let announced = announced.or(self.content_length);
        if announced.is_some_and(|len| len > max as u64) {
            return Err(too_long());
        }
        let len = match &self.framing {
            Some(_) => announced.or(Some(0)),
            None => announced,
        };
        let mut stream = self.into_stream(len);
        let (mut all, mut trailer) = (Vec::new(), None);
        while let Some(frame) = stream.next().await {
            match frame.map_err(error_of)? {
                BodyFrame::Data(data) if all.len() + data.len() > max => return Err(too_long()),
                BodyFrame::Data(data) => all.extend_from_slice(&data),
                BodyFrame::Trailer(checksum) => trailer = Some(checksum),
            }
        }
        Ok((all.into(), trailer))
    }

    /// Does it come as aws-chunked?
    pub fn is_chunked(&self) -> bool {
        self.framing.is_some()
    }

    /// For actions that take no body: what was sent is ignored (b16), but must be what its hash says (b208). Yields an
    /// empty body.
    ///
    /// # Errors
    /// Those of [`RequestBody::read_all`].
    pub async fn ignore(self) -> Result<Self, S3Error> {
        let is_empty = self.http.is_empty() && self.framing.is_none();
        if is_empty && self.hash.is_none_or(|hash| hex32(EMPTY_SHA256.as_bytes()) == Some(hash)) {
            return Ok(self);
        }
        let nothing = Self::nothing(self.stall);
        self.read_all(limits::XML_OTHER_MAX_BYTES).await?;
        Ok(nothing)
    }

    fn into_stream(self, len: Option<u64>) -> Body {
        let decoder = self.framing.map(|framing| Decoder::new(framing, len.unwrap_or(0), self.trailers));
        let reading = Reading {
            http: self.http,
            hash: self.hash.map(|expected| (expected, digest::Context::new(&digest::SHA256))),
            decoder,
            input: Bytes::new(),
            trailer: None,
            ended: false,
            stall: self.stall,
        };
        Box::pin(futures_util::stream::unfold(Some(reading), |reading| async {
            let mut reading = reading?;
            match reading.next().await {
                Ok(Some(frame)) => Some((Ok(frame), Some(reading))),
                Ok(None) => None,
                Err(error) => Some((Err(BodyError(Box::new(error))), None)),
            }
        }))
    }
}

/// The S3 error that a body ended with.
pub fn error_of(error: BodyError) -> S3Error {
    match error.0.downcast::<S3Error>() {
        Ok(error) => *error,
        Err(_) => S3Error::new(ErrorCode::InternalError),
    }
}

/// Reads and drops what a client still sends after an early answer, within limits, so that it gets to read the answer and
/// may go on using the connection. Returns whether the body was read to its end; if not, the connection must close.
///
/// `expects_continue`: the client waits for leave to send; then nothing is read, for reading would give it.
pub async fn drain(leftover: Leftover, expects_continue: bool) -> bool {
    let Leftover { mut incoming, started } = leftover;
    if (expects_continue && !started) || incoming.size_hint().lower() > limits::DRAIN_BODY_MAX_BYTES {
        return false;
    }
    let mut taken = 0;
    let all = async {
        loop {
            match incoming.frame().await {
                None => return true,
                Some(Err(_)) => return false,
                Some(Ok(frame)) => taken += frame.data_ref().map_or(0, |data| data.len() as u64),
            }
            if taken > limits::DRAIN_BODY_MAX_BYTES {
                return false;
            }
        }
    };
    tokio::time::timeout(limits::DRAIN_BODY_TIMEOUT, all).await.unwrap_or(false)
}

/// A body being read.
struct Reading {
    http: HttpBody,
    hash: Option<([u8; 32], digest::Context)>,
    decoder: Option<Decoder>,
    input: Bytes,
    trailer: Option<Checksum>,
    ended: bool,
    stall: Duration,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<BodyFrame>, S3Error> {
        loop {
            if self.ended {
                return Ok(self.trailer.take().map(BodyFrame::Trailer));
            }
            if let Some(decoder) = &mut self.decoder
                && let Some(data) = decoder.feed(&mut self.input).map_err(chunked_refusal)?
            {
                return Ok(Some(BodyFrame::Data(data)));
            }
            match self.read_frame().await? {
                None => {
                    self.trailer = self.finish()?;
                    self.ended = true;
                }
                Some(data) if self.decoder.is_some() => self.input = data,
                Some(data) if data.is_empty() => {}
                Some(data) => {
                    if let Some((_, hash)) = &mut self.hash {
                        hash.update(&data);
                    }
                    return Ok(Some(BodyFrame::Data(data)));
                }
            }
        }
    }

    /// The next data frame of the HTTP body.
    async fn read_frame(&mut self) -> Result<Option<Bytes>, S3Error> {
        loop {
            match tokio::time::timeout(self.stall, self.http.frame()).await {
                Err(_) => return Err(S3Error::new(ErrorCode::RequestTimeout)),
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => return Err(S3Error::new(ErrorCode::IncompleteBody)),
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// All bytes are here: is everything that vouches for them right? Yields the trailing checksum.
    fn finish(&mut self) -> Result<Option<Checksum>, S3Error> {
        if let Some((expected, hash)) = self.hash.take() {
            check_payload_hash(&expected, hash)?;
        }
        match self.decoder.take() {
            None => Ok(None),
            Some(decoder) => trailing_checksum(&decoder.finish().map_err(chunked_refusal)?),
        }
    }
}

/// b208.
fn check_payload_hash(expected: &[u8; 32], hash: digest::Context) -> Result<(), S3Error> {
    let computed = hash.finish();
    if computed.as_ref() == expected {
        return Ok(());
    }
    Err(S3Error::new(ErrorCode::XAmzContentSHA256Mismatch)
        .field("ClientComputedContentSHA256", hex(expected))
        .field("S3ComputedContentSHA256", hex(computed.as_ref())))
}

/// b213: the one x-amz-checksum-* among the trailers, well-formed.
fn trailing_checksum(trailers: &Trailers) -> Result<Option<Checksum>, S3Error> {
    for (name, value) in trailers.iter() {
        if let Some(algorithm) = ChecksumAlgorithm::from_header(name) {
            return trailer_checksum(algorithm, value).map(Some);
        }
    }
    Ok(None)
}

/// b210-b213.
fn chunked_refusal(error: ChunkedError) -> S3Error {
    S3Error::new(match error {
        ChunkedError::IncompleteBody => {
            let message = "The request body terminated unexpectedly";
            return S3Error::new(ErrorCode::IncompleteBody).message(message);
        }
        ChunkedError::OtherLength => ErrorCode::IncompleteBody,
        ChunkedError::InvalidChunkSize => ErrorCode::InvalidChunkSizeError,
        ChunkedError::SignatureDoesNotMatch => ErrorCode::SignatureDoesNotMatch,
        ChunkedError::MalformedTrailer => ErrorCode::MalformedTrailerError,
    })
}
