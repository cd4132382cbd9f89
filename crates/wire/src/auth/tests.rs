//! Tables for authentication: what is refused, how, and what is accepted.

use super::*;
use crate::sigv4::sign::Signer;
use http::header::HeaderName;
use std::time::Duration;

const AKID: &str = "AKIAIOSFODNN7EXAMPLE";
const NOW: Timestamp = Timestamp(1_795_343_400_000); // 20261122T103000Z
const HASH: &str = crate::sigv4::sign::EMPTY_SHA256;

struct OneKey;

impl Keys for OneKey {
    fn secret(&self, name: &KeyName<'_>) -> Result<Secret, KeyRefusal> {
        match (name.access_key_id, name.token.unwrap_or_default()) {
            (AKID, "") => Ok(Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
            (_, "") => Err(KeyRefusal::Unknown),
            (_, "expired") => Err(KeyRefusal::ExpiredToken),
            _ => Err(KeyRefusal::InvalidToken),
        }
    }
}

/// A request that owns its parts.
#[derive(Clone, Debug)]
struct Owned {
    method: &'static str,
    path: String,
    query: String,
    headers: HeaderMap,
    host: String,
}

impl Owned {
    fn new(method: &'static str, path: &str, query: &str) -> Self {
        let (path, query) = (path.to_owned(), query.to_owned());
        Self { method, path, query, headers: HeaderMap::new(), host: "localhost:9000".to_owned() }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    fn request(&self) -> SignedRequest<'_> {
        SignedRequest {
            method: self.method,
            raw_path: &self.path,
            raw_query: &self.query,
            headers: &self.headers,
            host: &self.host,
            host_bucket: None,
        }
    }

    /// Signs in the header, with this x-amz-content-sha256, at this moment.
    fn signed_as(mut self, payload: &str, at: Timestamp) -> Self {
        let (added, _) = signer().sign(&self.request(), payload, at).unwrap();
        self.headers.extend(added);
        self
    }

    fn signed(self) -> Self {
        self.signed_as(HASH, NOW)
    }

    fn presigned(mut self) -> Self {
        self.query = signer().presign(&self.request(), Duration::from_secs(60), NOW).unwrap();
        self
    }

    /// Replaces in the Authorization header.
    fn authorization(mut self, from: &str, to: &str) -> Self {
        let text = self.headers[AUTHORIZATION].to_str().unwrap().replacen(from, to, 1);
        self.headers.insert(AUTHORIZATION, text.parse().unwrap());
        self
    }

    fn query(mut self, from: &str, to: &str) -> Self {
        assert!(self.query.contains(from), "{} lacks {from}", self.query);
        self.query = self.query.replacen(from, to, 1);
        self
    }

    fn verify(&self) -> Result<Authenticated, AuthError> {
        self.verify_at(NOW)
    }

    fn verify_at(&self, now: Timestamp) -> Result<Authenticated, AuthError> {
        let options = AuthOptions { region: Some("us-east-1".to_owned()), sigv2: true };
        verify(&self.request(), &OneKey, now, &options)
    }
}

fn signer() -> Signer {
    let secret = OneKey.secret(&KeyName { access_key_id: AKID, token: None, now: NOW }).unwrap();
    Signer { access_key_id: AKID.to_owned(), secret, region: "us-east-1".to_owned() }
}

fn put() -> Owned {
    Owned::new("PUT", "/b/k", "")
}

/// Goal: nothing that the signer did not sign can change what a request means. Method: add each header to a request
/// that is signed well, in both places of credentials.
#[test]
fn b207_unsigned_x_amz_headers_are_refused() {
    let smuggled = [
        ("x-amz-copy-source", "/other/secret"),
        ("x-amz-copy-source-range", "bytes=0-1"),
        ("x-amz-acl", "public-read-write"),
        ("x-amz-grant-full-control", "id=x"),
        ("x-amz-meta-a", "b"),
        ("x-amz-tagging", "a=b"),
        ("x-amz-decoded-content-length", "1"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-object-lock-mode", "COMPLIANCE"),
        ("x-amz-bypass-governance-retention", "true"),
        ("x-amz-security-token-x", "t"),
        ("x-amz-anything-new", ""),
    ];
    for (name, value) in smuggled {
        for good in [put().signed(), put().presigned()] {
            good.verify().unwrap();
            match good.with(name, value).verify() {
                Err(AuthError::UnsignedHeaders(names)) => assert_eq!(names, [name]),
                other => panic!("{name}: {other:?}"),
            }
        }
        for good in [put().with(name, value).signed(), put().with(name, value).presigned()] {
            good.verify().unwrap();
            // A second line of a signed header is not signed either.
            let refused = good.with(name, "second").verify();
            assert!(matches!(refused, Err(AuthError::SignatureDoesNotMatch(_))), "{name}: {refused:?}");
        }
    }
    let two = put().signed().with("x-amz-tagging", "a").with("x-amz-acl", "b");
    assert_eq!(two.verify().unwrap_err().to_string(), "headers are not signed: x-amz-acl, x-amz-tagging");
}

#[test]
fn b207_host_has_to_be_signed() {
    let header = put().signed().authorization("SignedHeaders=host;", "SignedHeaders=");
    let query = put().presigned().query("SignedHeaders=host", "SignedHeaders=range");
    for request in [header, query] {
        match request.verify() {
            Err(AuthError::UnsignedHeaders(names)) => assert_eq!(names, ["host"]),
            other => panic!("{other:?}"),
        }
    }
    let mut moved = put().signed();
    moved.host = "elsewhere".to_owned();
    assert!(matches!(moved.verify(), Err(AuthError::SignatureDoesNotMatch(_))));
}

#[test]
fn b207_a_presigned_request_may_repeat_unsigned_payload_in_a_header() {
    let good = put().presigned().with("x-amz-content-sha256", "UNSIGNED-PAYLOAD").verify().unwrap();
    assert_eq!(good.payload, PayloadMode::Unsigned);
    for value in [HASH, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"] {
        let refused = put().presigned().with("x-amz-content-sha256", value).verify();
        assert!(matches!(refused, Err(AuthError::UnsignedHeaders(_))), "{value}: {refused:?}");
    }
    let hash = crate::sigv4::hex32(HASH.as_bytes()).unwrap();
    for request in [
        Owned::new("PUT", "/b/k", &format!("X-Amz-Content-Sha256={HASH}")).presigned(),
        Owned::new("PUT", "/b/k", &format!("X-Amz-Content-Sha256={HASH}"))
            .presigned()
            .with("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        put().with("x-amz-content-sha256", HASH).presigned(),
    ] {
        assert_eq!(request.verify().unwrap().payload, PayloadMode::Hash(hash));
    }
    let both = Owned::new("PUT", "/b/k", "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD")
        .with("x-amz-content-sha256", HASH)
        .presigned();
    assert!(matches!(both.verify(), Err(AuthError::InvalidContentSha256(_))));
}

#[test]
fn s2_only_one_place_of_credentials_is_allowed() {
    let v2 = "AWSAccessKeyId=x&Expires=1&Signature=x";
    let mut both = put().signed();
    both.query = put().presigned().query;
    let mut query_twice = put().presigned();
    query_twice.query = format!("{}&{v2}", query_twice.query);
    let mut header_and_v2 = put().signed();
    header_and_v2.query = v2.to_owned();
    let header_twice = put().signed().with("authorization", "AWS4-HMAC-SHA256 x");
    let split = put().signed().query;
    assert_eq!(split, "");
    for request in [both, query_twice, header_and_v2, header_twice] {
        assert!(matches!(request.verify(), Err(AuthError::MultipleMechanisms)), "{request:?}");
    }
    for mark in ["X-Amz-Signature=0", "X-Amz-Algorithm=AWS4-HMAC-SHA256", "X%2DAmz-Credential=x"] {
        let mut request = put().signed();
        request.query = mark.to_owned();
        assert!(matches!(request.verify(), Err(AuthError::MultipleMechanisms)), "{mark}");
    }
}

#[test]
fn s1_no_credentials_and_other_schemes_are_told_apart() {
    let none = put().with("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    assert!(matches!(none.verify(), Err(AuthError::Anonymous)));
    let v2 = put().with("authorization", "AWS AKIA:c2ln").verify();
    assert!(matches!(v2, Err(AuthError::UnsupportedMechanism)), "{v2:?}");
    for value in ["Bearer x", "Basic eDp5", "", "word", "AWS4-HMAC-SHA1 Credential=x", "aws4-hmac-sha256 x"] {
        let refused = put().with("authorization", value).verify();
        let named = value.split(' ').next();
        let is_named = |scheme: &str| Some(scheme) == named;
        assert!(
            matches!(&refused, Err(AuthError::UnknownScheme { scheme, .. }) if is_named(scheme)),
            "{value}: {refused:?}"
        );
    }
    let v4a = put().with("authorization", "AWS4-ECDSA-P256-SHA256 Credential=x");
    assert!(matches!(v4a.verify(), Err(AuthError::NotImplemented(_))));
}

#[test]
fn b206_a_malformed_authorization_header_is_refused_with_s3s_text() {
    let parts =
        "the authorization header requires three components: Credential, SignedHeaders, and Signature.";
    let scope = "20261122/us-east-1/s3/aws4_request";
    let cases = [
        ("Credential=", "Credentials=", parts.to_owned()),
        ("SignedHeaders=", "Signedheaders=", parts.to_owned()),
        ("Signature=", "Signature=&", String::new()),
        (", Signature=", ", Signature=1, Signature=", parts.to_owned()),
        (", Signature=", ", Extra=1, Signature=", parts.to_owned()),
        (", Signature=", ",, Signature=", parts.to_owned()),
        ("Credential=", "Credential=, Credential=", parts.to_owned()),
        (
            scope,
            "20261122/us-east-1/s3",
            "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".".to_owned(),
        ),
        (
            scope,
            "x/20261122/us-east-1/s3/aws4_request",
            "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".".to_owned(),
        ),
        (AKID, "", "a non-empty Access Key (AKID) must be provided in the credential.".to_owned()),
        (
            "20261122/",
            "2026112/",
            "incorrect date format \"2026112\". This date in the credential must be in the format \"yyyyMMdd\"."
                .to_owned(),
        ),
        (
            "20261122/",
            "20261121/",
            "Invalid credential date \"20261121\". This date is not the same as X-Amz-Date: \"20261122\".".to_owned(),
        ),
        ("/s3/", "/ec2/", "incorrect service \"ec2\". This endpoint belongs to \"s3\".".to_owned()),
        (
            "aws4_request",
            "aws5_request",
            "incorrect terminal \"aws5_request\". This endpoint uses \"aws4_request\".".to_owned(),
        ),
        ("us-east-1", "eu-west-1", "the region 'eu-west-1' is wrong; expecting 'us-east-1'".to_owned()),
        ("host;", "host;;", "the SignedHeaders component is mal-formed.".to_owned()),
        ("host;", "host;host;", "the SignedHeaders component is mal-formed.".to_owned()),
        ("host;", "Host;", "the SignedHeaders component is mal-formed.".to_owned()),
        ("host;", ";host;", "the SignedHeaders component is mal-formed.".to_owned()),
    ];
    for (from, to, text) in cases {
        match put().signed().authorization(from, to).verify() {
            Err(AuthError::AuthorizationHeaderMalformed { message, region }) => {
                assert_eq!(message, format!("The authorization header is malformed; {text}"));
                assert_eq!(region.is_some(), message.contains("region"), "{message}");
            }
            Err(AuthError::SignatureDoesNotMatch(_)) if text.is_empty() => {}
            other => panic!("{from} -> {to}: {other:?}"),
        }
    }
}

#[test]
fn b206_blanks_and_order_in_the_authorization_header_do_not_matter() {
    let text = put().signed().headers[AUTHORIZATION].to_str().unwrap().to_owned();
    let (scheme, rest) = text.split_once(' ').unwrap();
    let parts: Vec<&str> = rest.split(", ").collect();
    for form in [
        format!("{scheme} {}", parts.join(",")),
        format!("{scheme} {}, {}, {}", parts[2], parts[0], parts[1]),
        format!("{scheme}  {} , {} ,  {} ", parts[0], parts[1], parts[2]),
    ] {
        let mut request = put().signed();
        request.headers.insert(AUTHORIZATION, form.parse().unwrap());
        request.verify().unwrap();
    }
}

#[test]
fn b206_unknown_keys_and_wrong_signatures_are_told_apart() {
    let unknown = [
        put().signed().authorization(AKID, "AKIANOBODY"),
        put().presigned().query(AKID, "AKIANOBODY"),
        Owned::new("GET", "/b/k", "AWSAccessKeyId=AKIANOBODY&Expires=1795343460&Signature=x"),
    ];
    for request in unknown {
        let refused = request.verify();
        assert!(
            matches!(&refused, Err(AuthError::InvalidAccessKeyId(id)) if id == "AKIANOBODY"),
            "{refused:?}"
        );
    }
    let request = put().signed().authorization("Signature=", "Signature=0");
    let Err(AuthError::SignatureDoesNotMatch(mismatch)) = request.verify() else { panic!("accepted") };
    assert_eq!(mismatch.access_key_id, AKID);
    assert!(mismatch.signature_provided.starts_with('0'));
    assert!(
        mismatch
            .string_to_sign
            .starts_with("AWS4-HMAC-SHA256\n20261122T103000Z\n20261122/us-east-1/s3/aws4_request\n")
    );
    assert!(mismatch.string_to_sign_bytes().starts_with("41 57 53 34 2d "));
    assert!(
        mismatch.canonical_request.as_deref().unwrap().starts_with(b"PUT\n/b/k\n\nhost:localhost:9000\n")
    );
    assert!(mismatch.canonical_request_bytes().unwrap().starts_with("50 55 54 0a "));
}

/// Goal: neither a secret nor a right signature gets into logs or answers.
#[test]
fn s18_secrets_and_right_signatures_are_never_shown() {
    let good = put().signed_as("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", NOW);
    let right = good.headers[AUTHORIZATION].to_str().unwrap().split_once("Signature=").unwrap().1.to_owned();
    let refused = good.clone().authorization(&right, &"0".repeat(64)).verify().unwrap_err();
    assert!(!format!("{refused:?} {refused}").contains(&right));
    let shown = format!("{:?} {:?}", good.verify().unwrap(), signer());
    assert!(!shown.contains("wJalr"), "{shown}");
    assert!(shown.contains("Secret(hidden)") && shown.contains("SigningKey(hidden)"));
}

#[test]
fn b206_a_signed_header_that_is_missing_never_matches() {
    let request = put().with("content-type", "a/b").signed().without("content-type");
    assert!(matches!(request.verify(), Err(AuthError::SignatureDoesNotMatch(_))));

    // Not even when the signer left its line out too.
    let lines = format!("host:localhost:9000\nx-amz-content-sha256:{HASH}\nx-amz-date:20261122T103000Z\n");
    let names = "host;x-amz-content-sha256;x-amz-date";
    signed_by_hand(put().signed(), &lines, names).verify().unwrap();
    let refused = signed_by_hand(put().signed(), &lines, &format!("content-type;{names}")).verify();
    assert!(matches!(refused, Err(AuthError::SignatureDoesNotMatch(_))));
}

/// Puts a right signature over these canonical header lines and names into a `PUT /b/k`.
fn signed_by_hand(mut request: Owned, lines: &str, names: &str) -> Owned {
    let canonical = format!("PUT\n/b/k\n\n{lines}\n{names}\n{HASH}");
    let scope = "20261122/us-east-1/s3/aws4_request";
    let string = crate::sigv4::sign::string_to_sign("20261122T103000Z", scope, canonical.as_bytes());
    let signature = crate::sigv4::hex(&signer().key("20261122").sign(string.as_bytes()));
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={AKID}/{scope}, SignedHeaders={names}, Signature={signature}");
    request.headers.insert(AUTHORIZATION, authorization.parse().unwrap());
    request
}

#[test]
fn b208_the_payload_mode_comes_from_x_amz_content_sha256() {
    let hash = crate::sigv4::hex32(HASH.as_bytes()).unwrap();
    let cases = [
        (HASH, PayloadMode::Hash(hash)),
        ("UNSIGNED-PAYLOAD", PayloadMode::Unsigned),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", PayloadMode::StreamingUnsignedTrailer),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", PayloadMode::StreamingSigned { trailer: false }),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", PayloadMode::StreamingSigned { trailer: true }),
    ];
    for (value, mode) in cases {
        let good = put().signed_as(value, NOW);
        let authenticated = good.verify().unwrap();
        assert_eq!(authenticated.payload, mode);
        assert_eq!(authenticated.seed.is_some(), matches!(mode, PayloadMode::StreamingSigned { .. }));
        assert_eq!(authenticated.via, Via::Header);
        // S1: whatever the mode, a wrong signature is refused.
        let wrong = good.authorization("Signature=", "Signature=0").verify();
        assert!(matches!(wrong, Err(AuthError::SignatureDoesNotMatch(_))), "{value}");
        let presigned = put().with("x-amz-content-sha256", value).presigned();
        match presigned.verify() {
            Err(AuthError::StreamingPresigned) => {
                assert!(matches!(mode, PayloadMode::StreamingSigned { .. }));
            }
            other => assert_eq!(other.unwrap().payload, mode),
        }
        let wrong = presigned.query("X-Amz-Signature=", "X-Amz-Signature=0").verify();
        assert!(matches!(wrong, Err(AuthError::SignatureDoesNotMatch(_) | AuthError::StreamingPresigned)));
    }
    for value in ["", "abc", "UNSIGNED", "unsigned-payload", &HASH[1..], &format!("{HASH}0"), "STREAMING-X"] {
        let refused = put().signed_as(value, NOW).verify();
        assert!(
            matches!(&refused, Err(AuthError::InvalidContentSha256(shown)) if shown == value),
            "{refused:?}"
        );
    }
    for value in
        ["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"]
    {
        assert!(matches!(put().signed_as(value, NOW).verify(), Err(AuthError::NotImplemented(_))));
    }
    let absent = put().signed().without("x-amz-content-sha256").verify();
    assert!(matches!(absent, Err(AuthError::MissingContentSha256)));
    let twice = put().signed().with("x-amz-content-sha256", "UNSIGNED-PAYLOAD").verify();
    assert!(matches!(twice, Err(AuthError::InvalidContentSha256(_))));
}

#[test]
fn b205_the_clock_may_differ_by_fifteen_minutes() {
    let limit = Duration::from_secs(900);
    let before = Timestamp(NOW.0 - 900_000);
    for (signed_at, ok) in [
        (NOW, true),
        (before, true),
        (NOW.after(limit), true),
        (Timestamp(before.0 - 1000), false),
        (NOW.after(limit + Duration::from_secs(1)), false),
        (NOW.after(Duration::from_secs(365 * 86_400)), false),
        (Timestamp(0), false),
    ] {
        let outcome = put().signed_as(HASH, signed_at).verify();
        match outcome {
            Ok(_) => assert!(ok, "{signed_at:?}"),
            Err(AuthError::RequestTimeTooSkewed { request_time, server_time, max_allowed_ms }) => {
                assert!(!ok, "{signed_at:?}");
                assert_eq!((request_time, server_time), (signed_at.amz_date(), NOW));
                assert_eq!(max_allowed_ms, 900_000);
            }
            other => panic!("{signed_at:?}: {other:?}"),
        }
    }
}

#[test]
fn b205_the_date_comes_from_x_amz_date_or_else_date() {
    for bad in ["", "yesterday", "20261122", "Sun, 22 Nov 2026 10:30:00 GMT"] {
        let mut request = put().signed();
        request.headers.insert("x-amz-date", bad.parse().unwrap());
        assert!(matches!(request.verify(), Err(AuthError::InvalidDate)), "{bad}");
    }
    assert!(matches!(put().signed().without("x-amz-date").verify(), Err(AuthError::InvalidDate)));
    let twice = put().signed().with("x-amz-date", "20261122T103000Z");
    assert!(matches!(twice.verify(), Err(AuthError::InvalidDate)));

    let date = "Sun, 22 Nov 2026 10:30:00 GMT";
    let dated = put().with("date", date).with("x-amz-content-sha256", HASH);
    let lines = format!("date:{date}\nhost:localhost:9000\nx-amz-content-sha256:{HASH}\n");
    signed_by_hand(dated, &lines, "date;host;x-amz-content-sha256").verify().unwrap();
}

#[test]
fn b216_presigned_parts_are_checked_with_s3s_texts() {
    let parts = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
                 X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
    let week = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less \
                than 604800 seconds";
    let cases = [
        ("X-Amz-Algorithm", "x", parts),
        ("X-Amz-Credential", "x", parts),
        ("X-Amz-Signature", "x", parts),
        ("X-Amz-Date", "x", parts),
        ("X-Amz-SignedHeaders", "x", parts),
        ("X-Amz-Expires", "x", parts),
        ("X-Amz-Expires=60", "X-Amz-Expires=60&X-Amz-Expires=60", parts),
        ("X-Amz-Date", "X-Amz-Signature=0&X-Amz-Date", parts),
        ("X-Amz-Expires=60", "X-Amz-Expires=0", "X-Amz-Expires must be non-negative"),
        ("X-Amz-Expires=60", "X-Amz-Expires=-1", "X-Amz-Expires must be non-negative"),
        ("X-Amz-Expires=60", "X-Amz-Expires=604801", week),
        ("X-Amz-Expires=60", "X-Amz-Expires=18446744073709551616", week),
        ("X-Amz-Expires=60", "X-Amz-Expires=", "X-Amz-Expires should be a number"),
        ("X-Amz-Expires=60", "X-Amz-Expires=6e1", "X-Amz-Expires should be a number"),
        ("X-Amz-Expires=60", "X-Amz-Expires=%2B60", "X-Amz-Expires should be a number"),
        (
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA512",
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
        ),
        (
            "20261122T103000Z",
            "20261122T1030Z",
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
        ),
        (
            "20261122T103000Z",
            "20261123T103000Z",
            "Invalid credential date \"20261122\". This date is not the same as X-Amz-Date: \"20261123\".",
        ),
        (
            "us-east-1",
            "eu-west-1",
            "Error parsing the X-Amz-Credential parameter; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
        ),
        (
            "%2Fs3%2F",
            "%2Fec2%2F",
            "Error parsing the X-Amz-Credential parameter; incorrect service \"ec2\". This endpoint belongs to \"s3\".",
        ),
        ("SignedHeaders=host", "SignedHeaders=host%3B", "Error parsing the X-Amz-SignedHeaders parameter."),
    ];
    for (from, to, text) in cases {
        match put().presigned().query(from, to).verify() {
            Err(AuthError::AuthorizationQueryParametersError { message, .. }) => {
                assert_eq!(message, text, "{from} -> {to}");
            }
            other => panic!("{from} -> {to}: {other:?}"),
        }
    }
    let v4a = put().presigned().query("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256");
    assert!(matches!(v4a.verify(), Err(AuthError::NotImplemented(_))));
}

#[test]
fn b216_a_presigned_request_lives_from_its_date_until_it_expires() {
    let request = put().presigned();
    assert_eq!(request.verify().unwrap().via, Via::Presigned);
    request.verify_at(NOW.after(Duration::from_secs(60))).unwrap();
    match request.verify_at(NOW.after(Duration::from_millis(60_001))) {
        Err(AuthError::Expired { expires_seconds, expires_at, server_time }) => {
            assert_eq!(expires_seconds, Some(60));
            assert_eq!(expires_at, NOW.after(Duration::from_secs(60)));
            assert_eq!(server_time, Timestamp(NOW.0 + 60_001));
        }
        other => panic!("{other:?}"),
    }
    request.verify_at(Timestamp(NOW.0 - 900_000)).unwrap();
    assert!(matches!(request.verify_at(Timestamp(NOW.0 - 900_001)), Err(AuthError::NotYetValid { .. })));
}

#[test]
fn session_tokens_are_judged_by_who_knows_the_keys() {
    let header = put().with("x-amz-security-token", "t").signed();
    let query = Owned::new("GET", "/b/k", "X-Amz-Security-Token=t").presigned();
    for request in [header, query] {
        assert!(matches!(request.verify(), Err(AuthError::InvalidToken)));
    }
    let header = put().with("x-amz-security-token", "expired").signed();
    let query = Owned::new("GET", "/b/k", "X-Amz-Security-Token=expired").presigned();
    for request in [header, query] {
        assert!(matches!(request.verify(), Err(AuthError::ExpiredToken)));
    }
    let twice = Owned::new("GET", "/b/k", "X-Amz-Security-Token=a&X-Amz-Security-Token=b").presigned();
    assert!(matches!(twice.verify(), Err(AuthError::InvalidToken)));
    put().with("x-amz-security-token", "").signed().verify().unwrap();
}

#[test]
fn sts_is_signed_for_sts_only_and_the_body_counts() {
    let mut request = Owned::new("POST", "/", "");
    let body = crate::sigv4::sign::sha256(b"Action=GetCallerIdentity");
    let names = ["host", "x-amz-date"];
    let date = NOW.amz_date();
    request.headers.insert("x-amz-date", date.parse().unwrap());
    let payload = crate::sigv4::hex(&body);
    let (canonical, _) =
        crate::sigv4::canonical::canonical_request(&request.request(), "", &names, &payload).unwrap();
    let sign = |service: &str| {
        let scope = format!("{}/us-east-1/{service}/aws4_request", &date[..8]);
        let string = crate::sigv4::sign::string_to_sign(&date, &scope, &canonical);
        let key = crate::sigv4::sign::signing_key(&signer().secret, &date[..8], "us-east-1", service);
        let signature = crate::sigv4::hex(&key.sign(string.as_bytes()));
        format!(
            "AWS4-HMAC-SHA256 Credential={AKID}/{scope},SignedHeaders=host;x-amz-date,Signature={signature}"
        )
    };
    let check = |authorization: &str, body: [u8; 32]| {
        let signed = request.clone().with("authorization", authorization);
        verify_sts(&signed.request(), body, &OneKey, NOW, &AuthOptions::default())
    };
    assert_eq!(check(&sign("sts"), body).unwrap().access_key_id, AKID);
    assert!(matches!(check(&sign("sts"), [0; 32]), Err(AuthError::SignatureDoesNotMatch(_))));
    assert!(matches!(check(&sign("s3"), body), Err(AuthError::AuthorizationHeaderMalformed { .. })));
    assert!(matches!(
        verify_sts(&request.request(), body, &OneKey, NOW, &AuthOptions::default()),
        Err(AuthError::Anonymous)
    ));
    let signed = request.clone().with("authorization", &sign("sts"));
    assert!(verify(&signed.request(), &OneKey, NOW, &AuthOptions::default()).is_err());
}

#[test]
fn broken_percent_encoding_is_refused() {
    let mut path = put().signed();
    path.path = "/b/k%4".to_owned();
    let mut query = put().signed();
    query.query = "a=%zz".to_owned();
    for request in [path, query] {
        assert!(matches!(request.verify(), Err(AuthError::MalformedUri)));
    }
}

#[test]
fn every_region_is_accepted_unless_one_is_set() {
    let request = put().signed();
    let mut elsewhere = signer();
    elsewhere.region = "anywhere".to_owned();
    let (headers, _) = elsewhere.sign(&put().request(), HASH, NOW).unwrap();
    let other = Owned { headers, ..request };
    let authenticated = verify(&other.request(), &OneKey, NOW, &AuthOptions::default()).unwrap();
    assert_eq!(authenticated.region, "anywhere");
    assert_eq!(authenticated.signed_headers, ["host", "x-amz-content-sha256", "x-amz-date"]);
}
