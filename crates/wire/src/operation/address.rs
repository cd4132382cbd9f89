//! From host and path to bucket and key: path style, virtual-hosted style and bucket-as-CNAME (b225).

use std::net::Ipv4Addr;

use drystone_types::key::InvalidKey;
use drystone_types::{BucketName, Key};

use crate::encoding::decode;
use crate::error::S3Error;

/// How the request names its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `/bucket/key`.
    Path,
    /// `bucket.domain/key`, or the bucket's own host name.
    VirtualHosted,
}

/// Bucket and key of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `None` for the service itself.
    pub bucket: Option<BucketName>,
    /// `None` for a bucket or the service. Never normalised: `//`, `..` and a leading `/` are part of the key.
    pub key: Option<Key>,
    /// Where the bucket was named.
    pub style: Style,
}

/// Finds bucket and key. The path is percent-decoded exactly once, after it was split.
///
/// `domains` are the host names under which buckets are sub-domains, with or without a port. With none, every
/// request is path style.
///
/// # Errors
/// InvalidURI, InvalidBucketName, KeyTooLongError.
pub fn address(host: Option<&str>, raw_path: &str, domains: &[String]) -> Result<Address, S3Error> {
    let path = match raw_path.strip_prefix('/') {
        Some(path) => path,
        None if raw_path.is_empty() => "",
        None => return Err(S3Error::invalid_uri(raw_path)),
    };
    if let Some(bucket) = host.and_then(|host| bucket_in_host(host, domains)) {
        let bucket = Some(parse_bucket(&bucket)?);
        return Ok(Address { bucket, key: parse_key(path)?, style: Style::VirtualHosted });
    }
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    if bucket.is_empty() && key.is_empty() {
        return Ok(Address { bucket: None, key: None, style: Style::Path });
    }
    let bucket = decode(bucket).map_err(|_| S3Error::invalid_uri(raw_path))?;
    Ok(Address { bucket: Some(parse_bucket(&bucket)?), key: parse_key(key)?, style: Style::Path })
}

/// The bucket that a Host header names, if it names one.
fn bucket_in_host(host: &str, domains: &[String]) -> Option<String> {
    if domains.is_empty() {
        return None;
    }
    let host = host_name(host);
    let domains: Vec<_> = domains.iter().map(|domain| host_name(domain)).collect();
    if domains.contains(&host) {
        return None;
    }
    let prefix_of = |domain: &String| host.strip_suffix(domain.as_str())?.strip_suffix('.');
    if let Some(bucket) = domains.iter().filter_map(prefix_of).min_by_key(|bucket| bucket.len()) {
        return Some(bucket.to_owned());
    }
    // A bucket's own host name is a full one: single labels are machines (localhost, a container's name).
    let own = host.contains('.') && host.parse::<Ipv4Addr>().is_err() && BucketName::parse(&host).is_ok();
    own.then_some(host)
}

/// Lower case, without port and final dot. An IPv6 address keeps its brackets.
fn host_name(host: &str) -> String {
    let host = host.trim();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn parse_bucket(name: &str) -> Result<BucketName, S3Error> {
    BucketName::parse(name).map_err(|_| S3Error::invalid_bucket_name(name))
}

fn parse_key(raw: &str) -> Result<Option<Key>, S3Error> {
    let key = decode(raw).map_err(|_| S3Error::invalid_uri(raw))?;
    match Key::parse(&key) {
        Ok(key) => Ok(Some(key)),
        Err(InvalidKey::Empty) => Ok(None),
        Err(InvalidKey::TooLong) => Err(S3Error::key_too_long(key.len())),
        Err(InvalidKey::NotUtf8) => Err(S3Error::invalid_uri(raw)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Style, address};
    use proptest::prelude::*;

    fn names(
        host: Option<&str>,
        path: &str,
        domains: &[&str],
    ) -> Result<(String, String, Style), &'static str> {
        let domains: Vec<_> = domains.iter().map(|&domain| domain.to_owned()).collect();
        let found = address(host, path, &domains).map_err(|error| error.code.as_str())?;
        let bucket = found.bucket.map(|bucket| bucket.to_string()).unwrap_or_default();
        let key = found.key.map(|key| key.to_string()).unwrap_or_default();
        Ok((bucket, key, found.style))
    }

    #[test]
    fn b225_the_host_decides_where_the_bucket_is_named() {
        use Style::{Path, VirtualHosted};
        let domains = &["s3.example.com", "eu.s3.example.com:9000"];
        let cases = [
            (Some("s3.example.com"), "/bkt/k", "bkt", "k", Path),
            (Some("S3.Example.COM:443"), "/bkt/k", "bkt", "k", Path),
            (Some("bkt.s3.example.com"), "/k/l", "bkt", "k/l", VirtualHosted),
            (Some("bkt.s3.example.com:9000"), "/k", "bkt", "k", VirtualHosted),
            (Some("a.b.s3.example.com"), "/k", "a.b", "k", VirtualHosted),
            (Some("bkt.eu.s3.example.com"), "/k", "bkt", "k", VirtualHosted),
            (Some("bkt.s3.example.com."), "/k", "bkt", "k", VirtualHosted),
            (Some("bkt.s3.example.com"), "/", "bkt", "", VirtualHosted),
            (Some("bkt.s3.example.com"), "//k", "bkt", "/k", VirtualHosted),
            (Some("www.example.org"), "/k", "www.example.org", "k", VirtualHosted),
            (Some("www.example.org:80"), "/k", "www.example.org", "k", VirtualHosted),
            (Some("127.0.0.1:9000"), "/bkt/k", "bkt", "k", Path),
            (Some("[::1]:9000"), "/bkt/k", "bkt", "k", Path),
            (Some("[::1]"), "/bkt/k", "bkt", "k", Path),
            (Some("localhost:9000"), "/bkt/k", "bkt", "k", Path),
            (Some("storage"), "/bkt/k", "bkt", "k", Path),
            (Some("not_legal.example.org"), "/bkt/k", "bkt", "k", Path),
            (Some(""), "/bkt/k", "bkt", "k", Path),
            (None, "/bkt/k", "bkt", "k", Path),
            (None, "/bkt", "bkt", "", Path),
            (None, "/bkt/", "bkt", "", Path),
            (None, "/", "", "", Path),
            (None, "", "", "", Path),
        ];
        for (host, path, bucket, key, style) in cases {
            let expected = Ok((bucket.to_owned(), key.to_owned(), style));
            assert_eq!(names(host, path, domains), expected, "{host:?} {path}");
        }
        assert_eq!(names(Some("_.s3.example.com"), "/k", domains), Err("InvalidBucketName"));
        // With no domain configured, no host is a bucket.
        let path_style = Ok(("bkt".to_owned(), "k".to_owned(), Path));
        assert_eq!(names(Some("www.example.org"), "/bkt/k", &[]), path_style);
    }

    #[test]
    fn s30_keys_are_decoded_once_and_never_normalised() {
        let cases = [
            ("/bkt/..", ".."),
            ("/bkt/../other/k", "../other/k"),
            ("/bkt/%2e%2e/%2e%2e", "../.."),
            ("/bkt/%252e%252e", "%2e%2e"),
            ("/bkt/..%2fother", "../other"),
            ("/bkt/a%2Fb", "a/b"),
            ("/bkt/%2F", "/"),
            ("/bkt//", "/"),
            ("/bkt//a//b/", "/a//b/"),
            ("/bkt/.", "."),
            ("/bkt/./a/.", "./a/."),
            ("/bkt/a%5Cb", "a\\b"),
            ("/bkt/a\\b", "a\\b"),
            ("/bkt/a%00b", "a\0b"),
            ("/bkt/a+b%2Bc%20d", "a+b+c d"),
            ("/bkt/%3FversionId=1", "?versionId=1"),
            ("/bkt/%E2%80%AE", "\u{202e}"),
        ];
        for (path, key) in cases {
            assert_eq!(names(None, path, &[]), Ok(("bkt".into(), key.into(), Style::Path)), "{path}");
        }
    }

    #[test]
    fn s30_s36_what_cannot_be_a_bucket_or_key_is_refused() {
        let longest = format!("/bkt/{}", "%61".repeat(1024));
        assert!(names(None, &longest, &[]).is_ok());
        let too_long = format!("/bkt/{}", "k".repeat(1025));
        let cases = [
            ("/bkt/%ff", "InvalidURI"),
            ("/bkt/%c0%ae%c0%ae", "InvalidURI"),
            ("/bkt/%", "InvalidURI"),
            ("/bkt/%2", "InvalidURI"),
            ("/bkt/%u002e", "InvalidURI"),
            ("*", "InvalidURI"),
            ("bkt/k", "InvalidURI"),
            ("/%zz/k", "InvalidURI"),
            ("/..", "InvalidBucketName"),
            ("/../bkt/k", "InvalidBucketName"),
            ("/%2e%2e/bkt", "InvalidBucketName"),
            ("/bkt%2fother/k", "InvalidBucketName"),
            ("/bkt%00/k", "InvalidBucketName"),
            ("//bkt/k", "InvalidBucketName"),
            ("/Bkt/k", "InvalidBucketName"),
            (too_long.as_str(), "KeyTooLongError"),
        ];
        for (path, code) in cases {
            assert_eq!(names(None, path, &[]), Err(code), "{path}");
        }
    }

    /// Decodes byte by byte, independently of the parser under test.
    fn slow_decode(text: &str) -> Option<String> {
        let mut rest = text.as_bytes();
        let mut out = Vec::new();
        while let Some((&first, tail)) = rest.split_first() {
            if first == b'%' {
                let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
                if digits.starts_with('+') {
                    return None;
                }
                out.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &tail[2..];
            } else {
                out.push(first);
                rest = tail;
            }
        }
        String::from_utf8(out).ok()
    }

    proptest! {
        #[test]
        fn s31_the_key_is_what_an_independent_decoder_says(key in "(/|\\.|%|%2[ef5]|%25|%00|%c3%a9|a|\\\\|é){1,12}") {
            let path = format!("/bkt/{key}");
            let virtual_hosted = address(Some("bkt.s3.test"), &format!("/{key}"), &["s3.test".to_owned()]);
            match (slow_decode(&key), address(None, &path, &[])) {
                (Some(expected), Ok(found)) => {
                    prop_assert_eq!(found.key.as_ref().map(Key::as_str), Some(expected.as_str()));
                    let hosted = virtual_hosted.expect("the same key");
                    prop_assert_eq!((hosted.bucket, hosted.key), (found.bucket, found.key));
                }
                (None, Err(_)) => prop_assert!(virtual_hosted.is_err()),
                (expected, found) => prop_assert!(false, "{:?} {:?}", expected, found),
            }
        }

        #[test]
        fn addresses_never_panic(host in any::<Option<String>>(), path in any::<String>(), domain in any::<String>()) {
            let _ = address(host.as_deref(), &path, &[domain]);
            let _ = address(host.as_deref(), &format!("/{path}"), &[]);
        }
    }
}
