//! Client: signs a call, sends it, and mends what one more attempt can mend: ended tokens, a wrong clock, another region.

use crate::answer::Answer;
use crate::call::{Call, Payload};
use crate::credentials::{Credentials, Provider};
use crate::endpoint::{Address, Endpoint};
use crate::error::CallError;
use crate::framing::PayloadPlan;
use crate::ground::Ground;
use crate::payload_body::{PayloadBody, Watch};
use crate::retry::Backoff;
use crate::transport::{Timeouts, Transport};
use drystone_types::Timestamp;
use drystone_types::limits::CLOCK_SKEW_MAX;
use drystone_wire::auth::SignedRequest;
use drystone_wire::encoding::encode_list;
use drystone_wire::sigv4::sign::Signer;
use http::header::{CONTENT_LENGTH, HOST, HeaderValue, USER_AGENT};
use http::{Method, Request};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_rustls::rustls::ClientConfig as TlsConfig;

/// Are bodies that stream covered by the signature, chunk by chunk?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PayloadSigning {
    /// Over plain HTTP to another machine they are; TLS protects the others already.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What a client is made of.
#[derive(Debug)]
pub struct ClientOptions {
    /// Where.
    pub endpoint: Endpoint,
    /// Region that signatures name.
    pub region: String,
    /// Who; `None` sends requests without a signature.
    pub credentials: Option<Arc<dyn Provider>>,
    /// Whom to trust.
    pub tls: TlsConfig,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// How often a call is tried.
    pub backoff: Backoff,
    /// Signatures of bodies.
    pub payload_signing: PayloadSigning,
    /// Time and chance.
    pub ground: Ground,
}

/// Asks one store. Cheap to clone; clones share connections and what was learnt about the store.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: Known,
    transport: Transport,
    /// The store's clock minus ours, in milliseconds.
    skew_ms: AtomicI64,
    /// Regions of buckets that are not in ours.
    regions: Mutex<HashMap<String, String>>,
}

#[derive(Debug)]
struct Known {
    endpoint: Endpoint,
    region: String,
    credentials: Option<Arc<dyn Provider>>,
    backoff: Backoff,
    payload_signing: PayloadSigning,
    ground: Ground,
}

/// Clocks that differ by less are not corrected.
const SKEW_MIN_MS: i64 = 60_000;
/// Buckets whose region is remembered.
const REGIONS_MAX: usize = 1000;

impl Client {
    /// A client; connects when it is first used.
    pub fn new(options: ClientOptions) -> Self {
        let transport = Transport::new(options.tls, options.timeouts);
        let options = Known {
            endpoint: options.endpoint,
            region: options.region,
            credentials: options.credentials,
            backoff: options.backoff,
            payload_signing: options.payload_signing,
            ground: options.ground,
        };
        Self(Arc::new(Inner { options, transport, skew_ms: AtomicI64::new(0), regions: Mutex::default() }))
    }

    /// The store.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.options.endpoint
    }

    /// The region that signatures name.
    pub fn region(&self) -> &str {
        &self.0.options.region
    }

    /// Time and chance.
    pub fn ground(&self) -> &Ground {
        &self.0.options.ground
    }

    /// How calls are tried again.
    pub fn backoff(&self) -> Backoff {
        self.0.options.backoff
    }

    /// Sends a call whose payload is at hand, again and again while that may help. Calls that are not idempotent by nature may be
    /// done twice by the store when an answer is lost.
    ///
    /// # Errors
    /// [`CallError`] of the last attempt.
    pub async fn send(&self, call: Call) -> Result<Answer, CallError> {
        let (head, payload) = call.split();
        let mut attempt = 1;
        loop {
            let payload = match &payload {
                Payload::Bytes(bytes) => Payload::Bytes(bytes.clone()),
                _ => Payload::Empty,
            };
            let error = match self.send_once(head.with(payload)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let wait = self.wait_after(&error, attempt).ok_or(error)?;
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// How long to wait after attempt number `attempt` (from 1) ended with `error`; `None` when no other one may help.
    pub fn wait_after(&self, error: &CallError, attempt: u32) -> Option<Duration> {
        if !error.is_retryable() {
            return None;
        }
        let asked = error.service().and_then(|error| error.retry_after);
        self.0.options.backoff.wait(attempt, self.ground().random(), asked)
    }

    /// Sends a call. When the store says that the token has ended, the clock is wrong or the bucket is in another region, what was
    /// learnt is kept, and a call whose payload is at hand is sent once more at once.
    ///
    /// # Errors
    /// [`CallError`]; a status from 300 on is an error.
    pub async fn send_once(&self, call: Call) -> Result<Answer, CallError> {
        let mended = match &call.payload {
            Payload::Stream(_) => None,
            Payload::Empty => Some(call.with(Payload::Empty)),
            Payload::Bytes(bytes) => Some(call.with(Payload::Bytes(bytes.clone()))),
        };
        let bucket = call.bucket.clone();
        match self.exchange(call).await {
            Err(error) if self.learn(&error, bucket.as_deref()) => match mended {
                Some(call) => self.exchange(call).await,
                None => Err(CallError::Broken {
                    action: action_of(&error),
                    why: format!("to be sent anew: {error}"),
                }),
            },
            outcome => outcome,
        }
    }

    /// Learns from an error. `true` when the same call may do better now.
    fn learn(&self, error: &CallError, bucket: Option<&str>) -> bool {
        let Some(service) = error.service() else { return false };
        if error.is_expired() {
            if let Some(provider) = &self.0.options.credentials {
                provider.forget();
            }
            return true;
        }
        // A HEAD is refused without a code: then only the clocks tell.
        let is_mute = service.code == "AccessDenied" && self.is_skewed(service.server_time);
        if service.code == "RequestTimeTooSkewed" || is_mute {
            return self.correct_clock(service.server_time);
        }
        let elsewhere = matches!(
            service.code.as_str(),
            "AuthorizationHeaderMalformed"
                | "PermanentRedirect"
                | "IllegalLocationConstraintException"
                | "BadRequest"
        );
        match (bucket, &service.region) {
            (Some(bucket), Some(region)) if elsewhere => self.remember_region(bucket, region),
            _ => false,
        }
    }

    /// Are the clocks so far apart that stores refuse, as far as was not corrected yet?
    fn is_skewed(&self, server_time: Option<Timestamp>) -> bool {
        let Some(theirs) = server_time else { return false };
        let ours = self.now();
        theirs.since(ours).max(ours.since(theirs)) > CLOCK_SKEW_MAX
    }

    fn correct_clock(&self, server_time: Option<Timestamp>) -> bool {
        let Some(theirs) = server_time else { return false };
        let ours = self.ground().now();
        let signed = |moment: Timestamp| i64::try_from(moment.0).unwrap_or(i64::MAX);
        let skew = signed(theirs).saturating_sub(signed(ours));
        let before = self.0.skew_ms.swap(skew, Ordering::Relaxed);
        if (skew - before).abs() < SKEW_MIN_MS {
            return false;
        }
        tracing::warn!(
            seconds = skew / 1000,
            "this machine's clock differs from the store's; requests are dated by the store's"
        );
        true
    }

    fn remember_region(&self, bucket: &str, region: &str) -> bool {
        let mut regions = self.0.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = regions.get(bucket).map_or(self.region(), String::as_str);
        if known == region || regions.len() >= REGIONS_MAX {
            return false;
        }
        regions.insert(bucket.to_owned(), region.to_owned());
        true
    }

    /// Region and address of a request.
    fn place(&self, bucket: Option<&str>, key: Option<&str>) -> (String, Address) {
        let regions = self.0.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let options = &self.0.options;
        match bucket.and_then(|bucket| regions.get(bucket)) {
            Some(region) if options.endpoint == Endpoint::aws(&options.region) => {
                (region.clone(), Endpoint::aws(region).address(bucket, key))
            }
            Some(region) => (region.clone(), options.endpoint.address(bucket, key)),
            None => (options.region.clone(), options.endpoint.address(bucket, key)),
        }
    }

    /// Now, by the store's clock as far as it is known.
    fn now(&self) -> Timestamp {
        let skew = self.0.skew_ms.load(Ordering::Relaxed);
        Timestamp(self.ground().now().0.saturating_add_signed(skew))
    }

    /// Presigns a URL for a method on an object or bucket that lives for `expires`.
    ///
    /// # Errors
    /// [`CallError::Credentials`], [`CallError::Unsendable`].
    pub async fn presign(&self, call: &Call, expires: Duration) -> Result<String, CallError> {
        let unsendable = |why: String| CallError::Unsendable { action: call.action, why };
        let provider = self.0.options.credentials.as_ref();
        let provider = provider.ok_or_else(|| unsendable("a URL without a signature needs none".into()))?;
        let credentials = provider.credentials().await?;
        let (region, address) = self.place(call.bucket.as_deref(), call.key.as_deref());
        let mut query = call.query.clone();
        if let Some(token) = &credentials.session_token {
            query.push(("X-Amz-Security-Token".into(), token.expose().to_owned()));
        }
        let query = query_text(&query);
        let signed = SignedRequest {
            method: call.method.as_str(),
            raw_path: &address.path,
            raw_query: &query,
            headers: &call.headers,
            host: &address.authority,
            host_bucket: None,
        };
        let presigned = signer(&credentials, region).presign(&signed, expires, self.now());
        let query = presigned.map_err(|error| unsendable(error.to_string()))?;
        let scheme = if self.endpoint().is_https() { "https" } else { "http" };
        Ok(format!("{scheme}://{}{}?{query}", address.authority, address.path))
    }

    async fn exchange(&self, call: Call) -> Result<Answer, CallError> {
        let (action, patience) = (call.action, call.patience);
        let watch = Watch::new(tokio::time::Instant::now());
        let request = self.request(call, watch.clone()).await?;
        let answer = self.0.transport.send(action, request, watch, patience).await?;
        match answer.status {
            200..=299 => Ok(answer),
            _ => Err(answer.into_error().await),
        }
    }

    /// Addresses, frames and signs.
    async fn request(&self, call: Call, watch: Watch) -> Result<Request<PayloadBody>, CallError> {
        let action = call.action;
        let unsendable = |why: String| CallError::Unsendable { action, why };
        let (region, address) = self.place(call.bucket.as_deref(), call.key.as_deref());
        let query = query_text(&call.query);
        let mut headers = call.headers;
        let plan = PayloadPlan::of(&call.payload, self.signs_chunks());
        plan.put_headers(&mut headers, &call.payload);
        let mut chunks = None;
        if let Some(provider) = &self.0.options.credentials {
            let credentials = provider.credentials().await?;
            if let Some(token) = &credentials.session_token {
                let mut token = HeaderValue::from_str(token.expose()).map_err(|_| {
                    unsendable("the session token has characters that headers cannot carry".into())
                })?;
                token.set_sensitive(true);
                headers.insert("x-amz-security-token", token);
            }
            let signed = SignedRequest {
                method: call.method.as_str(),
                raw_path: &address.path,
                raw_query: &query,
                headers: &headers,
                host: &address.authority,
                host_bucket: None,
            };
            let hash = plan.hash(&call.payload);
            let signing = signer(&credentials, region).sign(&signed, &hash, self.now());
            let (added, chunk_signing) = signing.map_err(|error| unsendable(error.to_string()))?;
            headers.extend(added);
            chunks = Some(chunk_signing);
        }
        let body = PayloadBody::new(call.payload, plan.framing(chunks), watch);
        if body.len() > 0 || matches!(call.method, Method::PUT | Method::POST) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        headers.insert(
            HOST,
            HeaderValue::from_str(&address.authority).map_err(|error| unsendable(error.to_string()))?,
        );
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("drystone/", env!("CARGO_PKG_VERSION"))));
        let scheme = if self.endpoint().is_https() { "https" } else { "http" };
        let question = if query.is_empty() { "" } else { "?" };
        let uri = format!("{scheme}://{}{}{question}{query}", address.authority, address.path);
        let mut request = Request::builder()
            .method(call.method)
            .uri(uri)
            .body(body)
            .map_err(|error| unsendable(error.to_string()))?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// Are bodies that stream signed, chunk by chunk?
    fn signs_chunks(&self) -> bool {
        let options = &self.0.options;
        options.credentials.is_some()
            && match options.payload_signing {
                PayloadSigning::Always => true,
                PayloadSigning::Never => false,
                PayloadSigning::Auto => !options.endpoint.is_https() && !options.endpoint.is_loopback(),
            }
    }
}

fn signer(credentials: &Credentials, region: String) -> Signer {
    Signer { access_key_id: credentials.access_key_id.clone(), secret: credentials.secret.clone(), region }
}

fn query_text(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", encode_query(name), encode_query(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Everything but unreserved characters, slashes too.
fn encode_query(text: &str) -> String {
    encode_list(text).replace('/', "%2F").replace('+', "%20")
}

fn action_of(error: &CallError) -> &'static str {
    error.service().map_or("request", |error| error.action)
}

impl Call {
    /// A copy with this payload.
    fn with(&self, payload: Payload) -> Self {
        Self {
            action: self.action,
            method: self.method.clone(),
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            payload,
            patience: self.patience,
        }
    }

    fn split(mut self) -> (Self, Payload) {
        let payload = std::mem::replace(&mut self.payload, Payload::Empty);
        (self, payload)
    }
}
