//! Dispatch: one request, from its head to its answer. Parse once, authenticate, then hand to the action.

use drystone_access::ObjectOwnership;
use drystone_identity::{Caller, CallerKeys, Identities};
use drystone_store::{Entropy, Store};
use drystone_types::{BucketName, limits};
use drystone_wire::auth::{
    AuthError, AuthOptions, Authenticated, SignedRequest, Via, anonymous, verify, verify_sts,
};
use drystone_wire::headers::{check_supported, with_hoisted};
use drystone_wire::operation::Style;
use drystone_wire::post::{PostForm, verify_form};
use drystone_wire::sigv4::sign::sha256;
use drystone_wire::{ErrorCode, Operation, Query, Route, S3Error, route};
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderValue, ORIGIN, TRANSFER_ENCODING};
use http::{HeaderMap, Method};
use http_body::Body as _;
use hyper::Request;
use hyper::body::Incoming;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tracing::info;

use crate::access_log::{self, Ended, LogSink, Observed};
use crate::auth;
use crate::authorise::{Granted, RulesCache};
use crate::body::{HttpBody, RequestBody, drain};
use crate::context::Context;
use crate::encryption::SseCOverHttp;
use crate::notification::{LifecycleEvents, WebhookNames};
use crate::op;
use crate::peer::TrustedProxies;
use crate::post_form;
use crate::respond::{self, HttpResponse};
use crate::server::AsyncHandler;
use crate::sts;

/// What an operator may set at this door.
#[derive(Clone, Debug)]
pub struct S3Options {
    /// The region that answers name; also the only one accepted in signatures when `strict_region`.
    pub region: String,
    /// Refuse signatures of other regions.
    pub strict_region: bool,
    /// Host names under which buckets are sub-domains.
    pub domains: Vec<String>,
    /// Is this door behind TLS? Locations then begin with https.
    pub tls: bool,
    /// Accept presigned SigV2 URLs (b217).
    pub sigv2: bool,
    /// From whom SSE-C keys are taken without TLS (b201).
    pub sse_c_over_http: SseCOverHttp,
    /// A request body may pause this long.
    pub body_stall: Duration,
    /// Proxies whose X-Forwarded-For is believed (S26).
    pub trusted_proxies: TrustedProxies,
    /// What new buckets begin with.
    pub new_buckets: NewBuckets,
    /// A Complete that takes longer gets its 200 early, and whitespace at this interval (b123).
    pub keepalive_after: Duration,
}

impl Default for S3Options {
    fn default() -> Self {
        Self {
            region: "us-east-1".into(),
            strict_region: false,
            domains: Vec::new(),
            tls: false,
            sigv2: true,
            sse_c_over_http: SseCOverHttp::default(),
            body_stall: limits::BODY_STALL_TIMEOUT,
            trusted_proxies: TrustedProxies::default(),
            new_buckets: NewBuckets::default(),
            keepalive_after: limits::COMPLETE_KEEPALIVE_AFTER,
        }
    }
}

/// Settings of new buckets, where the request does not say otherwise.
#[derive(Clone, Copy, Debug)]
pub struct NewBuckets {
    /// Object ownership; `None` for no controls, as buckets on AWS had before 2023.
    pub object_ownership: Option<ObjectOwnership>,
    /// All four settings of Block Public Access.
    pub block_public_access: bool,
}

impl Default for NewBuckets {
    /// As on AWS.
    fn default() -> Self {
        Self { object_ownership: Some(ObjectOwnership::BucketOwnerEnforced), block_public_access: true }
    }
}

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

    /// Tells events to webhooks of these names.
    #[must_use]
    pub fn with_webhooks(mut self, names: WebhookNames) -> Self {
        self.store.tell_by(Arc::new(LifecycleEvents(Arc::clone(&names))));
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

/// hyper bounds the head by its read buffer, which serves bodies too and is larger than any head needs to be.
fn check_head_size(head: &http::request::Parts) -> Result<(), S3Error> {
    let headers: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let target = head.uri.path().len() + head.uri.query().map_or(0, str::len);
    if headers + target > limits::HEADER_BYTES_MAX {
        return Err(S3Error::new(ErrorCode::RequestHeaderSectionTooLarge)
            .field("MaxSizeAllowed", limits::HEADER_BYTES_MAX.to_string()));
    }
    Ok(())
}

/// Only `chunked`, and no length beside it: any other coding would be stored as it stands, and a proxy in front might see
/// another message than we do.
fn check_transfer_encoding(headers: &HeaderMap) -> Result<(), S3Error> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            if headers.contains_key(CONTENT_LENGTH) {
                return Err(S3Error::invalid_request("A request has a length or is chunked, not both"));
            }
            Ok(())
        }
        _ => Err(S3Error::not_implemented("Transfer-Encoding")),
    }
}

/// The one Host of a request: several, or an absolute target that names another, are refused, so that no two parsers can
/// disagree about the bucket.
fn one_host(head: &http::request::Parts) -> Result<String, S3Error> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    let refuse = |what: &'static str| Err(S3Error::new(ErrorCode::InvalidRequest).message(what));
    if second.is_some() {
        return refuse("The request has more than one Host header");
    }
    let host = match first.map(|host| host.to_str()) {
        Some(Ok(host)) => host,
        Some(Err(_)) => return refuse("The Host header is not valid"),
        None => head.uri.authority().map_or("", |authority| authority.as_str()),
    };
    match head.uri.authority() {
        Some(authority) if authority.as_str() != host => {
            refuse("The request target and the Host header differ")
        }
        _ => Ok(host.to_owned()),
    }
}

impl Context<'_> {
    async fn perform(&self, body: RequestBody) -> Result<HttpResponse, S3Error> {
        let operation = self.route.operation;
        check_supported(self.headers)?;
        let body = match operation {
            Operation::CreateBucket
            | Operation::DeleteObjects
            | Operation::PutBucketEncryption
            | Operation::PutBucketLifecycleConfiguration
            | Operation::PutBucketTagging
            | Operation::PutBucketVersioning
            | Operation::PutBucketAcl
            | Operation::PutObjectAcl
            | Operation::PutBucketPolicy
            | Operation::PutBucketOwnershipControls
            | Operation::PutPublicAccessBlock
            | Operation::PutBucketCors
            | Operation::PutBucketNotificationConfiguration
            | Operation::NotConfigured(_)
            | Operation::PutObject
            | Operation::PostObject
            | Operation::PutObjectLegalHold
            | Operation::PutObjectLockConfiguration
            | Operation::PutObjectRetention
            | Operation::PutObjectTagging
            | Operation::RestoreObject
            | Operation::UploadPart
            | Operation::CompleteMultipartUpload => body,
            _ => body.ignore().await?,
        };
        match operation {
            Operation::ListBuckets => op::list_buckets::handle(self).await,
            Operation::CreateBucket => op::create_bucket::handle(self, body).await,
            Operation::HeadBucket => op::head_bucket::handle(self).await,
            Operation::DeleteBucket => op::delete_bucket::handle(self).await,
            Operation::GetBucketLocation => op::get_bucket_location::handle(self).await,
            Operation::ListObjects => op::list_objects::handle(self).await,
            Operation::ListObjectsV2 => op::list_objects_v2::handle(self).await,
            Operation::ListMultipartUploads => op::list_multipart_uploads::handle(self).await,
            Operation::DeleteObjects => op::delete_objects::handle(self, body).await,
            Operation::ListObjectVersions => op::list_object_versions::handle(self).await,
            Operation::GetBucketVersioning => op::get_bucket_versioning::handle(self).await,
            Operation::PutBucketVersioning => op::put_bucket_versioning::handle(self, body).await,
            Operation::GetBucketAcl => Ok(op::get_bucket_acl::handle(self)),
            Operation::PutBucketAcl => op::put_bucket_acl::handle(self, body).await,
            Operation::GetObjectAcl => op::get_object_acl::handle(self).await,
            Operation::PutObjectAcl => op::put_object_acl::handle(self, body).await,
            Operation::GetBucketPolicy => op::get_bucket_policy::handle(self).await,
            Operation::PutBucketPolicy => op::put_bucket_policy::handle(self, body).await,
            Operation::DeleteBucketPolicy => op::delete_bucket_policy::handle(self).await,
            Operation::GetBucketPolicyStatus => Ok(op::get_bucket_policy_status::handle(self)),
            Operation::GetBucketOwnershipControls => op::get_bucket_ownership_controls::handle(self).await,
            Operation::PutBucketOwnershipControls => {
                op::put_bucket_ownership_controls::handle(self, body).await
            }
            Operation::DeleteBucketOwnershipControls => {
                op::delete_bucket_ownership_controls::handle(self).await
            }
            Operation::GetPublicAccessBlock => op::get_public_access_block::handle(self).await,
            Operation::PutPublicAccessBlock => op::put_public_access_block::handle(self, body).await,
            Operation::DeletePublicAccessBlock => op::delete_public_access_block::handle(self).await,
            Operation::GetBucketEncryption => op::get_bucket_encryption::handle(self).await,
            Operation::PutBucketEncryption => op::put_bucket_encryption::handle(self, body).await,
            Operation::DeleteBucketEncryption => op::delete_bucket_encryption::handle(self).await,
            Operation::GetBucketCors => op::get_bucket_cors::handle(self).await,
            Operation::PutBucketCors => op::put_bucket_cors::handle(self, body).await,
            Operation::GetBucketNotificationConfiguration => {
                op::get_bucket_notification_configuration::handle(self).await
            }
            Operation::PutBucketNotificationConfiguration => {
                op::put_bucket_notification_configuration::handle(self, body).await
            }
            Operation::DeleteBucketCors => op::delete_bucket_cors::handle(self).await,
            Operation::NotConfigured(name) => op::not_configured::handle(self, name, body).await,
            Operation::PutBucketLifecycleConfiguration => {
                op::put_bucket_lifecycle_configuration::handle(self, body).await
            }
            Operation::GetBucketLifecycleConfiguration => {
                op::get_bucket_lifecycle_configuration::handle(self).await
            }
            Operation::DeleteBucketLifecycle => op::delete_bucket_lifecycle::handle(self).await,
            Operation::PutObject => op::put_object::handle(self, body).await,
            Operation::PostObject => op::post_object::handle(self, body).await,
            Operation::GetObject => op::get_object::handle(self).await,
            Operation::HeadObject => op::head_object::handle(self).await,
            Operation::DeleteObject => op::delete_object::handle(self).await,
            Operation::CopyObject => op::copy_object::handle(self).await,
            Operation::GetObjectAttributes => op::get_object_attributes::handle(self).await,
            Operation::CreateMultipartUpload => op::create_multipart_upload::handle(self).await,
            Operation::UploadPart => op::upload_part::handle(self, body).await,
            Operation::UploadPartCopy => op::upload_part_copy::handle(self).await,
            Operation::ListParts => op::list_parts::handle(self).await,
            Operation::CompleteMultipartUpload => op::complete_multipart_upload::handle(self, body).await,
            Operation::AbortMultipartUpload => op::abort_multipart_upload::handle(self).await,
            Operation::GetObjectTagging => op::get_object_tagging::handle(self).await,
            Operation::PutObjectTagging => op::put_object_tagging::handle(self, body).await,
            Operation::DeleteObjectTagging => op::delete_object_tagging::handle(self).await,
            Operation::GetBucketTagging => op::get_bucket_tagging::handle(self).await,
            Operation::PutBucketTagging => op::put_bucket_tagging::handle(self, body).await,
            Operation::DeleteBucketTagging => op::delete_bucket_tagging::handle(self).await,
            Operation::GetObjectLockConfiguration => op::get_object_lock_configuration::handle(self).await,
            Operation::PutObjectLockConfiguration => {
                op::put_object_lock_configuration::handle(self, body).await
            }
            Operation::GetObjectRetention => op::get_object_retention::handle(self).await,
            Operation::PutObjectRetention => op::put_object_retention::handle(self, body).await,
            Operation::GetObjectLegalHold => op::get_object_legal_hold::handle(self).await,
            Operation::PutObjectLegalHold => op::put_object_legal_hold::handle(self, body).await,
            Operation::RestoreObject => op::restore_object::handle(self, body).await,
            Operation::SelectObjectContent => op::select_object_content::handle(self).await,
            Operation::GetObjectTorrent => op::get_object_torrent::handle(self).await,
            other => {
                self.check_bucket().await?;
                Err(S3Error::not_implemented(other.name()))
            }
        }
    }
}
