//! Signing: the day's key, strings to sign, the Authorization header, and the chain of chunk signatures.

use super::canonical::{Query, canonical_request};
use super::hex;
use crate::auth::{Secret, SignedRequest};
use crate::encoding::Undecodable;
use aws_lc_rs::{digest, hmac};
use drystone_types::Timestamp;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::sync::Arc;

/// `AWS4-HMAC-SHA256`.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// SHA-256 of nothing, in hexadecimal.
pub const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// Headers that proxies and HTTP libraries change on the way; we do not sign them.
const NOT_SIGNED: [&str; 8] = [
    "accept-encoding",
    "authorization",
    "connection",
    "expect",
    "host", // taken from the request, always signed
    "te",
    "transfer-encoding",
    "user-agent",
];

/// A secret narrowed to one day, region and service. Cheap to clone; its `Debug` form hides it.
#[derive(Clone)]
pub struct SigningKey(Arc<hmac::Key>);

impl SigningKey {
    /// HMAC-SHA256 of `string_to_sign`.
    pub fn sign(&self, string_to_sign: &[u8]) -> [u8; 32] {
        tag(&self.0, string_to_sign)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}

/// Derives the signing key of `secret` for `date` (`YYYYMMDD`), `region` and `service`. Costs four HMACs.
///
/// # Source
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
pub fn signing_key(secret: &Secret, date: &str, region: &str, service: &str) -> SigningKey {
    let seed = format!("AWS4{}", secret.expose());
    let mut key = tag(&hmac::Key::new(hmac::HMAC_SHA256, seed.as_bytes()), date.as_bytes());
    for part in [region, service, "aws4_request"] {
        key = tag(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes());
    }
    SigningKey(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &key)))
}

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, data).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// The four lines that are signed for a request.
pub fn string_to_sign(amz_date: &str, scope: &str, canonical_request: &[u8]) -> String {
    format!("{ALGORITHM}\n{amz_date}\n{scope}\n{}", hex(&sha256(canonical_request)))
}

/// `20130524/us-east-1/s3/aws4_request`.
pub fn scope(date: &str, region: &str) -> String {
    scope_of(date, region, "s3")
}

/// The scope of another service.
pub(super) fn scope_of(date: &str, region: &str, service: &str) -> String {
    format!("{date}/{region}/{service}/aws4_request")
}

/// What chunk signatures are made and verified with: key, date, scope, and the signature they start from.
#[derive(Clone, Debug)]
pub struct ChunkSigning {
    /// The key of the day.
    pub key: SigningKey,
    /// `20130524T000000Z`, the date of the request.
    pub amz_date: String,
    /// `20130524/us-east-1/s3/aws4_request`.
    pub scope: String,
    /// Signature of the request's headers, 64 lower-case hex digits: the first link of the chain.
    pub seed_signature: String,
}

impl ChunkSigning {
    /// Signature of a chunk whose data has this SHA-256; `previous` is the signature before it, or the seed.
    ///
    /// # Source
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>
    pub fn chunk_signature(&self, previous: &str, data_sha256: &[u8; 32]) -> [u8; 32] {
        let head = self.link("AWS4-HMAC-SHA256-PAYLOAD", previous);
        self.key.sign(format!("{head}\n{EMPTY_SHA256}\n{}", hex(data_sha256)).as_bytes())
    }

    /// Signature of the trailers, which come as `name:value\n` lines; `previous` signed the final, empty chunk.
    ///
    /// # Source
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>
    pub fn trailer_signature(&self, previous: &str, canonical_trailers: &[u8]) -> [u8; 32] {
        let head = self.link("AWS4-HMAC-SHA256-TRAILER", previous);
        self.key.sign(format!("{head}\n{}", hex(&sha256(canonical_trailers))).as_bytes())
    }

    fn link(&self, kind: &str, previous: &str) -> String {
        format!("{kind}\n{}\n{}\n{previous}", self.amz_date, self.scope)
    }
}

/// Who signs, and for which region: the client's side.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The public half of the credentials.
    pub access_key_id: String,
    /// The other half.
    pub secret: Secret,
    /// The region of the credential scope.
    pub region: String,
}

/// A request that cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The path or the query is not well encoded.
    #[error(transparent)]
    Undecodable(#[from] Undecodable),
    /// The region, the access key or the payload hash cannot stand in a header.
    #[error("a credential or the payload hash has characters that headers cannot carry")]
    NotAHeaderValue,
}

impl Signer {
    /// Computes the headers that sign `request` at `now`: x-amz-date, x-amz-content-sha256, Authorization.
    ///
    /// `payload` is the value of x-amz-content-sha256: a hash in hexadecimal or one of S3's constants. Every header of
    /// the request is signed, apart from those that proxies change. The second value starts the chunks of a signed
    /// streaming body; drop it for other bodies.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(
        &self,
        request: &SignedRequest<'_>,
        payload: &str,
        now: Timestamp,
    ) -> Result<(HeaderMap, ChunkSigning), SignError> {
        let amz_date = now.amz_date();
        let scope = scope(&amz_date[..8], &self.region);
        let mut added = HeaderMap::with_capacity(3);
        added.insert("x-amz-date", header_value(&amz_date)?);
        added.insert("x-amz-content-sha256", header_value(payload)?);
        let mut headers = request.headers.clone();
        headers.extend(added.clone());

        let names = signed_header_names(&headers);
        let request = SignedRequest { headers: &headers, ..*request };
        let query = Query::parse(request.raw_query)?.canonical(None);
        let (canonical, _) = canonical_request(&request, &query, &names, payload)?;
        let key = self.key(&amz_date[..8]);
        let signature = hex(&key.sign(string_to_sign(&amz_date, &scope, &canonical).as_bytes()));

        let authorization = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
            self.access_key_id,
            names.join(";"),
        );
        added.insert(http::header::AUTHORIZATION, header_value(&authorization)?);
        Ok((added, ChunkSigning { key, amz_date, scope, seed_signature: signature }))
    }

    /// The signing key of a day (`YYYYMMDD`).
    pub fn key(&self, date: &str) -> SigningKey {
        signing_key(&self.secret, date, &self.region, "s3")
    }
}

/// `host` and every header we sign, sorted.
pub(super) fn signed_header_names(headers: &HeaderMap) -> Vec<&str> {
    let names = headers.keys().map(HeaderName::as_str).filter(|name| !NOT_SIGNED.contains(name));
    let mut names: Vec<&str> = names.chain(["host"]).collect();
    names.sort_unstable();
    names
}

fn header_value(text: &str) -> Result<HeaderValue, SignError> {
    HeaderValue::from_str(text).map_err(|_| SignError::NotAHeaderValue)
}

fn tag(key: &hmac::Key, data: &[u8]) -> [u8; 32] {
    hmac::sign(key, data).as_ref().try_into().expect("HMAC-SHA256 has 32 bytes")
}
