//! Verifying SigV4: the Authorization header and the presigned query, one path for both.

use super::canonical::{Query, canonical_request, joined_values};
use super::credential::{Components, Credential, header_names, query_error};
use super::sign::{ALGORITHM, ChunkSigning, scope_of, signing_key, string_to_sign};
use super::{hex, hex32};
use crate::auth::{
    AuthError, AuthOptions, Authenticated, KeyName, KeyScope, Keys, PayloadMode, Secret, Service,
    SignatureMismatch, SignedRequest, Via, refused, token_text,
};
use drystone_types::Timestamp;
use drystone_types::limits::{CLOCK_SKEW_MAX, PRESIGN_EXPIRES_MAX_SECONDS};
use std::time::Duration;
use subtle::ConstantTimeEq as _;

const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
const PRESIGNED_PARTS: &str = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
     X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
const ALGORITHMS: &str = "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"";
/// The asymmetric sibling, which we do not have.
pub(crate) const ALGORITHM_V4A: &str = "AWS4-ECDSA-P256-SHA256";

/// Everything a client claims, from whichever place.
struct Claim<'a> {
    via: Via,
    service: &'static str,
    access_key_id: &'a str,
    token: Option<&'a str>,
    region: &'a str,
    /// `YYYYMMDD` of the scope, equal to the day of `amz_date`.
    date: &'a str,
    amz_date: String,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
    payload_hash: &'a str,
    payload: PayloadMode,
    now: Timestamp,
}

/// Verifies `Authorization: AWS4-HMAC-SHA256 {components}`, already known to be the only credentials.
pub(crate) fn header(
    request: &SignedRequest<'_>,
    components: &str,
    query: &Query,
    keys: &dyn Keys,
    now: Timestamp,
    options: &AuthOptions,
    service: &Service,
) -> Result<Authenticated, AuthError> {
    let parts = Components::parse(components)?;
    let credential = Credential::parse(parts.credential, Via::Header, options, service.name())?;
    let (date_text, date) = request_date(request)?;
    credential.check_day(date, Via::Header)?;
    let token = joined_values(request.headers, "x-amz-security-token");
    let token = token_text(token.as_deref())?;

    let signed_headers = header_names(parts.signed_headers, Via::Header)?;
    let computed;
    let payload_hash = match (service, only_header(request, "x-amz-content-sha256")) {
        (Service::Sts { payload }, _) => {
            computed = hex(payload);
            computed.as_str()
        }
        (Service::S3, Value::One(value)) => value,
        (Service::S3, Value::None) => return Err(AuthError::MissingContentSha256),
        (Service::S3, Value::Bad(shown)) => return Err(AuthError::InvalidContentSha256(shown)),
    };
    let payload = payload_mode(payload_hash)?;
    refuse_unsigned_headers(request, &signed_headers, &[])?;
    refuse_skew(date, date_text, now)?;

    let claim = Claim {
        via: Via::Header,
        service: service.name(),
        access_key_id: credential.access_key_id,
        token,
        region: credential.region,
        date: credential.date,
        amz_date: date.amz_date(),
        signed_headers,
        signature: parts.signature,
        payload_hash,
        payload,
        now,
    };
    check_signature(request, &query.canonical(None), &claim, keys)
}

/// Verifies a presigned query, already known to be the only credentials.
pub(crate) fn presigned(
    request: &SignedRequest<'_>,
    query: &Query,
    keys: &dyn Keys,
    now: Timestamp,
    options: &AuthOptions,
) -> Result<Authenticated, AuthError> {
    let part = |name| query.only(name).ok_or_else(|| query_error(PRESIGNED_PARTS));
    let algorithm = part("X-Amz-Algorithm")?;
    let [credential, signature] = [part("X-Amz-Credential")?, part("X-Amz-Signature")?];
    let [date_text, signed_headers, expires] =
        [part("X-Amz-Date")?, part("X-Amz-SignedHeaders")?, part("X-Amz-Expires")?];

    match algorithm {
        ALGORITHM => {}
        ALGORITHM_V4A => return Err(AuthError::NotImplemented("SigV4A")),
        _ => return Err(query_error(ALGORITHMS)),
    }
    let credential = Credential::parse(credential, Via::Presigned, options, Service::S3.name())?;
    let date = Timestamp::parse_amz_date(date_text).ok_or_else(|| {
        query_error("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    })?;
    credential.check_day(date, Via::Presigned)?;
    let expires_seconds = expires_seconds(expires)?;
    let in_header = joined_values(request.headers, "x-amz-security-token");
    let token = presigned_token(query, token_text(in_header.as_deref())?)?;

    let signed_headers = header_names(signed_headers, Via::Presigned)?;
    let (payload_hash, header_is_idle) = presigned_payload_hash(request, query, &signed_headers)?;
    let payload = payload_mode(payload_hash)?;
    if matches!(payload, PayloadMode::StreamingSigned { .. }) {
        return Err(AuthError::StreamingPresigned);
    }
    let exempt: &[&str] = if header_is_idle { &["x-amz-content-sha256"] } else { &[] };
    refuse_unsigned_headers(request, &signed_headers, exempt)?;
    refuse_expired(date, expires_seconds, now)?;

    let claim = Claim {
        via: Via::Presigned,
        service: Service::S3.name(),
        access_key_id: credential.access_key_id,
        token,
        region: credential.region,
        date: credential.date,
        amz_date: date.amz_date(),
        signed_headers,
        signature,
        payload_hash,
        payload,
        now,
    };
    check_signature(request, &query.canonical(Some("X-Amz-Signature")), &claim, keys)
}

/// What a value of x-amz-content-sha256 demands of the body (b208, b209).
pub(crate) fn payload_mode(value: &str) -> Result<PayloadMode, AuthError> {
    match value {
        UNSIGNED_PAYLOAD => Ok(PayloadMode::Unsigned),
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Ok(PayloadMode::StreamingUnsignedTrailer),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Ok(PayloadMode::StreamingSigned { trailer: false }),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Ok(PayloadMode::StreamingSigned { trailer: true }),
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" | "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER" => {
            Err(AuthError::NotImplemented("SigV4A"))
        }
        _ => hex32(value.to_ascii_lowercase().as_bytes())
            .map(PayloadMode::Hash)
            .ok_or_else(|| AuthError::InvalidContentSha256(value.to_owned())),
    }
}

/// The first wall against smuggled headers: every x-amz-* header and `host` has to be covered (b207).
fn refuse_unsigned_headers(
    request: &SignedRequest<'_>,
    signed: &[&str],
    exempt: &[&str],
) -> Result<(), AuthError> {
    let amz = request.headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-amz-"));
    let unsigned = |name: &&str| !signed.contains(name) && !exempt.contains(name);
    let mut names: Vec<String> = amz.chain(["host"]).filter(unsigned).map(str::to_owned).collect();
    names.sort_unstable();
    if names.is_empty() { Ok(()) } else { Err(AuthError::UnsignedHeaders(names)) }
}

/// x-amz-date, or Date when that is absent, as text and as a moment.
fn request_date<'a>(request: &SignedRequest<'a>) -> Result<(&'a str, Timestamp), AuthError> {
    let parsed = match only_header(request, "x-amz-date") {
        Value::One(text) => Timestamp::parse_amz_date(text).map(|date| (text, date)),
        Value::Bad(_) => None,
        Value::None => match only_header(request, "date") {
            Value::One(text) => Timestamp::parse_http_date(text)
                .or_else(|| Timestamp::parse_amz_date(text))
                .map(|date| (text, date)),
            _ => None,
        },
    };
    parsed.ok_or(AuthError::InvalidDate)
}

enum Value<'a> {
    None,
    One(&'a str),
    /// Repeated, or not plain text; what to show of it.
    Bad(String),
}

fn only_header<'a>(request: &SignedRequest<'a>, name: &str) -> Value<'a> {
    let mut values = request.headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Value::None,
        (Some(value), None) => match value.to_str() {
            Ok(text) => Value::One(text),
            Err(_) => Value::Bad(String::from_utf8_lossy(value.as_bytes()).into_owned()),
        },
        (Some(first), Some(second)) => {
            Value::Bad(String::from_utf8_lossy(&[first.as_bytes(), b",", second.as_bytes()].concat()).into())
        }
    }
}

/// What the canonical request of a presigned URL ends with, and whether a header of that name has no say.
///
/// A signed header or a query parameter decides; without them the payload is unsigned, and an unsigned header may
/// only repeat that.
fn presigned_payload_hash<'a>(
    request: &SignedRequest<'a>,
    query: &'a Query,
    signed: &[&str],
) -> Result<(&'a str, bool), AuthError> {
    let name = "X-Amz-Content-Sha256";
    let of_query = match (query.has(name), query.only(name)) {
        (false, _) => None,
        (true, Some(value)) => Some(value),
        (true, None) => return Err(AuthError::InvalidContentSha256(String::new())),
    };
    let of_header = match only_header(request, "x-amz-content-sha256") {
        Value::None => None,
        Value::One(value) => Some(value),
        Value::Bad(shown) => return Err(AuthError::InvalidContentSha256(shown)),
    };
    let header_is_signed = signed.contains(&"x-amz-content-sha256");
    match (of_header, of_query) {
        (Some(header), Some(query)) if header_is_signed && header != query => {
            Err(AuthError::InvalidContentSha256(header.to_owned()))
        }
        (Some(header), _) if header_is_signed => Ok((header, false)),
        (Some(UNSIGNED_PAYLOAD), query) => Ok((query.unwrap_or(UNSIGNED_PAYLOAD), true)),
        (_, query) => Ok((query.unwrap_or(UNSIGNED_PAYLOAD), false)),
    }
}

fn expires_seconds(text: &str) -> Result<u64, AuthError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(query_error("X-Amz-Expires should be a number"));
    }
    if text.starts_with('-') || digits.bytes().all(|byte| byte == b'0') {
        return Err(query_error("X-Amz-Expires must be non-negative"));
    }
    match digits.parse::<u64>() {
        Ok(seconds) if seconds <= PRESIGN_EXPIRES_MAX_SECONDS => Ok(seconds),
        _ => Err(query_error(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than \
             604800 seconds",
        )),
    }
}

fn refuse_skew(date: Timestamp, date_text: &str, now: Timestamp) -> Result<(), AuthError> {
    if now.since(date).max(date.since(now)) <= CLOCK_SKEW_MAX {
        return Ok(());
    }
    Err(AuthError::RequestTimeTooSkewed {
        request_time: date_text.to_owned(),
        server_time: now,
        max_allowed_ms: CLOCK_SKEW_MAX.as_secs() * 1000,
    })
}

fn refuse_expired(date: Timestamp, expires_seconds: u64, now: Timestamp) -> Result<(), AuthError> {
    if date > now.after(CLOCK_SKEW_MAX) {
        return Err(AuthError::NotYetValid { request_time: date, server_time: now });
    }
    let expires_at = date.after(Duration::from_secs(expires_seconds));
    if now > expires_at {
        let expires_seconds = Some(expires_seconds);
        return Err(AuthError::Expired { expires_seconds, expires_at, server_time: now });
    }
    Ok(())
}

/// The one token of a presigned request. A header may repeat what the query says, not contradict it.
fn presigned_token<'a>(query: &'a Query, header: Option<&'a str>) -> Result<Option<&'a str>, AuthError> {
    let mut all = query.all("X-Amz-Security-Token").chain(header).filter(|token| !token.is_empty());
    let first = all.next();
    if all.all(|other| Some(other) == first) { Ok(first) } else { Err(AuthError::InvalidToken) }
}

/// Unknown keys take the same path with a made-up secret, so that the time does not tell them apart.
fn check_signature(
    request: &SignedRequest<'_>,
    canonical_query: &str,
    claim: &Claim<'_>,
    keys: &dyn Keys,
) -> Result<Authenticated, AuthError> {
    let (canonical, complete) =
        canonical_request(request, canonical_query, &claim.signed_headers, claim.payload_hash)
            .map_err(|_| AuthError::MalformedUri)?;
    let scope = scope_of(claim.date, claim.region, claim.service);
    let string_to_sign = string_to_sign(&claim.amz_date, &scope, &canonical);

    let name = KeyName { access_key_id: claim.access_key_id, token: claim.token, now: claim.now };
    let known =
        keys.signing_key(&name, &KeyScope { date: claim.date, region: claim.region, service: claim.service });
    let (key, refusal) = match known {
        Ok(key) => (key, None),
        Err(refusal) => {
            let made_up = Secret::new("no such key");
            (signing_key(&made_up, claim.date, claim.region, claim.service), Some(refusal))
        }
    };
    let is_right = signature_matches(&key.sign(string_to_sign.as_bytes()), claim.signature.as_bytes());

    if let Some(refusal) = refusal {
        return Err(refused(refusal, claim.access_key_id));
    }
    if !is_right || !complete {
        return Err(AuthError::SignatureDoesNotMatch(Box::new(SignatureMismatch {
            access_key_id: claim.access_key_id.to_owned(),
            string_to_sign,
            signature_provided: claim.signature.to_owned(),
            canonical_request: Some(canonical),
        })));
    }
    let streams = matches!(claim.payload, PayloadMode::StreamingSigned { .. });
    Ok(Authenticated {
        access_key_id: claim.access_key_id.to_owned(),
        payload: claim.payload,
        seed: streams.then(|| ChunkSigning {
            key,
            amz_date: claim.amz_date.clone(),
            scope,
            seed_signature: claim.signature.to_owned(),
        }),
        region: claim.region.to_owned(),
        via: claim.via,
        signed_headers: claim.signed_headers.iter().map(|name| (*name).to_owned()).collect(),
    })
}

/// Compares in constant time; anything but 64 lower-case hexadecimal digits is wrong.
pub(crate) fn signature_matches(right: &[u8; 32], provided: &[u8]) -> bool {
    let well_formed = hex32(provided);
    let provided = well_formed.unwrap_or_default();
    well_formed.is_some() & bool::from(right.ct_eq(&provided))
}
