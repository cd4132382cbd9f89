//! Who sent this request: the single entry that verifies SigV4 and SigV2 credentials.

use crate::sigv4::canonical::Query;
use crate::sigv4::sign::{ChunkSigning, SigningKey};
use crate::{sigv2, sigv4};
use drystone_types::Timestamp;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use std::fmt;

/// Any of these makes a request a presigned one.
const PRESIGNED_MARKS: [&str; 3] = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"];
const SIGV2_MARKS: [&str; 2] = ["AWSAccessKeyId", "Signature"];

/// The parts of a request that a signature covers, exactly as they arrived.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// `GET`, `PUT`, ...
    pub method: &'a str,
    /// The path of the request line, percent-encoded as sent, starting with `/`, without the query.
    pub raw_path: &'a str,
    /// What follows `?`, as sent; empty when there is no query.
    pub raw_query: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The one value of `Host` (or `:authority`) that also decided the routing.
    pub host: &'a str,
    /// The bucket when `host` names it (virtual-hosted style). Only SigV2 signs it apart from `host`.
    pub host_bucket: Option<&'a str>,
}

/// What the operator allows.
#[derive(Clone, Debug, Default)]
pub struct AuthOptions {
    /// The only region a credential scope may name; `None` accepts every region.
    pub region: Option<String>,
    /// Accept presigned SigV2 URLs (b217).
    pub sigv2: bool,
}

/// A key as a request names it.
#[derive(Clone, Copy, Debug)]
pub struct KeyName<'a> {
    /// Access key id.
    pub access_key_id: &'a str,
    /// x-amz-security-token, where one was sent. An empty one is none.
    pub token: Option<&'a str>,
    /// The moment: keys and tokens may expire.
    pub now: Timestamp,
}

/// What a SigV4 signing key is narrowed to.
#[derive(Clone, Copy, Debug)]
pub struct KeyScope<'a> {
    /// `YYYYMMDD`.
    pub date: &'a str,
    /// Region.
    pub region: &'a str,
    /// `s3` or `sts`.
    pub service: &'a str,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// There is no such key, or it is disabled, or has expired: nobody is told which.
    Unknown,
    /// The token is none of ours, or another key's.
    InvalidToken,
    /// The token was good until a while ago.
    ExpiredToken,
}

/// Where secrets come from.
pub trait Keys {
    /// The secret of a key.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    fn secret(&self, name: &KeyName<'_>) -> Result<Secret, KeyRefusal>;

    /// The SigV4 signing key of a key for one day, region and service.
    ///
    /// The default derives it anew. An implementation may keep derived keys, as long as it forgets them when the
    /// secret changes.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    fn signing_key(&self, name: &KeyName<'_>, scope: &KeyScope<'_>) -> Result<SigningKey, KeyRefusal> {
        let secret = self.secret(name)?;
        Ok(crate::sigv4::sign::signing_key(&secret, scope.date, scope.region, scope.service))
    }
}

/// What is answered when there is no key of that name.
pub(crate) fn refused(refusal: KeyRefusal, access_key_id: &str) -> AuthError {
    match refusal {
        KeyRefusal::Unknown => AuthError::InvalidAccessKeyId(access_key_id.to_owned()),
        KeyRefusal::InvalidToken => AuthError::InvalidToken,
        KeyRefusal::ExpiredToken => AuthError::ExpiredToken,
    }
}

/// The text of a security token.
///
/// # Errors
/// [`AuthError::InvalidToken`] when it is no text: none of ours is.
pub(crate) fn token_text(token: Option<&[u8]>) -> Result<Option<&str>, AuthError> {
    token.map(|token| std::str::from_utf8(token).map_err(|_| AuthError::InvalidToken)).transpose()
}

/// A secret access key. Its `Debug` form hides it; there is no `Display` and no comparison.
#[derive(Clone)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps a secret access key.
    pub fn new(secret: impl Into<Box<str>>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, to derive keys from or to store. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// What the body of an authenticated request has to be (b209).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadMode {
    /// The whole body has this SHA-256; the reader of the body compares it (b208).
    Hash([u8; 32]),
    /// Anything (`UNSIGNED-PAYLOAD`).
    Unsigned,
    /// aws-chunked, every chunk signed; with `trailer`, a signed trailer section follows.
    StreamingSigned {
        /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`.
        trailer: bool,
    },
    /// aws-chunked, unsigned chunks, trailers (`STREAMING-UNSIGNED-PAYLOAD-TRAILER`).
    StreamingUnsignedTrailer,
}

/// Where the credentials were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// SigV4 in the Authorization header.
    Header,
    /// SigV4 in the query.
    Presigned,
    /// SigV2 in the query.
    PresignedV2,
    /// SigV4 or SigV2 in the fields of a POST form.
    PostForm,
    /// There were none.
    Anonymous,
}

/// A request whose signature is right.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who signed.
    pub access_key_id: String,
    /// What the body has to be.
    pub payload: PayloadMode,
    /// What the chunks of the body are verified with; `Some` exactly for [`PayloadMode::StreamingSigned`].
    pub seed: Option<ChunkSigning>,
    /// The region of the credential scope; empty for SigV2, which has none.
    pub region: String,
    /// Where the credentials were.
    pub via: Via,
    /// Lower-case names of the headers that the signature covers.
    pub signed_headers: Vec<String>,
}

/// Why a request is not authenticated, one variant per answer. Each names that answer.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No credentials anywhere: the caller decides (usually 403 AccessDenied).
    #[error("the request carries no credentials")]
    Anonymous,
    /// Credentials in header and query, or in both query forms: 400 InvalidArgument,
    /// "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string
    /// parameter or the Authorization header should be specified".
    #[error("more than one authentication mechanism was used")]
    MultipleMechanisms,
    /// SigV2 in the Authorization header, or anywhere while it is off: 400 InvalidRequest,
    /// "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    #[error("the authentication mechanism is not supported")]
    UnsupportedMechanism,
    /// No scheme of S3's in the Authorization header: 400 InvalidArgument with this text and, as ArgumentValue, the scheme alone.
    #[error("{message}")]
    UnknownScheme {
        /// The word before the first space.
        scheme: String,
        /// S3's text.
        message: &'static str,
    },
    /// Signed chunks of a request without credentials: 400 InvalidRequest.
    #[error("nobody signed the chunks")]
    StreamingAnonymous,
    /// 501 NotImplemented: something AWS has and we do not (SigV4A).
    #[error("{0} is not implemented")]
    NotImplemented(&'static str),
    /// 400 AuthorizationHeaderMalformed. `message` is S3's whole text, `region` its Region element.
    #[error("{message}")]
    AuthorizationHeaderMalformed {
        /// S3's text.
        message: String,
        /// The region we expect, when the other one was wrong.
        region: Option<String>,
    },
    /// 400 AuthorizationQueryParametersError. `message` is S3's whole text, `region` its Region element.
    #[error("{message}")]
    AuthorizationQueryParametersError {
        /// S3's text.
        message: String,
        /// The region we expect, when the other one was wrong.
        region: Option<String>,
    },
    /// A field that signs a POST form is absent or empty: 400 InvalidArgument "Bucket POST must contain a field named '…'.  If
    /// it is specified, please check the order of the fields." (b221).
    #[error("the form has no field {0:?}")]
    PostFieldMissing(String),
    /// A field that signs a POST form is malformed: 400 InvalidArgument with this text.
    #[error("{message}")]
    PostFieldInvalid {
        /// ArgumentName.
        name: String,
        /// ArgumentValue.
        value: String,
        /// S3's text.
        message: String,
    },
    /// SigV2 query without its three parts, or with a malformed Expires: 403 AccessDenied with this text.
    #[error("{message}")]
    SigV2QueryMalformed {
        /// S3's text.
        message: String,
    },
    /// 400 InvalidRequest "Missing required header for this request: x-amz-content-sha256" (b208).
    #[error("x-amz-content-sha256 is missing")]
    MissingContentSha256,
    /// 400 InvalidArgument, "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER,
    /// STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value."
    /// with ArgumentName `x-amz-content-sha256` and this ArgumentValue (b208).
    #[error("x-amz-content-sha256 is malformed: {0:?}")]
    InvalidContentSha256(String),
    /// 400 InvalidRequest: signed chunks need header authentication, their seed is its signature.
    #[error("signed streaming payloads cannot be presigned")]
    StreamingPresigned,
    /// 403 AccessDenied "AWS authentication requires a valid Date or x-amz-date header".
    #[error("neither x-amz-date nor Date is a valid date")]
    InvalidDate,
    /// 403 AccessDenied "There were headers present in the request which were not signed", with these names
    /// in HeadersNotSigned, joined with `, ` (b207).
    #[error("headers are not signed: {}", .0.join(", "))]
    UnsignedHeaders(Vec<String>),
    /// SigV2 cannot sign this query parameter, and it is not one that is harmless unsigned: 403 AccessDenied.
    #[error("query parameter {0:?} is not signed")]
    UnsignedQuery(String),
    /// 403 RequestTimeTooSkewed (b205).
    #[error("the request time is too far from the server's")]
    RequestTimeTooSkewed {
        /// RequestTime, as the request gave it.
        request_time: String,
        /// ServerTime.
        server_time: Timestamp,
        /// MaxAllowedSkewMilliseconds.
        max_allowed_ms: u64,
    },
    /// 403 AccessDenied "Request has expired" with X-Amz-Expires, Expires and ServerTime (b216).
    #[error("the presigned request has expired")]
    Expired {
        /// X-Amz-Expires; `None` for SigV2, which names only the moment.
        expires_seconds: Option<u64>,
        /// Expires.
        expires_at: Timestamp,
        /// ServerTime.
        server_time: Timestamp,
    },
    /// 403 AccessDenied "Request is not yet valid": dated more than 15 minutes ahead.
    #[error("the presigned request is not yet valid")]
    NotYetValid {
        /// When the request says it was signed.
        request_time: Timestamp,
        /// ServerTime.
        server_time: Timestamp,
    },
    /// 400 InvalidURI: percent-encoding in path or query is broken.
    #[error("percent-encoding in the path or query is malformed")]
    MalformedUri,
    /// 400 InvalidToken: a session token that we did not issue, or for another key.
    #[error("the security token is not valid")]
    InvalidToken,
    /// 400 ExpiredToken.
    #[error("the security token has expired")]
    ExpiredToken,
    /// 403 InvalidAccessKeyId, with this AWSAccessKeyId.
    #[error("access key {0:?} does not exist")]
    InvalidAccessKeyId(String),
    /// 403 SignatureDoesNotMatch.
    #[error("the signature does not match")]
    SignatureDoesNotMatch(Box<SignatureMismatch>),
}

/// What S3 tells a client whose signature is wrong, so that it finds its error. Never the right signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureMismatch {
    /// AWSAccessKeyId.
    pub access_key_id: String,
    /// StringToSign.
    pub string_to_sign: String,
    /// SignatureProvided.
    pub signature_provided: String,
    /// CanonicalRequest; `None` for SigV2, which has none. Header values need not be UTF-8.
    pub canonical_request: Option<Vec<u8>>,
}

impl SignatureMismatch {
    /// StringToSignBytes: `41 57 53 ...`.
    pub fn string_to_sign_bytes(&self) -> String {
        spaced_hex(self.string_to_sign.as_bytes())
    }

    /// CanonicalRequestBytes, in the same form.
    pub fn canonical_request_bytes(&self) -> Option<String> {
        self.canonical_request.as_deref().map(spaced_hex)
    }
}

/// Finds the credentials of `request`, verifies its signature and says what its body has to be.
///
/// Nothing of the request may be believed before this returned `Ok`. The body is not looked at: the caller compares
/// [`PayloadMode::Hash`] itself and hands the streaming modes to `chunked::Decoder`.
///
/// # Errors
/// [`AuthError::Anonymous`] when there are no credentials; every other variant is a refusal and names its answer.
///
/// # Source
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html>; b205-b217.
pub fn verify(
    request: &SignedRequest<'_>,
    keys: &dyn Keys,
    now: Timestamp,
    options: &AuthOptions,
) -> Result<Authenticated, AuthError> {
    let query = Query::parse(request.raw_query).map_err(|_| AuthError::MalformedUri)?;
    let mut authorizations = request.headers.get_all(AUTHORIZATION).iter();
    let [header, second_header] = [authorizations.next(), authorizations.next()];
    let in_query_v4 = PRESIGNED_MARKS.iter().any(|name| query.has(name));
    let in_query_v2 = SIGV2_MARKS.iter().any(|name| query.has(name));

    match (header, in_query_v4, in_query_v2) {
        (None, false, false) => Err(AuthError::Anonymous),
        _ if second_header.is_some() => Err(AuthError::MultipleMechanisms),
        (Some(header), false, false) => {
            let components = sigv4_components(header)?;
            sigv4::verify::header(request, components, &query, keys, now, options, &Service::S3)
        }
        (None, true, false) => sigv4::verify::presigned(request, &query, keys, now, options),
        (None, false, true) if options.sigv2 => sigv2::presigned(request, &query, keys, now),
        (None, false, true) => Err(AuthError::UnsupportedMechanism),
        _ => Err(AuthError::MultipleMechanisms),
    }
}

/// A request without credentials, and what its body has to be: x-amz-content-sha256 counts, where it is sent.
///
/// # Errors
/// [`AuthError::InvalidContentSha256`]; [`AuthError::StreamingAnonymous`].
pub fn anonymous(headers: &HeaderMap) -> Result<Authenticated, AuthError> {
    let payload = match headers.get("x-amz-content-sha256") {
        None => PayloadMode::Unsigned,
        Some(value) => match value.to_str() {
            Ok(value) => sigv4::verify::payload_mode(value)?,
            Err(_) => return Err(AuthError::InvalidContentSha256(String::new())),
        },
    };
    if matches!(payload, PayloadMode::StreamingSigned { .. }) {
        return Err(AuthError::StreamingAnonymous);
    }
    Ok(Authenticated {
        access_key_id: String::new(),
        payload,
        seed: None,
        region: String::new(),
        via: Via::Anonymous,
        signed_headers: Vec::new(),
    })
}

/// The service that a signature is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Service {
    /// S3: the payload's hash is in a header.
    S3,
    /// The security token service: small forms, whose hash need not be in a header.
    Sts {
        /// SHA-256 of the body.
        payload: [u8; 32],
    },
}

impl Service {
    /// As credential scopes spell it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Sts { .. } => "sts",
        }
    }
}

/// As [`verify`], for a request to the security token service, whose body has this SHA-256. Only the Authorization header
/// will do.
///
/// # Errors
/// As [`verify`].
pub fn verify_sts(
    request: &SignedRequest<'_>,
    payload: [u8; 32],
    keys: &dyn Keys,
    now: Timestamp,
    options: &AuthOptions,
) -> Result<Authenticated, AuthError> {
    let query = Query::parse(request.raw_query).map_err(|_| AuthError::MalformedUri)?;
    let mut authorizations = request.headers.get_all(AUTHORIZATION).iter();
    match (authorizations.next(), authorizations.next()) {
        (None, _) => Err(AuthError::Anonymous),
        (Some(_), Some(_)) => Err(AuthError::MultipleMechanisms),
        (Some(header), None) => {
            let components = sigv4_components(header)?;
            let service = Service::Sts { payload };
            sigv4::verify::header(request, components, &query, keys, now, options, &service)
        }
    }
}

/// What follows `AWS4-HMAC-SHA256` in the Authorization header.
fn sigv4_components(authorization: &HeaderValue) -> Result<&str, AuthError> {
    let unknown = |scheme: &str, message| AuthError::UnknownScheme { scheme: scheme.to_owned(), message };
    let no_scheme = "Authorization header is invalid -- one and only one ' ' (space) required.";
    let text = authorization.to_str().map_err(|_| unknown("", no_scheme))?;
    match text.split_once(' ') {
        Some((sigv4::sign::ALGORITHM, components)) => Ok(components),
        Some((sigv4::verify::ALGORITHM_V4A, _)) => Err(AuthError::NotImplemented("SigV4A")),
        Some(("AWS", _)) => Err(AuthError::UnsupportedMechanism),
        Some((scheme, _)) => Err(unknown(scheme, "Unsupported Authorization Type")),
        None if text == sigv4::sign::ALGORITHM => Ok(""), // of its components all are missing (b206)
        None => Err(unknown(text, no_scheme)),
    }
}

fn spaced_hex(bytes: &[u8]) -> String {
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.join(" ")
}

#[cfg(test)]
mod tests;
