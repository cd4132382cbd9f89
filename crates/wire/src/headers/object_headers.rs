//! Headers kept with an object: Content-*, Expires, x-amz-meta-*, storage class, website redirect (b26-b30).

use drystone_types::limits::USER_METADATA_MAX_BYTES;
use drystone_types::{ObjectHeaders, StorageClass};
use http::HeaderMap;

use super::text::{joined, text};
use crate::error::{ErrorCode, S3Error};

/// What an object without Content-Type answers (b26).
pub const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

const META_PREFIX: &str = "x-amz-meta-";

/// Reads the headers that PutObject, CopyObject and CreateMultipartUpload keep. Absent and empty ones are `None`.
///
/// # Errors
/// MetadataTooLarge (b8), InvalidStorageClass (b27), InvalidRedirectLocation (b30).
pub fn object_headers(headers: &HeaderMap) -> Result<ObjectHeaders, S3Error> {
    let one = |name| text(headers, name).filter(|value| !value.is_empty());
    Ok(ObjectHeaders {
        content_type: one("content-type"),
        cache_control: joined(headers, "cache-control").filter(|value| !value.is_empty()),
        content_disposition: one("content-disposition"),
        content_encoding: joined(headers, "content-encoding").and_then(|value| without_aws_chunked(&value)),
        content_language: joined(headers, "content-language").filter(|value| !value.is_empty()),
        expires: one("expires"),
        website_redirect_location: redirect_location(one("x-amz-website-redirect-location"))?,
        user_metadata: user_metadata(headers)?,
        storage_class: storage_class(headers)?,
    })
}

/// Reads x-amz-storage-class; the default is STANDARD.
///
/// # Errors
/// InvalidStorageClass (b27).
pub fn storage_class(headers: &HeaderMap) -> Result<StorageClass, S3Error> {
    match text(headers, "x-amz-storage-class") {
        None => Ok(StorageClass::default()),
        Some(name) => StorageClass::parse(&name).ok_or_else(|| S3Error::invalid_storage_class(name)),
    }
}

/// Content-Encoding without `aws-chunked`, which is about the transfer only (b215).
fn without_aws_chunked(value: &str) -> Option<String> {
    let is_ours = |coding: &str| coding.trim().eq_ignore_ascii_case("aws-chunked");
    if !value.split(',').any(is_ours) {
        return Some(value.to_owned()).filter(|value| !value.is_empty());
    }
    let kept: Vec<_> =
        value.split(',').filter(|coding| !is_ours(coding)).map(str::trim).filter(|c| !c.is_empty()).collect();
    Some(kept.join(",")).filter(|value| !value.is_empty())
}

fn redirect_location(value: Option<String>) -> Result<Option<String>, S3Error> {
    let legal = |value: &str| ["/", "http://", "https://"].iter().any(|prefix| value.starts_with(prefix));
    match value {
        Some(value) if !legal(&value) => Err(ErrorCode::InvalidRedirectLocation.into()),
        value => Ok(value),
    }
}

fn user_metadata(headers: &HeaderMap) -> Result<Vec<(String, String)>, S3Error> {
    let mut metadata = Vec::new();
    let mut size = 0;
    for header in headers.keys() {
        let Some(name) = header.as_str().strip_prefix(META_PREFIX) else { continue };
        let sent: usize = headers.get_all(header).iter().map(|value| value.len() + 1).sum();
        size += name.len() + sent - 1; // a comma between two values
        metadata.push((name.to_owned(), joined(headers, header.as_str()).unwrap_or_default()));
    }
    if size > USER_METADATA_MAX_BYTES { Err(S3Error::metadata_too_large(size)) } else { Ok(metadata) }
}

#[cfg(test)]
mod tests {
    use super::object_headers;
    use drystone_types::{ObjectHeaders, StorageClass};
    use http::{HeaderMap, HeaderName, HeaderValue};
    use proptest::prelude::*;

    fn headers(pairs: &[(&str, &[u8])]) -> HeaderMap {
        let name = |name: &str| name.parse::<HeaderName>().expect("a name");
        pairs.iter().map(|(n, v)| (name(n), HeaderValue::from_bytes(v).expect("a value"))).collect()
    }

    #[test]
    fn b26_everything_that_lands_on_the_object_is_read() {
        let map = headers(&[
            ("content-type", b"text/plain; charset=utf-8"),
            ("cache-control", b"no-cache"),
            ("content-disposition", b"attachment; filename=\"a.txt\""),
            ("content-encoding", b"gzip"),
            ("content-language", b"de, en"),
            ("expires", b"tomorrow"),
            ("x-amz-meta-Colour", b"blue"),
            ("x-amz-meta-empty", b""),
            ("x-amz-storage-class", b"STANDARD_IA"),
            ("x-amz-website-redirect-location", b"/other"),
            ("x-amz-date", b"no"),
        ]);
        let expected = ObjectHeaders {
            content_type: Some("text/plain; charset=utf-8".into()),
            cache_control: Some("no-cache".into()),
            content_disposition: Some("attachment; filename=\"a.txt\"".into()),
            content_encoding: Some("gzip".into()),
            content_language: Some("de, en".into()),
            expires: Some("tomorrow".into()),
            website_redirect_location: Some("/other".into()),
            user_metadata: vec![("colour".into(), "blue".into()), ("empty".into(), String::new())],
            storage_class: StorageClass::StandardIa,
        };
        assert_eq!(object_headers(&map), Ok(expected));
        assert_eq!(object_headers(&HeaderMap::new()), Ok(ObjectHeaders::default()));
    }

    #[test]
    fn b215_aws_chunked_is_not_stored() {
        let cases: [(&[u8], Option<&str>); 8] = [
            (b"aws-chunked", None),
            (b"AWS-Chunked", None),
            (b"aws-chunked,gzip", Some("gzip")),
            (b"gzip, aws-chunked", Some("gzip")),
            (b"gzip, aws-chunked, br", Some("gzip,br")),
            (b"gzip, br", Some("gzip, br")),
            (b"aws-chunked,", None),
            (b"", None),
        ];
        for (sent, kept) in cases {
            let got = object_headers(&headers(&[("content-encoding", sent)])).expect("legal");
            assert_eq!(got.content_encoding.as_deref(), kept, "{sent:?}");
        }
    }

    #[test]
    fn b8_s36_user_metadata_has_2_kb() {
        let with = |len: usize| object_headers(&headers(&[("x-amz-meta-k", &vec![b'v'; len - 1])]));
        assert!(with(2048).is_ok());
        let error = with(2049).expect_err("too large");
        assert_eq!((error.code.as_str(), error.get("Size")), ("MetadataTooLarge", Some("2049")));
        let latin1 = object_headers(&headers(&[("x-amz-meta-k", &[0xe9; 2047])]));
        assert!(latin1.is_ok(), "a byte counts as one, whatever its text form");
    }

    #[test]
    fn repeated_metadata_joins() {
        let mut map = HeaderMap::new();
        map.append("x-amz-meta-a", HeaderValue::from_static("1"));
        map.append("x-amz-meta-a", HeaderValue::from_static("2"));
        let got = object_headers(&map).expect("legal").user_metadata;
        assert_eq!(got, [("a".to_owned(), "1,2".to_owned())]);
    }

    #[test]
    fn b27_b30_unknown_classes_and_odd_redirects_are_refused() {
        let code = |name, value: &[u8]| {
            object_headers(&headers(&[(name, value)])).map_err(|e| e.code.as_str()).err()
        };
        assert_eq!(code("x-amz-storage-class", b"OUTPOSTS"), Some("InvalidStorageClass"));
        assert_eq!(code("x-amz-storage-class", b""), Some("InvalidStorageClass"));
        let location = "x-amz-website-redirect-location";
        assert_eq!(code(location, b"ftp://x"), Some("InvalidRedirectLocation"));
        for good in [&b"/x"[..], b"http://x", b"https://x"] {
            assert_eq!(code(location, good), None);
        }
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(value in proptest::collection::vec(32u8..=255, 0..64)) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                for name in ["content-encoding", "x-amz-meta-x", "x-amz-storage-class", "x-amz-website-redirect-location"] {
                    let mut map = HeaderMap::new();
                    map.insert(name, value.clone());
                    let _ = object_headers(&map);
                }
            }
        }
    }
}
