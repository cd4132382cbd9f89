//! Call: one request to S3, before it is addressed and signed.

use bytes::Bytes;
use drystone_types::ChecksumAlgorithm;
use futures_util::Stream;
use http::Method;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::time::Duration;

/// One request.
#[derive(Debug)]
pub struct Call {
    /// AWS's name of the action, for messages: `UploadPart`.
    pub action: &'static str,
    /// Method.
    pub method: Method,
    /// Bucket, if it is about one.
    pub bucket: Option<String>,
    /// Key, if it is about an object.
    pub key: Option<String>,
    /// Query parameters; an empty value is sent as `name=`.
    pub query: Vec<(String, String)>,
    /// Headers besides those that addressing, signing and the payload add.
    pub headers: HeaderMap,
    /// What is sent.
    pub payload: Payload,
    /// How long the answer may take to begin after all was sent; `None` for the client's usual time.
    pub patience: Option<Duration>,
}

/// A body.
pub enum Payload {
    /// Nothing.
    Empty,
    /// Bytes at hand, mostly a document. They can be sent again.
    Bytes(Bytes),
    /// A stream, sent once.
    Stream(StreamPayload),
}

/// A body that streams.
pub struct StreamPayload {
    /// Bytes that come.
    pub len: u64,
    /// Each [`Piece::Data`] but the last has exactly this length, at least 8 KiB.
    pub piece_len: u64,
    /// The checksum that is sent as a trailer: then the stream ends with [`Piece::Checksum`]. Without it the body is sent plain,
    /// and the headers may have a checksum.
    pub trailer: Option<ChecksumAlgorithm>,
    /// The pieces.
    pub pieces: Pin<Box<dyn Stream<Item = io::Result<Piece>> + Send>>,
}

/// What a streaming body is made of.
#[derive(Clone, Debug)]
pub enum Piece {
    /// The next bytes.
    Data(Bytes),
    /// The checksum of all of them, in base64: the last item, when a trailer was announced.
    Checksum(String),
}

impl Call {
    /// A request without a body.
    pub fn new(action: &'static str, method: Method) -> Self {
        Self {
            action,
            method,
            bucket: None,
            key: None,
            query: Vec::new(),
            headers: HeaderMap::new(),
            payload: Payload::Empty,
            patience: None,
        }
    }

    /// About this bucket.
    pub fn bucket(mut self, bucket: &str) -> Self {
        self.bucket = Some(bucket.to_owned());
        self
    }

    /// About this object.
    pub fn object(mut self, bucket: &str, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self.bucket(bucket)
    }

    /// With a query parameter.
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// With a query parameter, if there is a value.
    pub fn query_if(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// With a header. Values that headers cannot carry are refused when the call is sent.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// With these headers, too.
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// With a body at hand.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.payload = Payload::Bytes(body.into());
        self
    }

    /// With this payload.
    pub fn payload(mut self, payload: Payload) -> Self {
        self.payload = payload;
        self
    }

    /// Waits this long for the answer.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }
}

impl Payload {
    /// Bytes that are sent, without framing.
    pub fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stream(stream) => stream.len,
        }
    }

    /// Is there nothing to send?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.len())
    }
}
