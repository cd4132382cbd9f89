//! Access log: what is known of a request when its answer has left, as one line.

use bytes::Bytes;
use drystone_identity::Caller;
use drystone_store::Store;
use drystone_types::{AccountId, BucketName, Timestamp};
use drystone_wire::Route;
use drystone_wire::S3Error;
use drystone_wire::access_log::LogRecord;
use drystone_wire::auth::Via;
use drystone_wire::operation::{Address, log_name};
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, HOST, REFERER, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::connection::Connection;
use crate::respond::{BodyFailure, HttpResponse, ResponseBody};

/// Where lines go. Never blocks: a line that finds no room is dropped and counted there.
pub trait LogSink: Send + Sync {
    /// Takes a line, without its end.
    fn write(&self, line: String);
}

/// What is learnt of a request on its way to the answer.
#[derive(Debug)]
pub(crate) struct Observed {
    /// AWS's name of the operation, `-` until it is known.
    pub(crate) operation: &'static str,
    /// The bucket whose CORS rules the answer is subject to; not for preflights, which are answered by them.
    pub(crate) cors_bucket: Option<BucketName>,
    is_logged: bool,
    record: LogRecord,
}

impl Observed {
    /// A request of which nothing is known yet.
    pub(crate) fn new(is_logged: bool) -> Self {
        Self { operation: "-", cors_bucket: None, is_logged, record: LogRecord::default() }
    }

    /// The request means this.
    pub(crate) fn routed(&mut self, method: &Method, route: &Route) {
        self.operation = route.operation.name();
        if self.is_logged {
            self.record.operation = log_name(method, route);
            self.record.bucket = route.bucket.as_ref().map(ToString::to_string).unwrap_or_default();
            self.record.key = route.key.as_ref().map(ToString::to_string).unwrap_or_default();
            route.query.get("versionId").unwrap_or_default().clone_into(&mut self.record.version_id);
        }
    }

    /// The bucket is this account's.
    pub(crate) fn owned(&mut self, owner: &AccountId) {
        if self.is_logged {
            owner.as_str().clone_into(&mut self.record.bucket_owner);
        }
    }

    /// It is a preflight.
    pub(crate) fn preflight(&mut self, address: &Address) {
        self.operation = "OptionsObject";
        if self.is_logged {
            self.record.operation = "REST.OPTIONS.PREFLIGHT".into();
            self.record.bucket = address.bucket.as_ref().map(ToString::to_string).unwrap_or_default();
            self.record.key = address.key.as_ref().map(ToString::to_string).unwrap_or_default();
        }
    }

    /// It was signed, in this way. A form's route has its key only now.
    pub(crate) fn signed(&mut self, route: &Route, via: Via, caller: &Caller) {
        if self.is_logged {
            self.record.key = route.key.as_ref().map(ToString::to_string).unwrap_or_default();
            (self.record.signature_version, self.record.authentication_type) = match via {
                Via::Header => ("SigV4", "AuthHeader"),
                Via::Presigned => ("SigV4", "QueryString"),
                Via::PresignedV2 => ("SigV2", "QueryString"),
                Via::PostForm => ("SigV4", ""),
                Via::Anonymous => ("", ""),
            };
            let principal = &caller.principal;
            let account = principal.account().map(|account| account.id.as_str().to_owned());
            let requester = principal.user().map(drystone_access::User::arn).or(account);
            self.record.requester = requester.unwrap_or_default();
        }
    }
}

/// All else that a line tells.
pub(crate) struct Ended<'a> {
    pub(crate) head: &'a Parts,
    pub(crate) error: Option<&'a S3Error>,
    pub(crate) started: Timestamp,
    pub(crate) request_id: &'a str,
    pub(crate) host_id: &'a str,
    pub(crate) region: &'a str,
}

/// `response`, which writes its line when its body was sent, or when the client went away.
pub(crate) fn logged(
    mut observed: Observed,
    ended: &Ended<'_>,
    response: HttpResponse,
    sink: &Arc<dyn LogSink>,
    store: &Arc<Store>,
) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let head = ended.head;
    let connection = Connection::of(head);
    let text = |name| head.headers.get(name).map(header_text).unwrap_or_default();
    let took_ms = milliseconds(store.now().since(ended.started));
    let record = &mut observed.record;
    if !record.bucket.is_empty() {
        ended.region.clone_into(&mut record.region);
    }
    record.time = ended.started;
    record.remote_ip = connection.address.to_string();
    ended.request_id.clone_into(&mut record.request_id);
    record.request_uri = request_line(head);
    record.status = parts.status.as_u16();
    record.error_code = ended.error.map(|error| error.code.as_str().to_owned()).unwrap_or_default();
    record.object_size = (!record.key.is_empty() && parts.status.is_success())
        .then(|| object_size(&head.method, &head.headers, &parts.headers))
        .flatten();
    record.turn_around_ms = (!has_body(&head.headers)).then_some(took_ms);
    record.referer = text(REFERER);
    record.user_agent = text(USER_AGENT);
    record.host = text(HOST);
    ended.host_id.clone_into(&mut record.host_id);
    if let Some(tls) = connection.tls {
        record.tls_version = tls.version;
        record.cipher_suite = tls.cipher;
    }
    let body = LoggedBody {
        inner: body,
        record: observed.record,
        started: ended.started,
        sink: Arc::clone(sink),
        store: Arc::clone(store),
    };
    http::Response::from_parts(parts, body.boxed())
}

/// Counts what is sent, and writes the line when it is dropped.
struct LoggedBody {
    inner: ResponseBody,
    record: LogRecord,
    started: Timestamp,
    sink: Arc<dyn LogSink>,
    store: Arc<Store>,
}

impl Body for LoggedBody {
    type Data = Bytes;
    type Error = BodyFailure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFailure>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.record.bytes_sent += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for LoggedBody {
    fn drop(&mut self) {
        self.record.total_ms = milliseconds(self.store.now().since(self.started));
        self.sink.write(self.record.line());
    }
}

fn request_line(head: &Parts) -> String {
    let target = head.uri.path_and_query().map_or_else(|| head.uri.path(), |target| target.as_str());
    format!("{} {target} {:?}", head.method, head.version)
}

fn has_body(headers: &HeaderMap) -> bool {
    let len = headers.get(CONTENT_LENGTH).and_then(|len| len.to_str().ok());
    headers.contains_key("transfer-encoding") || len.is_some_and(|len| len != "0")
}

/// Of what was written, or of what was read: the whole object, also when a range of it was asked for.
fn object_size(method: &Method, request: &HeaderMap, answer: &HeaderMap) -> Option<u64> {
    let number = |headers: &HeaderMap, name: &str| headers.get(name)?.to_str().ok()?.parse().ok();
    match *method {
        Method::PUT => {
            number(request, "x-amz-decoded-content-length").or_else(|| number(request, "content-length"))
        }
        Method::GET | Method::HEAD => match answer.get(CONTENT_RANGE) {
            Some(range) => range.to_str().ok()?.rsplit_once('/')?.1.parse().ok(),
            None if answer.contains_key(http::header::ETAG) => number(answer, "content-length"),
            None => None,
        },
        _ => None,
    }
}

fn header_text(value: &http::HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
