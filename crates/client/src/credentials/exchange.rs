//! Exchange: one small HTTP request to a source of credentials and its answer. Follows no redirects, uses no proxy.

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderValue, USER_AGENT};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// Largest answer that is read.
const ANSWER_MAX_BYTES: usize = 64 << 10;
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) method: Method,
    /// Absolute, with a host.
    pub(super) url: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// How patient the asker is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For the connection.
    pub(super) connect: Duration,
    /// From there to the end of the answer.
    pub(super) answer: Duration,
    /// How often it is tried. Where nobody is, it is tried once.
    pub(super) attempts: u32,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// No answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Silence {
    /// Nobody is there.
    #[error("cannot reach {0}: {1}")]
    Unreachable(String, Cause),
    /// Somebody is, and did not answer as they should.
    #[error("{0} did not answer: {1}")]
    Broken(String, Cause),
}

impl Question {
    /// A GET.
    pub(super) fn get(url: Uri) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new() }
    }

    fn authority(&self) -> &str {
        self.url.authority().map_or("", http::uri::Authority::as_str)
    }
}

/// Asks, and asks again while the answer is missing or 5xx, as often as `patience` has it.
///
/// # Errors
/// [`Silence`] of the last attempt.
pub(super) async fn exchange(
    question: &Question,
    tls: Option<&TlsConnector>,
    patience: Patience,
) -> Result<Reply, Silence> {
    let mut attempt = 1;
    loop {
        let outcome = once(question, tls, patience).await;
        let is_final = match &outcome {
            Ok(reply) => reply.status < 500,
            Err(Silence::Unreachable(..)) => true,
            Err(Silence::Broken(..)) => false,
        };
        if is_final || attempt >= patience.attempts {
            return outcome;
        }
        attempt += 1;
    }
}

async fn once(question: &Question, tls: Option<&TlsConnector>, patience: Patience) -> Result<Reply, Silence> {
    let unreachable = |cause: Cause| Silence::Unreachable(question.authority().to_owned(), cause);
    let broken = |cause: Cause| Silence::Broken(question.authority().to_owned(), cause);
    let is_https = question.url.scheme_str() == Some("https");
    let host = question.url.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = question.url.port_u16().unwrap_or(if is_https { 443 } else { 80 });
    let stream = timeout(patience.connect, TcpStream::connect((host, port))).await;
    let stream =
        stream.map_err(|elapsed| unreachable(elapsed.into()))?.map_err(|error| unreachable(error.into()))?;
    let answer = async {
        if !is_https {
            return over(stream, question).await;
        }
        let tls = tls.ok_or("there is no TLS here")?;
        over(tls.connect(ServerName::try_from(host.to_owned())?, stream).await?, question).await
    };
    timeout(patience.answer, answer).await.map_err(|elapsed| broken(elapsed.into()))?.map_err(broken)
}

async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    question: &Question,
) -> Result<Reply, Cause> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let target = question.url.path_and_query().map_or("/", |target| target.as_str());
    let mut request = Request::new(Full::new(question.body.clone()));
    *request.method_mut() = question.method.clone();
    *request.uri_mut() = target.parse()?;
    *request.headers_mut() = question.headers.clone();
    request.headers_mut().insert(HOST, HeaderValue::from_str(question.authority())?);
    request
        .headers_mut()
        .insert(USER_AGENT, HeaderValue::from_static(concat!("Drystone/", env!("CARGO_PKG_VERSION"))));
    let reply = async {
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_MAX_BYTES).collect().await?.to_bytes();
        Ok::<_, Cause>(Reply { status, body })
    };
    tokio::pin!(reply, connection);
    tokio::select! { // both here: dropping this future closes the connection
        reply = &mut reply => reply,
        ended = &mut connection => match ended {
            Ok(()) => reply.await,
            Err(error) => Err(error.into()),
        },
    }
}
