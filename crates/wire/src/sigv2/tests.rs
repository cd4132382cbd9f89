//! SigV2: AWS's example, recorded URLs, and what must not slip through.

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
    for header in [("x-amz-copy-source", "/b/secret"), ("x-amz-acl", "public-read"), ("content-md5", "x")] {
        let refused = verify_at(NOW, "PUT", "/b/k", &query, &[header]);
        assert!(matches!(refused, Err(AuthError::SignatureDoesNotMatch(_))), "{header:?}: {refused:?}");
    }
    for header in [("x-amz-meta-a", "z"), ("content-type", "text/html")] {
        let refused = verify_at(NOW, "PUT", "/b/k", &query, &[header]);
        assert!(matches!(refused, Err(AuthError::SignatureDoesNotMatch(_))), "{header:?}: {refused:?}");
    }
    for twice in ["x-amz-meta-a=z", "X-Amz-Meta-A=z", "content-type=text%2Fhtml"] {
        let refused = verify_at(NOW, "PUT", "/b/k", &format!("{query}&{twice}"), &[]);
        assert!(matches!(refused, Err(AuthError::UnsignedQuery(_))), "{twice}: {refused:?}");
    }
}

#[test]
fn s7_query_parameters_that_sigv2_cannot_sign_are_refused() {
    let query = format!("{KEY}&{PUT_TYPED}");
    for extra in ["attributes", "retention", "legal-hold", "session", "append=1", "X-Amz-Expires=1", "a%00=1"]
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
    assert!(
        matches!(streamed, Err(AuthError::SignatureDoesNotMatch(_))),
        "an unsigned header, above all: {streamed:?}"
    );
}
