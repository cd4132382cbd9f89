//! Answer: what came back: status, headers, and a body that is read whole under a cap or streamed.

use crate::error::{CallError, ServiceError};
use bytes::{Bytes, BytesMut};
use drystone_types::Timestamp;
use drystone_wire::xml::reader::{self, Node};
use http::header::{DATE, HeaderMap, RETRY_AFTER};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use std::time::Duration;

/// Largest document that is read: a page of 1,000 entries with keys of 1,024 bytes, each escaped at its worst.
pub const DOCUMENT_MAX_BYTES: usize = 16 << 20;

/// A good answer, its body unread.
#[derive(Debug)]
pub struct Answer {
    /// AWS's name of the action.
    pub action: &'static str,
    /// Status, 200 to 299, or 304.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    body: Incoming,
    stall: Duration,
}

impl Answer {
    pub(crate) fn new(
        action: &'static str,
        status: u16,
        headers: HeaderMap,
        body: Incoming,
        stall: Duration,
    ) -> Self {
        Self { action, status, headers, body, stall }
    }

    /// A header, if it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        text_of(&self.headers, name)
    }

    /// The request's id, or `-`.
    pub fn request_id(&self) -> &str {
        self.header("x-amz-request-id").unwrap_or("-")
    }

    /// Bytes of the body, where the store says how many.
    pub fn content_len(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// The next bytes of the body; `None` at its end.
    ///
    /// # Errors
    /// [`CallError::Broken`] when the connection breaks, the body ends early, or nothing comes for too long.
    pub async fn next(&mut self) -> Result<Option<Bytes>, CallError> {
        let broken = |why: String| CallError::Broken { action: self.action, why };
        loop {
            let frame = tokio::time::timeout(self.stall, self.body.frame()).await;
            let frame = frame.map_err(|_| broken(format!("nothing came for {} s", self.stall.as_secs())))?;
            match frame {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
                Some(Err(error)) => return Err(broken(format!("the answer broke off: {}", deepest(&error)))),
            }
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// As [`Answer::next`]; [`CallError::BadAnswer`] when it is longer than `max_bytes`.
    pub async fn bytes(&mut self, max_bytes: usize) -> Result<Bytes, CallError> {
        let mut whole = BytesMut::new();
        while let Some(data) = self.next().await? {
            if whole.len() + data.len() > max_bytes {
                let why = format!("it is longer than {max_bytes} bytes");
                return Err(CallError::BadAnswer { action: self.action, why });
            }
            whole.extend_from_slice(&data);
        }
        Ok(whole.freeze())
    }

    /// The body as a document; a 200 that carries an `<Error>` is that error (b232).
    ///
    /// # Errors
    /// As [`Answer::bytes`]; [`CallError::BadAnswer`] when it is no XML; [`CallError::Service`] when it is an error.
    pub async fn document(&mut self) -> Result<Node, CallError> {
        let body = self.bytes(DOCUMENT_MAX_BYTES).await?;
        // Spaces may come first: they kept the connection alive while the store worked (b123).
        let root = reader::read(body.trim_ascii_start(), DOCUMENT_MAX_BYTES)
            .map_err(|_| CallError::BadAnswer { action: self.action, why: "its body is no XML".into() })?;
        if &*root.name == "Error" {
            return Err(service_error(self.action, self.status, &self.headers, Some(&root)).into());
        }
        Ok(root)
    }

    /// Reads an error's body and says what it is.
    pub(crate) async fn into_error(mut self) -> CallError {
        let body = self.bytes(DOCUMENT_MAX_BYTES).await.unwrap_or_default();
        let root = reader::read(body.trim_ascii_start(), DOCUMENT_MAX_BYTES).ok();
        service_error(self.action, self.status, &self.headers, root.as_ref()).into()
    }
}

impl From<ServiceError> for CallError {
    fn from(error: ServiceError) -> Self {
        Self::Service(Box::new(error))
    }
}

/// A header, if it is there and text.
pub(crate) fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn service_error(
    action: &'static str,
    status: u16,
    headers: &HeaderMap,
    root: Option<&Node>,
) -> ServiceError {
    let told = |name: &str| root?.child(name).map(|node| node.text.clone()).filter(|text| !text.is_empty());
    let code = told("Code").unwrap_or_else(|| code_of(status).to_owned());
    let message = told("Message").unwrap_or_else(|| format!("the store answered {status} without a reason"));
    let request_id = text_of(headers, "x-amz-request-id").map(str::to_owned).or_else(|| told("RequestId"));
    let region = told("Region").or_else(|| text_of(headers, "x-amz-bucket-region").map(str::to_owned));
    let retry_after = text_of(headers, RETRY_AFTER.as_str()).and_then(|text| text.trim().parse().ok());
    ServiceError {
        action,
        status,
        code,
        message,
        request_id: request_id.unwrap_or_else(|| "-".to_owned()),
        retry_after: retry_after.map(Duration::from_secs),
        region,
        server_time: text_of(headers, DATE.as_str()).and_then(Timestamp::parse_http_date),
    }
}

/// HEAD answers have no body; their status has to do.
fn code_of(status: u16) -> &'static str {
    match status {
        301 | 307 => "PermanentRedirect",
        304 => "NotModified",
        400 => "BadRequest",
        403 => "AccessDenied",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        409 => "Conflict",
        411 => "MissingContentLength",
        412 => "PreconditionFailed",
        416 => "InvalidRange",
        429 => "TooManyRequests",
        501 => "NotImplemented",
        503 => "ServiceUnavailable",
        500.. => "InternalError",
        _ => "Unknown",
    }
}

/// The innermost cause: what the system said.
pub(crate) fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
