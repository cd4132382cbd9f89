//! SigV2 presigned URLs: HMAC-SHA1, verified only when the operator allows it.

use crate::auth::{
    AuthError, Authenticated, KeyName, Keys, PayloadMode, Secret, SignatureMismatch, SignedRequest, Via,
    refused, token_text,
};
use crate::sigv4::canonical::{Query, joined_values};
use crate::sigv4::verify::payload_mode;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drystone_types::Timestamp;
use std::collections::BTreeMap;
use subtle::ConstantTimeEq as _;

const CREDENTIALS: [&str; 3] = ["AWSAccessKeyId", "Expires", "Signature"];
/// Query parameters that SigV2 signs as part of the resource.
const SIGNED_PARAMETERS: [&str; 38] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "encryption",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];
/// Query parameters that SigV2 leaves unsigned and that cannot change which operation runs, only what a list shows.
const HARMLESS_PARAMETERS: [&str; 16] = [
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "key-marker",
    "list-type",
    "marker",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "prefix",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
    "x-id",
];

/// Verifies `?AWSAccessKeyId=..&Expires=..&Signature=..`, already known to be the only credentials.
///
/// Every x-amz-* header is part of the string to sign, as are x-amz-*, content-type and content-md5 in the query, so
/// none can be smuggled in. Other query parameters that are neither signed nor harmless are refused.
///
/// # Source
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html>; b217.
pub(crate) fn presigned(
    request: &SignedRequest<'_>,
    query: &Query,
    keys: &dyn Keys,
    now: Timestamp,
) -> Result<Authenticated, AuthError> {
    let part = |name| {
        query.only(name).ok_or_else(|| {
            malformed(
                "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
            )
        })
    };
    let [access_key_id, expires, signature] = [part("AWSAccessKeyId")?, part("Expires")?, part("Signature")?];
    let expires_at = expires
        .parse()
        .map(Timestamp::from_seconds)
        .map_err(|_| malformed(&format!("Invalid date (should be seconds since epoch): {expires}")))?;

    let signed = SignedPart::of(request, query)?;
    let token = token_text(signed.headers.get("x-amz-security-token").map(Vec::as_slice))?;
    if now > expires_at {
        return Err(AuthError::Expired { expires_seconds: None, expires_at, server_time: now });
    }
    let name = KeyName { access_key_id, token, now };
    let claim = Claim { name, signature, string_to_sign: signed.string_to_sign(request, expires) };
    check_signature(&claim, keys)?;
    Ok(Authenticated {
        access_key_id: access_key_id.to_owned(),
        payload: payload(&signed)?,
        seed: None,
        region: String::new(),
        via: Via::PresignedV2,
        signed_headers: signed.headers.into_keys().collect(),
    })
}

/// What of a request SigV2 signs, besides method, path and date.
struct SignedPart {
    /// x-amz-*, content-type and content-md5, from the headers or else from the query, by lower-case name.
    headers: BTreeMap<String, Vec<u8>>,
    /// Decoded, sorted by name.
    parameters: Vec<(String, String)>,
}

impl SignedPart {
    fn of(request: &SignedRequest<'_>, query: &Query) -> Result<Self, AuthError> {
        let mut headers = BTreeMap::new();
        for name in request.headers.keys().filter(|name| is_signed_header(name.as_str())) {
            let value = joined_values(request.headers, name.as_str()).unwrap_or_default();
            headers.insert(name.as_str().to_owned(), value);
        }
        let mut parameters = Vec::new();
        for (name, value) in query.pairs().filter(|pair| !CREDENTIALS.contains(&pair.0)) {
            let lower = name.to_ascii_lowercase();
            if is_signed_header(&lower) && request.headers.contains_key(&lower) {
                // the header counts, and if it says something else than was signed, the signature is wrong
            } else if is_signed_header(&lower) {
                merge(&mut headers, lower, value)?;
            } else if SIGNED_PARAMETERS.contains(&name) {
                refuse_folded(value)?;
                parameters.push((name.to_owned(), value.to_owned()));
            } else if !HARMLESS_PARAMETERS.contains(&name) {
                return Err(AuthError::UnsignedQuery(name.to_owned()));
            }
        }
        parameters.sort();
        Ok(Self { headers, parameters })
    }

    fn string_to_sign(&self, request: &SignedRequest<'_>, expires: &str) -> Vec<u8> {
        let plain = |name| self.headers.get(name).map_or(&[][..], Vec::as_slice);
        let mut out = Vec::with_capacity(256);
        for line in
            [request.method.as_bytes(), plain("content-md5"), plain("content-type"), expires.as_bytes()]
        {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        for (name, value) in self.headers.iter().filter(|(name, _)| name.starts_with("x-amz-")) {
            out.extend_from_slice(&[name.as_bytes(), b":", value, b"\n"].concat());
        }
        out.extend_from_slice(resource_path(request).as_bytes());
        for (at, (name, value)) in self.parameters.iter().enumerate() {
            out.push(if at == 0 { b'?' } else { b'&' });
            out.extend_from_slice(name.as_bytes());
            if !value.is_empty() {
                out.push(b'=');
                out.extend_from_slice(value.as_bytes());
            }
        }
        out
    }
}

/// `/bucket/key` as sent; a bucket alone is `/bucket/`.
fn resource_path(request: &SignedRequest<'_>) -> String {
    let path = if request.raw_path.is_empty() { "/" } else { request.raw_path };
    match request.host_bucket {
        Some(bucket) => format!("/{bucket}{path}"),
        None if path.matches('/').count() == 1 && path != "/" => format!("{path}/"),
        None => path.to_owned(),
    }
}

fn is_signed_header(lower_name: &str) -> bool {
    lower_name.starts_with("x-amz-") || matches!(lower_name, "content-type" | "content-md5")
}

/// Takes a query parameter that stands for a header. Another of that name may repeat it, not contradict it.
fn merge(headers: &mut BTreeMap<String, Vec<u8>>, name: String, value: &str) -> Result<(), AuthError> {
    if value.chars().any(char::is_control) {
        return Err(AuthError::MalformedUri); // a line end could forge another line of the string to sign
    }
    match headers.get(&name) {
        Some(present) if present != value.as_bytes() => Err(AuthError::UnsignedQuery(name)),
        _ => {
            headers.insert(name, value.as_bytes().to_vec());
            Ok(())
        }
    }
}

/// SigV2 signs decoded values without escapes, so `uploadId=x` could hide in the value of another parameter: the
/// signature would stay right while the request becomes another one.
fn refuse_folded(value: &str) -> Result<(), AuthError> {
    let names = value.split('&').skip(1).map(|piece| piece.split('=').next().unwrap_or_default());
    let hidden = names.into_iter().find(|name| SIGNED_PARAMETERS.contains(name));
    hidden.map_or(Ok(()), |name| Err(AuthError::UnsignedQuery(name.to_owned())))
}

fn payload(signed: &SignedPart) -> Result<PayloadMode, AuthError> {
    let Some(value) = signed.headers.get("x-amz-content-sha256") else { return Ok(PayloadMode::Unsigned) };
    match payload_mode(&String::from_utf8_lossy(value))? {
        PayloadMode::StreamingSigned { .. } => Err(AuthError::StreamingPresigned),
        mode => Ok(mode),
    }
}

pub(crate) struct Claim<'a> {
    pub(crate) name: KeyName<'a>,
    pub(crate) signature: &'a str,
    pub(crate) string_to_sign: Vec<u8>,
}

/// Unknown keys take the same path with a made-up secret, so that the time does not tell them apart.
pub(crate) fn check_signature(claim: &Claim<'_>, keys: &dyn Keys) -> Result<(), AuthError> {
    let (secret, refusal) = match keys.secret(&claim.name) {
        Ok(secret) => (secret, None),
        Err(refusal) => (Secret::new("no such key"), Some(refusal)),
    };
    let right = signature(&secret, &claim.string_to_sign);
    let is_right = bool::from(right.as_bytes().ct_eq(claim.signature.as_bytes()));
    match (refusal, is_right) {
        (None, true) => Ok(()),
        (Some(refusal), _) => Err(refused(refusal, claim.name.access_key_id)),
        (None, false) => Err(AuthError::SignatureDoesNotMatch(Box::new(SignatureMismatch {
            access_key_id: claim.name.access_key_id.to_owned(),
            string_to_sign: String::from_utf8_lossy(&claim.string_to_sign).into_owned(),
            signature_provided: claim.signature.to_owned(),
            canonical_request: None,
        }))),
    }
}

/// Base64 of the HMAC-SHA1.
pub(crate) fn signature(secret: &Secret, string_to_sign: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.expose().as_bytes());
    STANDARD.encode(hmac::sign(&key, string_to_sign).as_ref())
}

fn malformed(text: &str) -> AuthError {
    AuthError::SigV2QueryMalformed { message: text.to_owned() }
}

#[cfg(test)]
mod tests;
