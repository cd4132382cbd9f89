//! The security token service: AssumeRole and GetCallerIdentity, for those who sign (S12).
//! At `POST /`, and at `GET /` with an Action.

use drystone_access::Action;
use drystone_identity::{Caller, CallerKeys, IdentityError, SessionRequest};
use drystone_types::limits;
use drystone_wire::auth::{AuthError, Authenticated, PayloadMode, Via};
use drystone_wire::sts::{AssumeRoleResponse, StsError, StsRequest, caller_identity, parse};
use http::Method;
use http::request::Parts;

use crate::authorise::is_denied;
use crate::body::{HttpBody, RequestBody};
use crate::dispatch::S3Service;
use crate::respond::{self, HttpResponse};

/// Answers one request.
pub(crate) async fn answer(
    service: &S3Service,
    head: &Parts,
    host: &str,
    body: HttpBody,
    keys: CallerKeys,
    request_id: &str,
) -> HttpResponse {
    let mut response = match perform(service, head, host, body, keys, request_id).await {
        Ok(document) => respond::with_body(200, document),
        Err(error) => respond::with_body(error.status, error.to_xml(request_id)),
    };
    respond::set(&mut response, "content-type", "text/xml");
    respond::set(&mut response, "x-amzn-requestid", request_id);
    respond::set(&mut response, "cache-control", "no-store");
    response
}

async fn perform(
    service: &S3Service,
    head: &Parts,
    host: &str,
    body: HttpBody,
    keys: CallerKeys,
    request_id: &str,
) -> Result<String, StsError> {
    // The signature covers the body, so that has to be read first; who sends none is refused before.
    if !head.headers.contains_key(http::header::AUTHORIZATION) {
        return Err(refusal(&AuthError::Anonymous));
    }
    let unchecked = Authenticated {
        access_key_id: String::new(),
        payload: PayloadMode::Unsigned,
        seed: None,
        region: String::new(),
        via: Via::Anonymous,
        signed_headers: Vec::new(),
    };
    let body = RequestBody::new(body, &head.headers, &unchecked, service.options.body_stall);
    let (form, _) = body
        .read_all(limits::ADMIN_BODY_MAX_BYTES)
        .await
        .map_err(|error| StsError::new(error.status(), "MalformedInput", error.message))?;
    service.verify_sts(head, host, &form, &keys).map_err(|error| refusal(&error))?;
    let caller = keys.into_caller();
    let is_get = head.method == Method::GET;
    let form = if is_get { head.uri.query().unwrap_or_default().as_bytes() } else { &form };
    match parse(form)? {
        StsRequest::GetCallerIdentity => Ok(identity(&caller, request_id)),
        StsRequest::AssumeRole { role_arn, session_name, duration, policy, policy_arns } => {
            let session = SessionRequest { duration, name: session_name, policy, policy_arns };
            assume_role(service, &caller, &role_arn, &session, request_id)
        }
    }
}

fn assume_role(
    service: &S3Service,
    caller: &Caller,
    role_arn: &str,
    session: &SessionRequest,
    request_id: &str,
) -> Result<String, StsError> {
    let arn = caller.principal.arn().unwrap_or_default();
    if caller.principal.session().is_some() {
        return Err(StsError::access_denied("A session cannot assume a role; its parent can."));
    }
    if is_denied(&caller.principal, Action::AssumeRole, service.store.now()) {
        return Err(StsError::access_denied(format!(
            "User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        )));
    }
    let made = service.identities.new_session(caller, session).map_err(|error| match error {
        IdentityError::Invalid(why) => StsError::new(400, "MalformedPolicyDocument", why),
        IdentityError::NotFound(_) | IdentityError::TooMany { .. } => {
            StsError::new(400, "ValidationError", error.to_string())
        }
        other => StsError::new(500, "InternalFailure", other.to_string()),
    })?;
    let number = caller.principal.account().map_or("", |account| account.number.as_str());
    let role = role_arn.rsplit('/').next().unwrap_or_default();
    let answer = AssumeRoleResponse {
        access_key_id: &made.access_key_id,
        secret: &made.secret,
        token: &made.token,
        expires: made.expires,
        assumed_role_id: &format!("{}:{}", caller.holder, session.name),
        arn: &format!("arn:aws:sts::{number}:assumed-role/{role}/{}", session.name),
    };
    Ok(answer.to_xml(request_id))
}

fn identity(caller: &Caller, request_id: &str) -> String {
    let number = caller.principal.account().map_or("", |account| account.number.as_str());
    caller_identity(&caller.holder, number, &caller.principal.arn().unwrap_or_default(), request_id)
}

/// What a failed check of the signature answers.
fn refusal(error: &AuthError) -> StsError {
    match error {
        AuthError::Anonymous => {
            StsError::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        }
        AuthError::InvalidAccessKeyId(_) | AuthError::InvalidToken => StsError::new(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ),
        AuthError::ExpiredToken => {
            StsError::new(403, "ExpiredToken", "The security token included in the request is expired")
        }
        AuthError::SignatureDoesNotMatch(_) => StsError::new(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        ),
        AuthError::RequestTimeTooSkewed { .. } => {
            StsError::new(403, "RequestExpired", "The time of the request is too far from the server's.")
        }
        other => StsError::new(400, "IncompleteSignature", other.to_string()),
    }
}
