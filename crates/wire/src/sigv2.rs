//! SigV2 presigned URLs: HMAC-SHA1, verified only when the operator allows it.

use crate::auth::{
    AuthError, Authenticated, Keys, PayloadMode, Secret, SignatureMismatch, SignedRequest, Via,
};
use crate::sigv4::canonical::{Query, joined_values};
use crate::sigv4::verify::{payload_mode, refuse_token};
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
    refuse_token(signed.headers.get("x-amz-security-token").map(Vec::as_slice))?;
    let payload = payload(&signed)?;
    if now > expires_at {
        return Err(AuthError::Expired { expires_seconds: None, expires_at, server_time: now });
    }
    check_signature(
        &Claim { access_key_id, signature, string_to_sign: signed.string_to_sign(request, expires) },
        keys,
    )?;
    Ok(Authenticated {
        access_key_id: access_key_id.to_owned(),
        payload,
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
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl SignedPart {
    fn of(request: &SignedRequest<'_>, query: &Query) -> Result<Self, AuthError> {
        let mut headers = BTreeMap::new();
        for name in request.headers.keys().filter(|name| is_signed_header(name.as_str())) {
            let value = joined_values(request.headers, name.as_str()).unwrap_or_default();
            headers.insert(name.as_str().to_owned(), value);
        }
        let mut parameters = Vec::new();
        for (name, value) in query.pairs() {
            let text = String::from_utf8_lossy(name);
            let lower = text.to_ascii_lowercase();
            if CREDENTIALS.contains(&&*text) {
                continue;
            }
            if is_signed_header(&lower) {
                merge(&mut headers, lower, value)?;
            } else if SIGNED_PARAMETERS.contains(&&*text) {
                refuse_folded(value)?;
                parameters.push((name.to_vec(), value.to_vec()));
            } else if !HARMLESS_PARAMETERS.contains(&&*text) {
                return Err(AuthError::UnsignedQuery(text.into_owned()));
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
            out.extend_from_slice(name);
            if !value.is_empty() {
                out.push(b'=');
                out.extend_from_slice(value);
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

/// Takes a query parameter that stands for a header. A header of that name may repeat it, not contradict it.
fn merge(headers: &mut BTreeMap<String, Vec<u8>>, name: String, value: &[u8]) -> Result<(), AuthError> {
    if value.iter().any(u8::is_ascii_control) {
        return Err(AuthError::MalformedUri); // a line end could forge another line of the string to sign
    }
    match headers.get(&name) {
        Some(present) if present != value => Err(AuthError::UnsignedQuery(name)),
        _ => {
            headers.insert(name, value.to_vec());
            Ok(())
        }
    }
}

/// SigV2 signs decoded values without escapes, so `uploadId=x` could hide in the value of another parameter: the
/// signature would stay right while the request becomes another one.
fn refuse_folded(value: &[u8]) -> Result<(), AuthError> {
    let text = String::from_utf8_lossy(value);
    let names = text.split('&').skip(1).map(|piece| piece.split('=').next().unwrap_or_default());
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

struct Claim<'a> {
    access_key_id: &'a str,
    signature: &'a str,
    string_to_sign: Vec<u8>,
}

/// Unknown keys take the same path with a made-up secret, so that the time does not tell them apart.
fn check_signature(claim: &Claim<'_>, keys: &dyn Keys) -> Result<(), AuthError> {
    let known = keys.secret(claim.access_key_id);
    let is_known = known.is_some();
    let secret = known.unwrap_or_else(|| Secret::new("no such key"));
    let right = signature(&secret, &claim.string_to_sign);
    let is_right = bool::from(right.as_bytes().ct_eq(claim.signature.as_bytes()));
    match (is_known, is_right) {
        (true, true) => Ok(()),
        (false, _) => Err(AuthError::InvalidAccessKeyId(claim.access_key_id.to_owned())),
        (true, false) => Err(AuthError::SignatureDoesNotMatch(Box::new(SignatureMismatch {
            access_key_id: claim.access_key_id.to_owned(),
            string_to_sign: String::from_utf8_lossy(&claim.string_to_sign).into_owned(),
            signature_provided: claim.signature.to_owned(),
            canonical_request: None,
        }))),
    }
}

/// Base64 of the HMAC-SHA1.
fn signature(secret: &Secret, string_to_sign: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.expose().as_bytes());
    STANDARD.encode(hmac::sign(&key, string_to_sign).as_ref())
}

fn malformed(text: &str) -> AuthError {
    AuthError::SigV2QueryMalformed { message: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{AuthOptions, verify};
    use crate::sigv4::vectors::{ExampleKeys, NOW};
    use http::header::HeaderMap;

    const KEY: &str = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE";
    const PUT_TYPED: &str = "Signature=T6n6TAgSfTP%2BZgn7wcZ8xcfJZc0%3D&content-type=text%2Fplain\
                             &x-amz-meta-a=x%20y&Expires=1369354200";

    fn verify_at(
        now: Timestamp,
        method: &str,
        path: &str,
        query: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Result<Authenticated, AuthError> {
        let pairs = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let headers: HeaderMap = pairs.collect();
        let request = SignedRequest {
            method,
            raw_path: path,
            raw_query: query,
            headers: &headers,
            host: "localhost:9000",
            host_bucket: None,
        };
        verify(&request, &ExampleKeys, now, &AuthOptions { region: None, sigv2: true })
    }

    /// Source: the example of query string authentication in RESTAuthentication.html.
    #[test]
    fn b217_the_published_example_verifies() {
        let query = format!("{KEY}&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620");
        let headers = HeaderMap::new();
        let request = SignedRequest {
            method: "GET",
            raw_path: "/photos/puppy.jpg",
            raw_query: &query,
            headers: &headers,
            host: "johnsmith.s3.amazonaws.com",
            host_bucket: Some("johnsmith"),
        };
        let options = AuthOptions { region: None, sigv2: true };
        let authenticated =
            verify(&request, &ExampleKeys, Timestamp::from_seconds(1_175_139_620), &options).unwrap();
        assert_eq!((authenticated.via, authenticated.payload), (Via::PresignedV2, PayloadMode::Unsigned));

        let late = verify(&request, &ExampleKeys, Timestamp::from_seconds(1_175_139_621), &options);
        assert!(matches!(late, Err(AuthError::Expired { expires_seconds: None, .. })), "{late:?}");
        let off = verify(&request, &ExampleKeys, NOW, &AuthOptions::default());
        assert!(matches!(off, Err(AuthError::UnsupportedMechanism)), "{off:?}");
    }

    #[test]
    fn b217_urls_that_boto3_presigns_verify() {
        let cases = [
            (
                "PUT",
                "/b/dir/a%20b%2Bc",
                "partNumber=2&uploadId=up~l%2Fo%3Dd%2B",
                "Signature=9CsOT3Zc75EHdkQGCYLtgbDx0Os%3D&Expires=1369354200",
            ),
            ("PUT", "/b/k", "", PUT_TYPED),
            (
                "GET",
                "/b/k",
                "response-content-disposition=attachment%3B%20filename%3D%22a%26b.txt%22&versionId=v1",
                "Signature=EhD69J%2B%2Fsc9aSz1M8luFAsGwqDw%3D&Expires=1369354200",
            ),
            ("POST", "/b/k", "uploads", "Signature=kgjBldDWZx6wCsKAOA3RvstGbXI%3D&Expires=1369354200"),
            (
                "GET",
                "/b",
                "list-type=2&prefix=a%20b&encoding-type=url",
                "Signature=Fy8TFsllOi2f0zut%2BmlCxqSU0Fs%3D&Expires=1369354200",
            ),
        ];
        for (method, path, query, rest) in cases {
            let query = format!("{query}&{KEY}&{rest}");
            verify_at(NOW, method, path, &query, &[]).unwrap_or_else(|error| panic!("{query}: {error:?}"));
            let other = if method == "PUT" { "GET" } else { "PUT" };
            let refused = verify_at(NOW, other, path, &query, &[]);
            assert!(matches!(refused, Err(AuthError::SignatureDoesNotMatch(_))), "{query}");
            let refused = verify_at(NOW, method, "/b/other", &query, &[]);
            assert!(matches!(refused, Err(AuthError::SignatureDoesNotMatch(_))), "{query}");
        }
    }

    #[test]
    fn b207_headers_of_a_sigv2_url_are_signed_or_refused() {
        let query = format!("{KEY}&{PUT_TYPED}");
        verify_at(NOW, "PUT", "/b/k", &query, &[("content-type", "text/plain"), ("x-amz-meta-a", "x y")])
            .unwrap();
        for header in [("x-amz-copy-source", "/b/secret"), ("x-amz-acl", "public-read"), ("content-md5", "x")]
        {
            let refused = verify_at(NOW, "PUT", "/b/k", &query, &[header]);
            assert!(matches!(refused, Err(AuthError::SignatureDoesNotMatch(_))), "{header:?}: {refused:?}");
        }
        for header in [("x-amz-meta-a", "z"), ("content-type", "text/html")] {
            let refused = verify_at(NOW, "PUT", "/b/k", &query, &[header]);
            assert!(matches!(refused, Err(AuthError::UnsignedQuery(_))), "{header:?}: {refused:?}");
        }
    }

    #[test]
    fn s7_query_parameters_that_sigv2_cannot_sign_are_refused() {
        let query = format!("{KEY}&{PUT_TYPED}");
        for extra in
            ["attributes", "retention", "legal-hold", "session", "append=1", "X-Amz-Expires=1", "a%00=1"]
        {
            let refused = verify_at(NOW, "PUT", "/b/k", &format!("{query}&{extra}"), &[]);
            assert!(refused.is_err(), "{extra}");
        }
        for extra in ["uploadId=x", "acl", "tagging", "versionId=null", "x-amz-acl=public-read"] {
            let refused = verify_at(NOW, "PUT", "/b/k", &format!("{query}&{extra}"), &[]);
            assert!(matches!(refused, Err(AuthError::SignatureDoesNotMatch(_))), "{extra}: {refused:?}");
        }
    }

    /// Goal: the missing escapes of SigV2 cannot turn an UploadPart into a PutObject.
    #[test]
    fn s7_a_signed_parameter_cannot_hide_in_another_one() {
        let signature = "Signature=9CsOT3Zc75EHdkQGCYLtgbDx0Os%3D&Expires=1369354200";
        let folded = format!("partNumber=2%26uploadId%3Dup~l%2Fo%3Dd%2B&{KEY}&{signature}");
        let refused = verify_at(NOW, "PUT", "/b/dir/a%20b%2Bc", &folded, &[]);
        assert!(matches!(&refused, Err(AuthError::UnsignedQuery(name)) if name == "uploadId"), "{refused:?}");
        let forged = format!("{KEY}&{PUT_TYPED}").replace("text%2Fplain", "text%2Fplain%0A1");
        assert!(matches!(verify_at(NOW, "PUT", "/b/k", &forged, &[]), Err(AuthError::MalformedUri)));
    }

    #[test]
    fn b217_malformed_queries_are_refused() {
        let query = format!("{KEY}&{PUT_TYPED}");
        for (from, to) in [
            ("Signature=", "S="),
            ("Expires=1369354200", "E=1"),
            ("AWSAccessKeyId=", "A="),
            ("Expires=1369354200", "Expires=soon"),
            ("Expires=1369354200", "Expires=-1"),
            ("Expires=1369354200", "Expires=1369354200&Expires=1"),
        ] {
            let refused = verify_at(NOW, "PUT", "/b/k", &query.replace(from, to), &[]);
            assert!(matches!(refused, Err(AuthError::SigV2QueryMalformed { .. })), "{to}: {refused:?}");
        }
        let streamed = verify_at(
            NOW,
            "PUT",
            "/b/k",
            &query,
            &[("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")],
        );
        assert!(matches!(streamed, Err(AuthError::StreamingPresigned)));
    }
}
