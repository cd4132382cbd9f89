//! The admin API: JSON under `/-/api/v1/`, signed like any S3 request, for administrators only. docs/ADMIN-API.md lists it.

mod buckets;
mod error;
mod failed_logins;
mod route;
mod view;

use drystone_access::{AccessRequest, Action, NoConditions, Principal, Resource, authorise};
use drystone_identity::{Caller, Identities};
use drystone_store::{Entropy, Store};
use drystone_types::limits;
use drystone_wire::auth::{AuthError, AuthOptions, Authenticated, PayloadMode, SignedRequest, Via, verify};
use drystone_wire::{ErrorCode, Query};
use http::header::{CONNECTION, CONTENT_TYPE, EXPECT, HOST, HeaderValue};
use http::request::Parts;
use hyper::Request;
use hyper::body::Incoming;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};

use crate::body::{HttpBody, RequestBody, drain};
use crate::peer::TrustedProxies;
use crate::respond::{self, HttpResponse};
pub(crate) use error::ApiError;
use failed_logins::FailedLogins;

const NEEDS_HASH: &str = "x-amz-content-sha256 must be the SHA-256 of the body";

/// Where the admin API lives.
pub const PREFIX: &str = "/-/api/v1/";

/// The admin API over the identities of a store.
pub struct AdminApi {
    store: Arc<Store>,
    identities: Arc<Identities>,
    auth_options: AuthOptions,
    proxies: TrustedProxies,
    entropy: Arc<dyn Entropy>,
    stall: Duration,
    failures: FailedLogins,
}

/// A request of somebody who may make it.
pub(crate) struct Call<'a> {
    api: &'a AdminApi,
    caller: &'a Caller,
    query: &'a Query,
    body: &'a [u8],
}

impl AdminApi {
    /// The API; `stall` is how long a body may pause.
    pub fn new(
        store: Arc<Store>,
        identities: Arc<Identities>,
        proxies: TrustedProxies,
        entropy: Arc<dyn Entropy>,
        stall: Duration,
    ) -> Self {
        let auth_options = AuthOptions::default();
        Self { store, identities, auth_options, proxies, entropy, stall, failures: FailedLogins::default() }
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request<Incoming>) -> HttpResponse {
        let request_id = format!("{:016X}", self.entropy.random_u128() >> 64);
        let (head, incoming) = request.into_parts();
        let (body, leftover) = HttpBody::new(incoming);
        let result = self.perform(&head, body).await;
        let mut response = match result {
            Ok(Value::Null) => respond::empty(204),
            Ok(value) => json_answer(200, &value),
            Err(error) => refuse(&error, &request_id),
        };
        if let Ok(leftover) = leftover.await
            && !drain(leftover, head.headers.contains_key(EXPECT)).await
        {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        respond::set(&mut response, "x-amz-request-id", &request_id);
        respond::set(&mut response, "cache-control", "no-store");
        let status = response.status().as_u16();
        info!(target: "admin", status, request_id, method = %head.method, path = head.uri.path());
        response
    }

    async fn perform(&self, head: &Parts, body: HttpBody) -> Result<Value, ApiError> {
        let address = self.proxies.client(head).address;
        let (caller, authenticated) = self.log_in(head, address)?;
        let path = head.uri.path().strip_prefix(PREFIX).ok_or(ApiError::NoSuchRoute)?;
        let names = route::names(path)?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let query = Query::parse(head.uri.query().unwrap_or("")).map_err(|_| ApiError::NoSuchRoute)?;
        if names != ["me"] {
            let is_read = head.method == http::Method::GET;
            let action = if is_read { Action::AdminRead } else { Action::AdminWrite };
            if !self.is_allowed(&caller.principal, action) {
                return Err(ApiError::Forbidden(action.name()));
            }
        }
        if !matches!(authenticated.payload, PayloadMode::Hash(_)) {
            return Err(ApiError::Bad(NEEDS_HASH.into()));
        }
        let body = RequestBody::new(body, &head.headers, &authenticated, self.stall);
        let (body, _) = body.read_all(limits::ADMIN_BODY_MAX_BYTES).await.map_err(ApiError::Body)?;
        let call = Call { api: self, caller: &caller, query: &query, body: &body };
        call.perform(head.method.as_str(), &names).await
    }

    /// Who signed, or why nobody did. Wrong credentials are answered alike and counted, and those of an address that sent too
    /// many of them are answered to wait (S5, S13). Who signs rightly is always let in, or others behind the same address could
    /// keep an administrator out; so is nobody counted who tries no credentials.
    fn log_in(&self, head: &Parts, address: IpAddr) -> Result<(Caller, Authenticated), ApiError> {
        let now = self.store.now();
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let request = SignedRequest {
            method: head.method.as_str(),
            raw_path: head.uri.path(),
            raw_query: head.uri.query().unwrap_or(""),
            headers: &head.headers,
            host,
            host_bucket: None,
        };
        let keys = self.identities.keys();
        match verify(&request, &keys, now, &self.auth_options) {
            Ok(authenticated) if authenticated.via == Via::Header => Ok((keys.into_caller(), authenticated)),
            Ok(_) => Err(ApiError::Bad("sign with the Authorization header".into())),
            Err(AuthError::RequestTimeTooSkewed { .. }) => {
                Err(ApiError::Unauthenticated(ErrorCode::RequestTimeTooSkewed.default_message()))
            }
            Err(AuthError::MissingContentSha256 | AuthError::InvalidContentSha256(_)) => {
                Err(ApiError::Bad(NEEDS_HASH.into()))
            }
            Err(AuthError::Anonymous) => {
                Err(ApiError::Unauthenticated("The credentials are missing or wrong."))
            }
            Err(error) => {
                if let Some(seconds) = self.failures.must_wait(address, now) {
                    return Err(ApiError::TooManyFailures(seconds));
                }
                self.failures.count(address, now);
                warn!(target: "admin", %address, "refused a login: {}", kind(&error));
                Err(ApiError::Unauthenticated("The credentials are missing or wrong."))
            }
        }
    }

    /// Administrators are the root of the store's own account, and its users whom a policy allows it. No policy of another
    /// account gives these rights.
    pub(crate) fn is_allowed(&self, principal: &Principal, action: Action) -> bool {
        let snapshot = self.identities.snapshot();
        let is_own = principal.account().is_some_and(|account| account.id == snapshot.root_account().id);
        let request = AccessRequest {
            principal,
            action,
            resource: &Resource::Service,
            conditions: &NoConditions,
            now: self.store.now(),
            bucket: None,
            object: None,
            is_initiator: false,
        };
        is_own && authorise(&request).allowed
    }
}

/// What went wrong, without anything that a client sent.
fn kind(error: &AuthError) -> &'static str {
    match error {
        AuthError::InvalidAccessKeyId(_) => "unknown or disabled key",
        AuthError::SignatureDoesNotMatch(_) => "wrong signature",
        AuthError::InvalidToken | AuthError::ExpiredToken => "bad token",
        _ => "malformed credentials",
    }
}

fn json_answer(status: u16, value: &Value) -> HttpResponse {
    let mut response = respond::with_body(status, value.to_string());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn refuse(error: &ApiError, request_id: &str) -> HttpResponse {
    if error.status() >= 500 {
        warn!(target: "admin", request_id, error = error as &dyn std::error::Error, "failed");
    }
    let body = json!({ "error": { "code": error.code(), "message": error.to_string() } });
    let mut response = json_answer(error.status(), &body);
    if let ApiError::TooManyFailures(seconds) = error {
        respond::set(&mut response, "retry-after", &seconds.to_string());
    }
    response
}
