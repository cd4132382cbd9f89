//! Signing: the day's key, strings to sign, the Authorization header, and the chain of chunk signatures.

use crate::auth::Secret;
use aws_lc_rs::{digest, hmac};
use std::fmt;

/// `AWS4-HMAC-SHA256`.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A secret narrowed to one day, region and service. Its `Debug` form hides it.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

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
    SigningKey(hmac::Key::new(hmac::HMAC_SHA256, &key))
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

fn tag(key: &hmac::Key, data: &[u8]) -> [u8; 32] {
    hmac::sign(key, data).as_ref().try_into().expect("HMAC-SHA256 has 32 bytes")
}

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, data).as_ref().try_into().expect("SHA-256 has 32 bytes")
}
