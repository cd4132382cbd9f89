//! Dispatch: one request, from its head to its answer. Parse once, authenticate, then hand to the action.

use drystone_identity::{Caller, CallerKeys, Identities};
use drystone_store::{Entropy, Store};
use drystone_types::BucketName;
use drystone_wire::auth::{
    AuthError, AuthOptions, Authenticated, SignedRequest, Via, anonymous, verify, verify_sts,
};
use drystone_wire::headers::with_hoisted;
use drystone_wire::operation::Style;
use drystone_wire::post::{PostForm, verify_form};
use drystone_wire::sigv4::sign::sha256;
use drystone_wire::{ErrorCode, Operation, Query, Route, S3Error, route};
use http::header::{CONNECTION, EXPECT, HeaderValue, ORIGIN};
use http::{HeaderMap, Method};
use http_body::Body as _;
use hyper::Request;
use hyper::body::Incoming;
use std::borrow::Cow;
use std::sync::Arc;
use tracing::info;

use crate::access_log::{self, Ended, LogSink, Observed};
use crate::auth;
use crate::authorise::{Granted, RulesCache};
use crate::body::{HttpBody, RequestBody, drain};
use crate::context::Context;
use crate::head::{check_head_size, check_transfer_encoding, one_host};
use crate::notification::{LifecycleEvents, WebhookNames};
use crate::options::S3Options;
use crate::post_form;
use crate::respond::{self, HttpResponse};
use crate::server::AsyncHandler;
use crate::sts;

/// The S3 service over a store.
pub struct S3Service {
    pub(crate) store: Arc<Store>,
    pub(crate) options: S3Options,
    pub(crate) identities: Arc<Identities>,
    pub(crate) rules: RulesCache,
    auth_options: AuthOptions,
    entropy: Arc<dyn Entropy>,
    pub(crate) host_id: String,
    access_log: Option<Arc<dyn LogSink>>,
    pub(crate) webhooks: WebhookNames,
}

impl S3Service {
    /// A service; `identities` says who there is.
    pub fn new(
        store: Arc<Store>,
        identities: Arc<Identities>,
        options: S3Options,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let region = options.strict_region.then(|| options.region.clone());
        let auth_options = AuthOptions { region, sigv2: options.sigv2 };
        let host_id = format!("{:032x}", entropy.random_u128());
        Self {
            store,
            options,
            identities,
            rules: RulesCache::default(),
            auth_options,
            entropy,
            host_id,
            access_log: None,
            webhooks: WebhookNames::default(),
        }
    }

    /// Tells events, and lets buckets name webhooks of these names.
    #[must_use]
    pub fn with_webhooks(mut self, names: WebhookNames) -> Self {
        self.store.tell_by(Arc::new(LifecycleEvents));
        self.webhooks = names;
        self
    }

    /// An id that nobody has.
    pub(crate) fn fresh_id(&self) -> String {
        format!("{:032x}", self.entropy.random_u128())
    }

    /// x-amz-id-2 of every answer.
    pub fn host_id(&self) -> &str {
        &self.host_id
    }

    /// Writes a line per request to `sink`.
    #[must_use]
    pub fn with_access_log(mut self, sink: Option<Arc<dyn LogSink>>) -> Self {
        self.access_log = sink;
        self
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request<Incoming>) -> HttpResponse {
        let request_id = format!("{:016X}", self.entropy.random_u128() >> 64);
        let (head, incoming) = request.into_parts();
        let is_head = head.method == Method::HEAD;
        let expects_continue = head.headers.contains_key(EXPECT);
        let gets_no_continue = expects_continue && incoming.is_end_stream();
        let started = self.store.now();
        let (body, leftover) = HttpBody::new(incoming);
        let mut observed = Observed::new(self.access_log.is_some());
        let result = self.perform(&head, body, &request_id, &mut observed).await;
        let operation = observed.operation;
        let (mut response, error) = match result {
            Ok(response) => (response, None),
            Err(error) => {
                respond::note(&error, operation, &request_id);
                let mut response = respond::error_response(&error, is_head, &request_id, &self.host_id);
                if is_head && error.code == ErrorCode::NoSuchBucket {
                    respond::set(&mut response, "x-amz-bucket-region", &self.options.region);
                }
                (response, Some(error))
            }
        };
        let whole = match leftover.await {
            Ok(leftover) => drain(leftover, expects_continue).await,
            Err(_) => true,
        };
        // botocore before 1.44 answers the connection's next request with a status that came instead of a `100 Continue`
        if !whole || gets_no_continue {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(bucket) = &observed.cors_bucket {
            self.set_cors(&head, bucket, &mut response).await;
        }
        respond::set(&mut response, "x-amz-request-id", &request_id);
        respond::set(&mut response, "x-amz-id-2", &self.host_id);
        response.headers_mut().insert(http::header::SERVER, HeaderValue::from_static("Drystone"));
        let status = response.status().as_u16();
        let ms = u64::try_from(self.store.now().since(started).as_millis()).unwrap_or(u64::MAX);
        info!(target: "access", operation, status, request_id, ms, method = %head.method, path = head.uri.path());
        let Some(sink) = &self.access_log else { return response };
        let ended = Ended {
            head: &head,
            error: error.as_ref(),
            started,
            request_id: &request_id,
            host_id: &self.host_id,
            region: &self.options.region,
        };
        access_log::logged(observed, &ended, response, sink, &self.store)
    }

    async fn perform(
        &self,
        head: &http::request::Parts,
        body: HttpBody,
        request_id: &str,
        observed: &mut Observed,
    ) -> Result<HttpResponse, S3Error> {
        let raw_path = head.uri.path();
        let raw_query = head.uri.query().unwrap_or("");
        check_head_size(head)?;
        check_transfer_encoding(&head.headers)?;
        let host = one_host(head)?;
        if let Some(address) = self.preflight_address(head, &host)? {
            observed.preflight(&address);
            return self.preflight(head, &address).await;
        }
        let headers = with_hoisted(&head.headers, &Query::parse(raw_query)?)?;
        let routed = route(&head.method, Some(&host), raw_path, raw_query, &headers, &self.options.domains);
        if let Ok(route) = &routed {
            observed.routed(&head.method, route);
            observed.cors_bucket = route.bucket.clone().filter(|_| head.headers.contains_key(ORIGIN));
        }
        let stall = self.options.body_stall;
        let keys = self.identities.keys();
        if routed.as_ref().is_ok_and(|route| route.operation == Operation::SecurityToken) {
            return Ok(sts::answer(self, head, &host, body, keys, request_id).await);
        }
        let is_form = routed.as_ref().is_ok_and(|route| route.operation == Operation::PostObject);
        let (authenticated, route, headers, body, form) = if is_form {
            self.refuse_other_credentials(head, &host, &keys)?;
            let body = RequestBody::of_form(body, &head.headers, stall);
            let received = post_form::receive(self, &keys, &head.headers, routed?, body).await?;
            let headers = Cow::Owned(received.headers);
            (received.authenticated, received.route, headers, received.file, Some(received.form))
        } else {
            let authenticated = self.authenticate(head, &host, routed.as_ref().ok(), &keys)?;
            let body = RequestBody::new(body, &headers, &authenticated, stall);
            (authenticated, routed?, headers, body, None)
        };
        let snapshot = Arc::clone(keys.snapshot());
        let caller = match authenticated.via {
            Via::Anonymous => Caller::anonymous(),
            _ => keys.into_caller(),
        };
        observed.signed(&route, authenticated.via, &caller);
        let context = Context {
            service: self,
            method: &head.method,
            store: &self.store,
            route: &route,
            query: &route.query,
            headers: &headers,
            caller: &caller,
            snapshot: &snapshot,
            via: authenticated.via,
            peer: self.options.trusted_proxies.client(head),
            granted: Granted::default(),
            host: &host,
            request_id,
            form: form.as_ref(),
        };
        let authorised = context.authorise().await;
        if let Some(owner) = context.bucket_owner() {
            observed.owned(owner);
        }
        authorised?;
        self.options.sse_c_over_http.check(&headers, context.peer)?;
        context.perform(body).await.map_err(|error| context.hiding(error))
    }

    /// A POST form brings its credentials in its fields; others beside them would leave open who signed.
    fn refuse_other_credentials(
        &self,
        head: &http::request::Parts,
        host: &str,
        keys: &CallerKeys,
    ) -> Result<(), S3Error> {
        match self.verify(head, host, None, keys) {
            Err(AuthError::Anonymous) => Ok(()),
            _ => Err(auth::refusal(AuthError::MultipleMechanisms)),
        }
    }

    /// Who signed a POST form; nobody, when it carries no credentials.
    pub(crate) fn authenticate_form(
        &self,
        form: &PostForm,
        keys: &CallerKeys,
    ) -> Result<Authenticated, S3Error> {
        match verify_form(form, keys, self.store.now(), &self.auth_options) {
            Err(AuthError::Anonymous) => anonymous(&HeaderMap::new()).map_err(auth::refusal),
            verified => verified.map_err(auth::refusal),
        }
    }

    /// Who signed; nobody, when there are no credentials. What nobody may do is refused when it is authorised.
    fn authenticate(
        &self,
        head: &http::request::Parts,
        host: &str,
        route: Option<&Route>,
        keys: &CallerKeys,
    ) -> Result<Authenticated, S3Error> {
        match self.verify(head, host, route, keys) {
            Err(AuthError::Anonymous) => anonymous(&head.headers).map_err(auth::refusal),
            verified => verified.map_err(auth::refusal),
        }
    }

    fn verify(
        &self,
        head: &http::request::Parts,
        host: &str,
        route: Option<&Route>,
        keys: &CallerKeys,
    ) -> Result<Authenticated, AuthError> {
        let virtual_bucket = route.filter(|route| route.style == Style::VirtualHosted);
        let host_bucket = virtual_bucket.and_then(|route| route.bucket.as_ref());
        let signed = signed_request(head, host, host_bucket);
        verify(&signed, keys, self.store.now(), &self.auth_options)
    }

    /// Who signed a request to the security token service with this body.
    pub(crate) fn verify_sts(
        &self,
        head: &http::request::Parts,
        host: &str,
        body: &[u8],
        keys: &CallerKeys,
    ) -> Result<Authenticated, AuthError> {
        let signed = signed_request(head, host, None);
        verify_sts(&signed, sha256(body), keys, self.store.now(), &self.auth_options)
    }
}

fn signed_request<'a>(
    head: &'a http::request::Parts,
    host: &'a str,
    host_bucket: Option<&'a BucketName>,
) -> SignedRequest<'a> {
    SignedRequest {
        method: head.method.as_str(),
        raw_path: head.uri.path(),
        raw_query: head.uri.query().unwrap_or(""),
        headers: &head.headers,
        host,
        host_bucket: host_bucket.map(BucketName::as_str),
    }
}

impl AsyncHandler for S3Service {
    async fn handle(&self, request: Request<Incoming>) -> HttpResponse {
        self.answer(request).await
    }
}
