//! AdminClient: signed requests to the admin API of a running server.

use drystone_store::{Clock as _, SystemClock};
use drystone_types::Timestamp;
use drystone_wire::auth::{Secret, SignedRequest};
use drystone_wire::sigv4::hex;
use drystone_wire::sigv4::sign::{Signer, sha256};
use http::header::{HOST, HeaderMap, HeaderValue};
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::Failure;
use crate::args::AdminArgs;
use crate::trust::connector;

/// A server answers within this time, or is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Largest answer that is read.
const ANSWER_MAX_BYTES: usize = 64 << 20;

/// Who asks, and where.
pub(crate) struct AdminClient {
    endpoint: Uri,
    signer: Signer,
    token: Option<String>,
    tls: Option<TlsConnector>,
}

impl AdminClient {
    /// Finds endpoint and credentials: flags, then environment, then the folder of a store on this machine.
    pub(crate) fn new(args: &AdminArgs, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let endpoint = args.endpoint.clone().or_else(|| env("DRYSTONE_ENDPOINT"));
        let endpoint = endpoint.unwrap_or_else(|| "http://127.0.0.1:9000".into());
        let wrong = || Failure::Config(format!("{endpoint:?} is no endpoint, as http://127.0.0.1:9000 is"));
        let endpoint: Uri = endpoint.parse().map_err(|_| wrong())?;
        let tls = match endpoint.scheme_str() {
            Some("http") => None,
            Some("https") => Some(connector(args.ca_cert.as_deref(), "--ca-cert").map_err(Failure::Config)?),
            _ => return Err(wrong()),
        };
        endpoint.host().ok_or_else(wrong)?;
        let (access_key_id, secret, token) = credentials(args, env)?;
        let signer = Signer { access_key_id, secret, region: "us-east-1".into() };
        Ok(Self { endpoint, signer, token, tls })
    }

    /// Sends one request and returns its answer, `Null` when it has none.
    pub(crate) async fn send(&self, method: &str, target: &str, body: Vec<u8>) -> Result<Value, Failure> {
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, self.exchange(method, target, body));
        let (status, body) =
            answer.await.map_err(|_| self.unreachable("it did not answer in 30 seconds"))??;
        let value: Value = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body)
                .map_err(|error| Failure::other("the answer is no JSON: is this a Drystone server?", error))?
        };
        if (200..300).contains(&status) {
            return Ok(value);
        }
        let text = |name: &str| value["error"][name].as_str().unwrap_or_default().to_owned();
        Err(Failure::Refused(format!("{} ({status} {})", text("message"), text("code"))))
    }

    async fn exchange(&self, method: &str, target: &str, body: Vec<u8>) -> Result<(u16, Bytes), Failure> {
        let host = self.endpoint.host().expect("checked when it was made");
        let is_tls = self.tls.is_some();
        let port = self.endpoint.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let address = (host.trim_matches(['[', ']']), port);
        let stream = TcpStream::connect(address).await.map_err(|error| self.unreachable(error))?;
        let request = self.request(method, target, body)?;
        match &self.tls {
            None => self.over(stream, request).await,
            Some(tls) => {
                let name =
                    ServerName::try_from(address.0.to_owned()).map_err(|error| self.unreachable(error))?;
                let stream = tls.connect(name, stream).await.map_err(|error| self.unreachable(error))?;
                self.over(stream, request).await
            }
        }
    }

    async fn over(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        request: Request<Full<Bytes>>,
    ) -> Result<(u16, Bytes), Failure> {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.unreachable(error))?;
        let driving = tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(|error| self.unreachable(error))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_MAX_BYTES).collect().await;
        let body = body.map_err(|error| self.unreachable(error))?.to_bytes();
        driving.abort();
        Ok((status, body))
    }

    fn request(&self, method: &str, target: &str, body: Vec<u8>) -> Result<Request<Full<Bytes>>, Failure> {
        let authority = self.endpoint.authority().expect("it has a host").as_str();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.token {
            let value = HeaderValue::from_str(token);
            let value =
                value.map_err(|error| Failure::other("the session token is no header value", error))?;
            headers.insert("x-amz-security-token", value);
        }
        let signed = SignedRequest {
            method,
            raw_path: path,
            raw_query: query,
            headers: &headers,
            host: authority,
            host_bucket: None,
        };
        let now: Timestamp = SystemClock.now();
        let (added, _) = self
            .signer
            .sign(&signed, &hex(&sha256(&body)), now)
            .map_err(|error| Failure::other("cannot sign the request", error))?;
        headers.extend(added);
        let mut request = Request::builder().method(method).uri(target).header(HOST, authority);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        request.body(Full::new(body.into())).map_err(|error| Failure::other("cannot make the request", error))
    }

    fn unreachable(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
        Failure::other(format!("cannot reach {}", self.endpoint), error)
    }
}

/// Access key id, secret and perhaps a session token.
fn credentials(
    args: &AdminArgs,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, Secret, Option<String>), Failure> {
    if let Some(dir) = &args.data {
        let (id, secret) = crate::root_key::stored(Path::new(dir))?;
        return Ok((id, secret, None));
    }
    let pairs = [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("DRYSTONE_ROOT_ACCESS_KEY_ID", "DRYSTONE_ROOT_SECRET_ACCESS_KEY"),
    ];
    for (id, secret) in pairs {
        if let (Some(id), Some(secret)) = (env(id), env(secret)) {
            let token = env("AWS_SESSION_TOKEN").filter(|token| !token.is_empty());
            return Ok((id, Secret::new(secret), token));
        }
    }
    let dir = env("DRYSTONE_DATA").unwrap_or_else(|| "./drystone-data".into());
    match crate::root_key::stored(Path::new(&dir)) {
        Ok((id, secret)) => Ok((id, secret, None)),
        Err(_) => Err(Failure::Config(
            "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name the store's folder with --data".into(),
        )),
    }
}
