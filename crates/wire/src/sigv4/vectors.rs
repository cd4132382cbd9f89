//! The examples that AWS publishes for S3, verified and, where our signer signs the same headers, signed (b218).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>,
//! `sigv4-query-string-auth.html`, `sigv4-streaming.html`, `sigv4-streaming-trailers.html`.

use super::hex;
use super::sign::{ChunkSigning, EMPTY_SHA256, Signer, sha256};
use crate::auth::{
    AuthOptions, Authenticated, KeyName, KeyRefusal, Keys, PayloadMode, Secret, SignedRequest, Via, verify,
};
use drystone_types::Timestamp;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use std::time::Duration;

const AKID: &str = "AKIAIOSFODNN7EXAMPLE";
/// 20130524T000000Z.
pub(crate) const NOW: Timestamp = Timestamp(1_369_353_600_000);

pub(crate) struct ExampleKeys;

impl Keys for ExampleKeys {
    fn secret(&self, name: &KeyName<'_>) -> Result<Secret, KeyRefusal> {
        match (name.access_key_id, name.token.unwrap_or_default()) {
            (AKID, "") => Ok(Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
            (_, "") => Err(KeyRefusal::Unknown),
            (_, "expired") => Err(KeyRefusal::ExpiredToken),
            _ => Err(KeyRefusal::InvalidToken),
        }
    }
}

pub(crate) fn signer() -> Signer {
    let secret = ExampleKeys.secret(&KeyName { access_key_id: AKID, token: None, now: NOW }).unwrap();
    Signer { access_key_id: AKID.to_owned(), secret, region: "us-east-1".to_owned() }
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

struct Example {
    method: &'static str,
    path: &'static str,
    query: &'static str,
    host: &'static str,
    headers: &'static [(&'static str, &'static str)],
    payload: String,
    signature: &'static str,
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect()
}

fn check(example: &Example) -> (Authenticated, ChunkSigning) {
    let headers = headers(example.headers);
    let request = SignedRequest {
        method: example.method,
        raw_path: example.path,
        raw_query: example.query,
        headers: &headers,
        host: example.host,
        host_bucket: None,
    };
    let (added, seed) = signer().sign(&request, &example.payload, NOW).unwrap();
    assert_eq!(seed.seed_signature, example.signature, "{} {}", example.method, example.path);
    assert!(added[AUTHORIZATION].to_str().unwrap().ends_with(example.signature));
    let mut all = headers.clone();
    all.extend(added);
    let request = SignedRequest { headers: &all, ..request };
    (verify(&request, &ExampleKeys, NOW, &AuthOptions::default()).unwrap(), seed)
}

#[test]
fn b218_the_header_examples_of_aws_sign_and_verify() {
    let host = "examplebucket.s3.amazonaws.com";
    let get_object = Example {
        method: "GET",
        path: "/test.txt",
        query: "",
        host,
        headers: &[("range", "bytes=0-9")],
        payload: EMPTY_SHA256.to_owned(),
        signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    };
    let put_object = Example {
        method: "PUT",
        path: "/test$file.text",
        query: "",
        host,
        headers: &[("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
        payload: hex(&sha256(b"Welcome to Amazon S3.")),
        signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    };
    let get_lifecycle = Example {
        method: "GET",
        path: "/",
        query: "lifecycle",
        host,
        headers: &[],
        payload: EMPTY_SHA256.to_owned(),
        signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    };
    let list_objects = Example {
        method: "GET",
        path: "/",
        query: "max-keys=2&prefix=J",
        host,
        headers: &[],
        payload: EMPTY_SHA256.to_owned(),
        signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    };
    for example in [get_object, put_object, get_lifecycle, list_objects] {
        let (authenticated, _) = check(&example);
        assert_eq!(authenticated.access_key_id, AKID);
        assert_eq!(authenticated.region, "us-east-1");
        assert!(matches!(authenticated.payload, PayloadMode::Hash(_)));
    }
}

#[test]
fn b218_the_presigned_example_of_aws_signs_and_verifies() {
    let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let none = HeaderMap::new();
    let request = SignedRequest {
        method: "GET",
        raw_path: "/test.txt",
        raw_query: "",
        headers: &none,
        host: "examplebucket.s3.amazonaws.com",
        host_bucket: None,
    };
    let query = signer().presign(&request, Duration::from_secs(86_400), NOW).unwrap();
    assert!(query.ends_with(&format!("&X-Amz-Signature={signature}")), "{query}");

    let published = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={AKID}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
    );
    assert_eq!(query, published);
    let request = SignedRequest { raw_query: &published, ..request };
    let authenticated = verify(&request, &ExampleKeys, NOW, &AuthOptions::default()).unwrap();
    assert_eq!(authenticated.via, Via::Presigned);
    assert_eq!(authenticated.payload, PayloadMode::Unsigned);
}

/// The seed of the chunked upload example, whose chunks `chunked` verifies.
pub(crate) fn chunked_seed() -> ChunkSigning {
    let example = Example {
        method: "PUT",
        path: "/examplebucket/chunkObject.txt",
        query: "",
        host: "s3.amazonaws.com",
        headers: &[
            ("content-encoding", "aws-chunked"),
            ("content-length", "66824"),
            ("x-amz-decoded-content-length", "66560"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ],
        payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned(),
        signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    };
    let (authenticated, _) = check(&example);
    assert_eq!(authenticated.payload, PayloadMode::StreamingSigned { trailer: false });
    authenticated.seed.unwrap()
}

/// The seed of the example with trailers. It signs x-amz-trailer, and no content-length.
pub(crate) fn chunked_trailer_seed() -> ChunkSigning {
    let example = Example {
        method: "PUT",
        path: "/examplebucket/chunkObject.txt",
        query: "",
        host: "s3.amazonaws.com",
        headers: &[
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "66560"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-trailer", "x-amz-checksum-crc32c"),
        ],
        payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER".to_owned(),
        signature: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    };
    let (authenticated, _) = check(&example);
    assert_eq!(authenticated.payload, PayloadMode::StreamingSigned { trailer: true });
    authenticated.seed.unwrap()
}

#[test]
fn b218_the_seeds_of_the_chunked_examples_sign_and_verify() {
    assert_eq!(chunked_seed().scope, "20130524/us-east-1/s3/aws4_request");
    assert_eq!(chunked_trailer_seed().amz_date, "20130524T000000Z");
}

/// Requests as boto3 sends them, recorded: keys and prefixes that every client encodes a little differently.
#[test]
fn b205_recorded_client_requests_verify() {
    let path = "/b/a%20b%2Bc/%C3%A4//..~%2A%27%28%29%21/%252F";
    let credential = format!("Credential={AKID}/20130524/us-east-1/s3/aws4_request");
    let put = format!(
        "AWS4-HMAC-SHA256 {credential}, SignedHeaders=content-type;host;x-amz-checksum-crc32;x-amz-content-sha256;\
         x-amz-date;x-amz-meta-a;x-amz-sdk-checksum-algorithm, \
         Signature=e27004c0f77478e1926f8dd502ddbffc243bddb20c106257614bf8f059d7cc9d"
    );
    let list = format!(
        "AWS4-HMAC-SHA256 {credential}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
         Signature=5361aaf515dfff363005966e5ee21a68253264e2400bf13a42f7783c3c29f802"
    );
    let presigned = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={AKID}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature="
    );
    let get = format!(
        "response-content-type=a%20b%2Bc&{presigned}17aacfec0fa7f821c3f4d1335bfcf5d1e9e8ea93ba1e3925f6905c043c1dc162"
    );
    let list_presigned = format!(
        "list-type=2&prefix=a%20b%2B%2F%C3%A4%26%3D&encoding-type=url&{presigned}\
         90cbb8815092dd0a2764ff347b4cabe559ddbbf8980d31752e371e92fef5bd44"
    );
    let put_headers = [
        ("x-amz-meta-a", "  x   y "),
        ("content-type", "text/plain"),
        ("user-agent", "client"),
        ("expect", "100-continue"),
        ("x-amz-checksum-crc32", "jNwWgw=="),
        ("x-amz-sdk-checksum-algorithm", "CRC32"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-content-sha256", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"),
        ("authorization", &put),
        ("amz-sdk-request", "attempt=1"),
        ("content-length", "1"),
    ];
    let list_headers = [
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-content-sha256", EMPTY_SHA256),
        ("authorization", list.as_str()),
    ];
    let cases: [(&str, &str, &str, Pairs<'_>); 5] = [
        ("PUT", path, "", &put_headers),
        ("GET", "/b", "uploads&prefix=a%20b%2B%2F%C3%A4%26%3D", &list_headers),
        ("GET", "/b", "prefix=a+b%2B/%c3%a4%26%3D&uploads=", &list_headers), // the same, otherwise encoded
        ("GET", path, &get, &[]),
        ("GET", "/b", &list_presigned, &[]),
    ];
    for (method, raw_path, raw_query, pairs) in cases {
        let headers = headers(pairs);
        let host = "localhost:9000";
        let request =
            SignedRequest { method, raw_path, raw_query, headers: &headers, host, host_bucket: None };
        verify(&request, &ExampleKeys, NOW, &AuthOptions::default())
            .unwrap_or_else(|error| panic!("{method} {raw_path}?{raw_query}: {error:?}"));
    }
}
