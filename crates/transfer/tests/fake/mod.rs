//! FakeS3: one object over HTTP, answered rightly or with a fault that the test chooses. Knows just enough to be downloaded from.

use drystone_client::retry::Backoff;
use drystone_client::{Client, ClientOptions, Endpoint, Ground, PayloadSigning, Timeouts, TlsConfig};
use drystone_types::Timestamp;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::aws_lc_rs;

/// What goes wrong with one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// One byte is another.
    Corrupt,
    /// The connection ends after so many bytes.
    Truncate(usize),
    /// A status without a document.
    Status(u16),
    /// The whole object, with 200.
    IgnoreRange,
    /// So many bytes more are promised than come.
    PromiseMore(usize),
    /// A part of the object, and another than was asked for.
    OtherRange,
}

/// A request, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) query: String,
    pub(crate) range: Option<(usize, usize)>,
    pub(crate) if_match: Option<String>,
    /// How many of its method came before.
    pub(crate) number: usize,
}

pub(crate) type Script = dyn Fn(&Seen) -> Fault + Send + Sync;

/// The object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    pub(crate) data: Vec<u8>,
    pub(crate) etag: String,
    pub(crate) headers: Vec<(String, String)>,
    /// Lengths of its parts, if it has some.
    pub(crate) parts: Vec<usize>,
    /// What GetObjectAttributes answers.
    pub(crate) attributes: Option<String>,
}

pub(crate) struct FakeS3 {
    pub(crate) url: String,
    pub(crate) object: Arc<Mutex<Object>>,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
}

impl FakeS3 {
    pub(crate) async fn start(
        object: Object,
        script: impl Fn(&Seen) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (object, seen) = (Arc::new(Mutex::new(object)), Arc::default());
        let fake = Self { url, object: Arc::clone(&object), seen: Arc::clone(&seen) };
        let script: Arc<Script> = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(stream, Arc::clone(&object), Arc::clone(&seen), Arc::clone(&script)));
            }
        });
        fake
    }

    pub(crate) fn gets(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.method == "GET").cloned().collect()
    }

    pub(crate) fn client(&self) -> Client {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let tls = TlsConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let random = AtomicU64::new(1);
        Client::new(ClientOptions {
            endpoint: Endpoint::parse(&self.url).unwrap(),
            region: "us-east-1".into(),
            credentials: None,
            tls: tls.with_root_certificates(RootCertStore::empty()).with_no_client_auth(),
            timeouts: Timeouts::default(),
            backoff: Backoff {
                attempts_max: 4,
                first: Duration::from_millis(1),
                longest: Duration::from_millis(2),
            },
            payload_signing: PayloadSigning::Never,
            ground: Ground::new(|| Timestamp(0), move || random.fetch_add(1 << 40, Ordering::Relaxed)),
        })
    }
}

async fn serve(
    mut stream: TcpStream,
    object: Arc<Mutex<Object>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    script: Arc<Script>,
) {
    let mut input = Vec::new();
    loop {
        while !input.windows(4).any(|window| window == b"\r\n\r\n") {
            let mut chunk = [0; 4096];
            match stream.read(&mut chunk).await {
                Ok(n) if n > 0 => input.extend_from_slice(&chunk[..n]),
                _ => return,
            }
        }
        let end = input.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        let head: Vec<u8> = input.drain(..end).collect();
        let request = parse(&String::from_utf8(head).unwrap(), &seen);
        seen.lock().unwrap().push(request.clone());
        let (answer, is_cut) = {
            let object = object.lock().unwrap().clone();
            answer(&request, &object, script(&request))
        };
        if stream.write_all(&answer).await.is_err() || is_cut {
            return;
        }
    }
}

fn parse(head: &str, seen: &Mutex<Vec<Seen>>) -> Seen {
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap());
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let range = headers.get("range").map(|range| {
        let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        (from.parse().unwrap(), to.parse::<usize>().unwrap() + 1)
    });
    let number = seen.lock().unwrap().iter().filter(|seen| seen.method == method).count();
    let query = target.split_once('?').map_or("", |(_, query)| query).to_owned();
    Seen { method, query, range, if_match: headers.get("if-match").cloned(), number }
}

/// The bytes of an answer, and whether the connection ends after them.
fn answer(request: &Seen, object: &Object, fault: Fault) -> (Vec<u8>, bool) {
    let size = object.data.len();
    if let Fault::Status(status) = fault {
        return (format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n").into_bytes(), false);
    }
    if request.if_match.as_ref().is_some_and(|etag| *etag != object.etag) {
        return (b"HTTP/1.1 412 No\r\ncontent-length: 0\r\n\r\n".to_vec(), false);
    }
    if request.query.starts_with("attributes") {
        let body = object.attributes.clone();
        let status = if body.is_some() { 200 } else { 501 };
        let body = body.unwrap_or_default();
        return (
            format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes(),
            false,
        );
    }
    let mut head = format!("etag: {}\r\nlast-modified: Sun, 22 Nov 2026 10:30:00 GMT\r\n", object.etag);
    let mut range = request.range.filter(|_| fault != Fault::IgnoreRange);
    if let (Some(number), false) = (request.query.strip_prefix("partNumber="), object.parts.is_empty()) {
        let number: usize = number.parse().unwrap();
        let start: usize = object.parts[..number - 1].iter().sum();
        range = Some((start, start + object.parts[number - 1]));
        let _ = write!(head, "x-amz-mp-parts-count: {}\r\n", object.parts.len());
    } else if range.is_none() {
        for (name, value) in &object.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
    }
    if fault == Fault::OtherRange {
        range = range.map(|(from, to)| (from + 1, to));
    }
    let status = match range {
        Some((from, to)) => {
            let _ = write!(head, "content-range: bytes {from}-{}/{size}\r\n", to - 1);
            206
        }
        None => 200,
    };
    let (from, to) = range.unwrap_or((0, size));
    let mut body = object.data[from..to].to_vec();
    let mut promised = body.len();
    let mut is_cut = false;
    match fault {
        Fault::Corrupt => body[(to - from) / 2] ^= 1,
        Fault::Truncate(len) => {
            body.truncate(len);
            is_cut = true;
        }
        Fault::PromiseMore(more) => {
            promised += more;
            is_cut = true;
        }
        _ => {}
    }
    let mut answer = format!("HTTP/1.1 {status} OK\r\n{head}content-length: {promised}\r\n\r\n").into_bytes();
    if request.method == "GET" {
        answer.extend_from_slice(&body);
    }
    (answer, is_cut)
}
