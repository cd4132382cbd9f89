//! Properties of SigV4: what was signed verifies, and nothing else does.

use super::canonical::{Query, canonical_path, encode, joined_values};
use super::hex;
use super::sign::sha256;
use super::vectors::{ExampleKeys, NOW, signer};
use crate::auth::{AuthError, AuthOptions, Authenticated, SignedRequest, verify};
use crate::encoding::encode_path;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use proptest::prelude::*;
use std::time::Duration;

/// A request that owns its parts, so that one of them can be changed.
#[derive(Clone, Debug, PartialEq)]
struct Owned {
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    host: String,
}

impl Owned {
    fn request(&self) -> SignedRequest<'_> {
        SignedRequest {
            method: &self.method,
            raw_path: &self.path,
            raw_query: &self.query,
            headers: &self.headers,
            host: &self.host,
            host_bucket: None,
        }
    }

    fn verify(&self) -> Result<Authenticated, AuthError> {
        let options = AuthOptions { region: None, sigv2: true };
        verify(&self.request(), &ExampleKeys, NOW, &options)
    }

    fn signed(mut self, payload: &str) -> Self {
        let (added, _) = signer().sign(&self.request(), payload, NOW).unwrap();
        self.headers.extend(added);
        self
    }

    fn presigned(mut self) -> Self {
        self.query = signer().presign(&self.request(), Duration::from_secs(600), NOW).unwrap();
        self
    }

    /// What the signature covers: two requests that are equal here mean the same.
    fn meaning(&self) -> Option<impl PartialEq + use<>> {
        let names: Vec<String> = self.headers.keys().map(|name| name.as_str().to_owned()).collect();
        let values: Vec<_> = names.iter().map(|name| joined_values(&self.headers, name)).collect();
        let mut headers: Vec<_> = names.into_iter().zip(values).collect();
        headers.sort();
        let query = Query::parse(&self.query).ok()?.canonical(None);
        let path = canonical_path(&self.path).ok()?;
        Some((self.method.clone(), path, query, headers, self.host.clone()))
    }
}

fn requests() -> impl Strategy<Value = Owned> {
    let method = prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "HEAD"]);
    let path = prop::collection::vec(any::<char>(), 0..16);
    let pair = ("[a-z ~+&=%/\u{e9}-]{1,6}", "[ -~\u{e9}]{0,8}");
    let query = prop::collection::vec(pair, 0..4);
    let header =
        (prop::sample::select(vec!["range", "content-type", "x-amz-acl", "x-amz-meta-a"]), "[!-~]{1,9}");
    let headers = prop::collection::vec(header, 0..4);
    (method, path, query, headers, "[a-z]{1,8}(:[0-9]{2,4})?").prop_map(
        |(method, path, query, headers, host)| {
            let pieces: Vec<String> =
                query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
            let pairs = headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value));
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(name, value.parse().unwrap());
            }
            Owned {
                method: method.to_owned(),
                path: format!("/{}", encode_path(&path.iter().collect::<String>())),
                query: pieces.join("&"),
                headers,
                host,
            }
        },
    )
}

/// One change of one element; `at` chooses the place, `byte` the new content.
#[derive(Clone, Copy, Debug)]
enum Mutation {
    Method,
    Path,
    Query,
    QueryExtra,
    HeaderValue,
    HeaderGone,
    Host,
    Date,
    Region,
    AccessKey,
    Payload,
    Signature,
}

const MUTATIONS: [Mutation; 12] = [
    Mutation::Method,
    Mutation::Path,
    Mutation::Query,
    Mutation::QueryExtra,
    Mutation::HeaderValue,
    Mutation::HeaderGone,
    Mutation::Host,
    Mutation::Date,
    Mutation::Region,
    Mutation::AccessKey,
    Mutation::Payload,
    Mutation::Signature,
];

/// Replaces the byte of `text` at `at` by a printable one.
fn change(text: &str, at: usize, byte: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if bytes.is_empty() {
        return text.to_owned();
    }
    let at = at % bytes.len();
    bytes[at] = byte;
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = value.parse() {
        headers.insert(name, value);
    }
}

fn mutate(good: &Owned, mutation: Mutation, at: usize, byte: u8) -> Owned {
    let mut changed = good.clone();
    let names: Vec<HeaderName> = good.headers.keys().cloned().collect();
    let change_header = |changed: &mut Owned, name: &HeaderName, from: &str, to: &str| {
        if let Some(value) = good.headers.get(name) {
            set(&mut changed.headers, name.clone(), &value.to_str().unwrap().replacen(from, to, 1));
        }
    };
    match mutation {
        Mutation::Method => changed.method = if good.method == "PUT" { "GET" } else { "PUT" }.to_owned(),
        Mutation::Path => changed.path = format!("/{}", change(&good.path[1..], at, byte)),
        Mutation::Query => changed.query = change(&good.query, at, byte),
        Mutation::QueryExtra => changed.query = format!("{}&uploadId={}", good.query, char::from(byte)),
        Mutation::HeaderValue if !names.is_empty() => {
            let name = &names[at % names.len()];
            let value = good.headers[name].to_str().unwrap();
            set(&mut changed.headers, name.clone(), &change(value, at / 7, byte));
        }
        Mutation::HeaderGone if !names.is_empty() => {
            changed.headers.remove(&names[at % names.len()]);
        }
        Mutation::HeaderValue | Mutation::HeaderGone => {}
        Mutation::Host => changed.host = change(&good.host, at, byte),
        Mutation::Date => {
            let (name, pairs) = if at.is_multiple_of(2) {
                (HeaderName::from_static("x-amz-date"), [("20130524T000000Z", "20130524T000001Z"); 2])
            } else {
                (AUTHORIZATION, [("20130524/", "20130525/"), ("20130524%2F", "20130525%2F")])
            };
            change_header(&mut changed, &name, pairs[0].0, pairs[0].1);
            changed.query = good.query.replacen(pairs[1].0, pairs[1].1, 1);
        }
        Mutation::Region => {
            changed.query = good.query.replace("us-east-1", "us-east-2");
            change_header(&mut changed, &AUTHORIZATION, "us-east-1", "us-east-2");
        }
        Mutation::AccessKey => {
            changed.query = good.query.replace("7EXAMPLE", "8EXAMPLE");
            change_header(&mut changed, &AUTHORIZATION, "7EXAMPLE", "8EXAMPLE");
        }
        Mutation::Payload => {
            let other = hex(&sha256(&[byte]));
            set(&mut changed.headers, HeaderName::from_static("x-amz-content-sha256"), &other);
        }
        Mutation::Signature => {
            let flip = |text: &str| {
                let digits = text.len().min(64);
                let place = text.len() - digits + at % digits.max(1);
                change(text, place, byte)
            };
            match good.headers.get(AUTHORIZATION) {
                Some(value) => set(&mut changed.headers, AUTHORIZATION, &flip(value.to_str().unwrap())),
                None => changed.query = flip(&good.query),
            }
        }
    }
    changed
}

/// Goal: the property below is not empty. Method: every kind of change, with every place it can hit, on one request.
#[test]
fn s1_every_kind_of_change_is_refused_somewhere() {
    let mut request = Owned {
        method: "PUT".into(),
        path: "/b/k".into(),
        query: "a=1".into(),
        headers: HeaderMap::new(),
        host: "h".into(),
    };
    request.headers.insert("x-amz-meta-a", "v".parse().unwrap());
    for good in [request.clone().presigned(), request.signed(&hex(&sha256(b"body")))] {
        for mutation in MUTATIONS {
            let changed: Vec<Owned> = (0..400).map(|at| mutate(&good, mutation, at, b'7')).collect();
            let other = changed.iter().filter(|changed| changed.meaning() != good.meaning());
            assert!(other.clone().count() > 0, "{mutation:?} changes nothing");
            assert!(other.clone().all(|changed| changed.verify().is_err()), "{mutation:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Goal: a signature covers everything it should. Method: sign, verify, change one element, verify again; a change
    /// that leaves the meaning as it was proves nothing and is skipped.
    #[test]
    fn b205_signed_requests_verify_and_changed_ones_do_not(
        request in requests(),
        in_query in any::<bool>(),
        mutation in prop::sample::select(MUTATIONS.to_vec()),
        at in any::<u16>(),
        byte in b' '..=b'~',
    ) {
        let good = if in_query { request.presigned() } else { request.signed(&hex(&sha256(b"body"))) };
        good.verify().expect("signed requests verify");
        let changed = mutate(&good, mutation, usize::from(at), byte);
        if changed.meaning().is_none() || changed.meaning() != good.meaning() {
            prop_assert!(changed.verify().is_err(), "{good:?}\n{changed:?}");
        }
    }

    /// Goal: nothing a client sends makes the verifier panic. Method: arbitrary headers and queries.
    #[test]
    fn s10_arbitrary_credentials_never_verify_and_never_panic(
        authorization in "(AWS4-HMAC-SHA256 )?[ -~]{0,80}",
        query in "([ -~]{0,20}|X-Amz-(Algorithm|Credential|Date|Expires|Signature|SignedHeaders)=[ -~]{0,20}|&){0,9}",
        has_header in any::<bool>(),
    ) {
        let mut headers = HeaderMap::new();
        if has_header {
            headers.insert(AUTHORIZATION, authorization.parse().unwrap());
        }
        let request = Owned { method: "GET".into(), path: "/".into(), query, headers, host: "h".into() };
        prop_assert!(request.verify().is_err());
    }
}
