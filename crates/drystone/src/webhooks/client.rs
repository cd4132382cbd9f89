//! Client: POSTs JSON to one webhook over connections that are kept. Follows no redirects.

use bytes::Bytes;
use drystone_types::limits::{EVENTS_IN_FLIGHT, WEBHOOK_TIMEOUT};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::sync::{Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::Webhook;
use crate::Failure;
use crate::trust::connector;

/// What is read of an answer, so that its connection can be used again.
const ANSWER_MAX_BYTES: usize = 64 << 10;
type Sender = SendRequest<Full<Bytes>>;
type Error = Box<dyn std::error::Error + Send + Sync>;

/// The way to one webhook.
pub(super) struct Client {
    url: Uri,
    authorization: Option<HeaderValue>,
    tls: Option<TlsConnector>,
    idle: Mutex<Vec<Sender>>,
}

impl Client {
    /// Reads the certificates that it needs; connects later.
    pub(super) fn new(webhook: &Webhook) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::Config(format!("webhooks.{}: {what}", webhook.name));
        let authorization = match &webhook.authorization {
            None => None,
            Some(secret) => {
                let value = HeaderValue::from_str(secret.expose());
                let mut value = value.map_err(|_| wrong("authorization is no header value"))?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let tls = match webhook.url.scheme_str() {
            Some("https") => {
                Some(connector(webhook.ca_cert.as_deref(), "ca_cert").map_err(|what| wrong(&what))?)
            }
            _ => None,
        };
        Ok(Self { url: webhook.url.clone(), authorization, tls, idle: Mutex::default() })
    }

    /// Delivers; an answer of 2xx within [`WEBHOOK_TIMEOUT`] counts. The error is for the log.
    pub(super) async fn post(&self, json: String) -> Result<(), String> {
        let json = Bytes::from(json);
        let attempt = async {
            // A kept connection may have been closed meanwhile; then the event is sent anew, which may repeat it.
            if let Some(sender) = self.take_idle()
                && let Ok(status) = self.send(sender, &json).await
            {
                return Ok(status);
            }
            self.send(self.connect().await?, &json).await
        };
        match tokio::time::timeout(WEBHOOK_TIMEOUT, attempt).await {
            Err(_) => Err(format!("no answer within {} seconds", WEBHOOK_TIMEOUT.as_secs())),
            Ok(Err(error)) => Err(error.to_string()),
            Ok(Ok(status)) if (200..300).contains(&status) => Ok(()),
            Ok(Ok(status)) => Err(format!("answered {status}")),
        }
    }

    async fn send(&self, mut sender: Sender, json: &Bytes) -> Result<u16, Error> {
        let target = self.url.path_and_query().map_or("/", |target| target.as_str());
        let host = self.url.authority().expect("checked when it was read").as_str();
        let mut request = Request::post(target)
            .header(HOST, host)
            .header(USER_AGENT, concat!("Drystone/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(json.clone()))?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        if Limited::new(response.into_body(), ANSWER_MAX_BYTES).collect().await.is_ok() {
            self.keep(sender);
        }
        Ok(status)
    }

    fn take_idle(&self) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|sender| !sender.is_closed());
        idle.pop()
    }

    fn keep(&self, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < EVENTS_IN_FLIGHT && !sender.is_closed() {
            idle.push(sender);
        }
    }

    async fn connect(&self) -> Result<Sender, Error> {
        let host = self.url.host().expect("checked when it was read").trim_matches(['[', ']']);
        let port = self.url.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => over(stream).await,
            Some(tls) => over(tls.connect(ServerName::try_from(host.to_owned())?, stream).await?).await,
        }
    }
}

async fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Sender, Error> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection); // ends with the sender
    sender.ready().await?;
    Ok(sender)
}
