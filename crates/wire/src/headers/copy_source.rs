//! x-amz-copy-source: source, range and conditions of CopyObject and UploadPartCopy (b59-b72).

use drystone_types::{BucketName, ByteRange, ETag, Key, Timestamp};
use http::HeaderMap;

use super::conditional::{Judgement, ReadConditions};
use super::text::text;
use crate::encoding::decode;
use crate::error::S3Error;

/// The object to copy from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySource {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// `null`, if the request named it: the one version that objects have.
    pub version_id: Option<String>,
}

/// x-amz-copy-source-range: both ends inclusive, `first <= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyRange {
    first: u64,
    last: u64,
}

/// x-amz-copy-source-if-*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyConditions(ReadConditions);

/// x-amz-metadata-directive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetadataDirective {
    /// Keep the source's headers.
    #[default]
    Copy,
    /// Take those of the request.
    Replace,
}

/// Reads x-amz-copy-source (b66, b67): `versionId` is split off first, then the rest is decoded exactly once.
///
/// # Errors
/// InvalidArgument when it is missing or malformed, and for a version id that cannot be one; NoSuchVersion for one
/// that could (b68).
pub fn copy_source(headers: &HeaderMap) -> Result<CopySource, S3Error> {
    let value = text(headers, "x-amz-copy-source").unwrap_or_default();
    let (path, version_id) = match value.split_once("?versionId=") {
        Some((path, version_id)) => (path, Some(version_id)),
        None => (value.as_str(), None),
    };
    let (bucket, key) = bucket_and_key(path).ok_or_else(|| S3Error::copy_source_malformed(value.clone()))?;
    match version_id {
        None | Some("null") => {}
        Some(other) if could_be_version(other) => {
            return Err(S3Error::no_such_version(key.as_str(), other));
        }
        Some(other) => {
            return Err(S3Error::invalid_argument("versionId", other, "Invalid version id specified"));
        }
    }
    Ok(CopySource { bucket, key, version_id: version_id.map(str::to_owned) })
}

/// Reads x-amz-copy-source-range. `None`: the whole source (b59).
///
/// # Errors
/// InvalidArgument unless it is `bytes=first-last` (b60).
pub fn copy_range(headers: &HeaderMap) -> Result<Option<CopyRange>, S3Error> {
    let Some(value) = text(headers, "x-amz-copy-source-range") else { return Ok(None) };
    CopyRange::parse(&value).map(Some).ok_or_else(|| S3Error::copy_range_malformed(value))
}

/// Reads x-amz-metadata-directive.
///
/// # Errors
/// InvalidArgument unless it is COPY or REPLACE.
pub fn metadata_directive(headers: &HeaderMap) -> Result<MetadataDirective, S3Error> {
    match text(headers, "x-amz-metadata-directive").as_deref() {
        None | Some("COPY") => Ok(MetadataDirective::Copy),
        Some("REPLACE") => Ok(MetadataDirective::Replace),
        Some(other) => {
            let message = "Unknown metadata directive.";
            Err(S3Error::invalid_argument("x-amz-metadata-directive", other, message))
        }
    }
}

impl CopyRange {
    /// Reads `bytes=first-last`.
    fn parse(value: &str) -> Option<Self> {
        let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse().unwrap_or(u64::MAX)) // digits only: the one way to fail is to be too large
        };
        let (first, last) = (number(first)?, number(last)?);
        (first <= last).then_some(Self { first, last })
    }

    /// The bytes meant, of a source of `size` bytes.
    ///
    /// # Errors
    /// InvalidRequest when the range begins past the end (b62), InvalidArgument when it ends there (b61).
    pub fn resolve(&self, size: u64) -> Result<ByteRange, S3Error> {
        if self.first >= size {
            return Err(S3Error::copy_range_unsatisfiable());
        }
        if self.last >= size {
            let value = format!("bytes={}-{}", self.first, self.last);
            return Err(S3Error::copy_range_past_end(value, size));
        }
        Ok(ByteRange { start: self.first, end: self.last + 1 })
    }
}

impl CopyConditions {
    /// Reads the four x-amz-copy-source-if-* headers.
    pub fn parse(headers: &HeaderMap) -> Self {
        let names = [
            "x-amz-copy-source-if-match",
            "x-amz-copy-source-if-none-match",
            "x-amz-copy-source-if-modified-since",
            "x-amz-copy-source-if-unmodified-since",
        ];
        Self(ReadConditions::named(headers, names))
    }

    /// Judges the source (b70-b72). A modified-since date after `now` is ignored.
    ///
    /// # Errors
    /// PreconditionFailed, never 304.
    pub fn judge(&self, etag: &ETag, last_modified: Timestamp, now: Timestamp) -> Result<(), S3Error> {
        let mut conditions = self.0.clone();
        conditions.if_modified_since = conditions.if_modified_since.filter(|date| *date <= now);
        match conditions.judge(etag, last_modified) {
            Judgement::Proceed => Ok(()),
            Judgement::NotModified(header) | Judgement::Failed(header) => {
                Err(S3Error::precondition_failed(format!("x-amz-copy-source-{header}")))
            }
        }
    }
}

fn bucket_and_key(path: &str) -> Option<(BucketName, Key)> {
    let path = decode(path).ok()?;
    let path = path.strip_prefix('/').unwrap_or(&path);
    let (bucket, key) = path.split_once('/')?;
    Some((BucketName::parse(bucket).ok()?, Key::parse(key).ok()?))
}

/// Version ids of S3 are 32 such characters; ours will be.
fn could_be_version(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::text::to_header_value;
    use http::HeaderName;
    use proptest::prelude::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let name = |name: &str| name.parse::<HeaderName>().expect("a name");
        pairs.iter().map(|(n, v)| (name(n), to_header_value(v).expect("a value"))).collect()
    }

    fn source(value: &str) -> Result<(String, String, bool), &'static str> {
        let found = copy_source(&headers(&[("x-amz-copy-source", value)])).map_err(|e| e.code.as_str())?;
        Ok((found.bucket.to_string(), found.key.to_string(), found.version_id.is_some()))
    }

    #[test]
    fn b67_s31_the_source_is_decoded_exactly_once() {
        let cases = [
            ("bkt/k", "k", false),
            ("/bkt/k", "k", false),
            ("bkt/%20", " ", false),
            ("bkt/_", "_", false),
            ("bkt/__", "__", false),
            ("bkt/%3FversionId", "?versionId", false),
            ("bkt/%3FversionId=null", "?versionId=null", false),
            ("bkt/%3FversionId=a?versionId=null", "?versionId=a", true),
            ("bkt/?versionId", "?versionId", false),
            ("bkt/k?x=1", "k?x=1", false),
            ("bkt/%25", "%", false),
            ("bkt/%252e", "%2e", false),
            ("bkt/..%2f..", "../..", false),
            ("bkt//k", "/k", false),
            ("bkt%2Fk%2Fl", "k/l", false),
            ("%2Fbkt/k", "k", false),
            ("bkt/a+b", "a+b", false),
            ("bkt/é", "é", false),
            ("bkt/k?versionId=null", "k", true),
        ];
        for (value, key, versioned) in cases {
            assert_eq!(source(value), Ok(("bkt".into(), key.into(), versioned)), "{value}");
        }
    }

    #[test]
    fn b66_b68_sources_that_cannot_be() {
        let unknown = format!("bkt/k?versionId={}", "a".repeat(32));
        let long = format!("bkt/{}", "k".repeat(1025));
        let cases = [
            ("", "InvalidArgument"),
            ("bkt", "InvalidArgument"),
            ("bkt/", "InvalidArgument"),
            ("/bkt/", "InvalidArgument"),
            ("/k", "InvalidArgument"),
            ("Bkt/k", "InvalidArgument"),
            ("../k", "InvalidArgument"),
            ("//bkt/k", "InvalidArgument"),
            ("bkt/%", "InvalidArgument"),
            ("bkt/%ff", "InvalidArgument"),
            ("bkt/%c0%ae", "InvalidArgument"),
            (&long, "InvalidArgument"),
            ("bkt/k?versionId=", "InvalidArgument"),
            ("bkt/k?versionId=x", "InvalidArgument"),
            ("bkt/k?versionId=null?versionId=null", "InvalidArgument"),
            (&unknown, "NoSuchVersion"),
        ];
        for (value, code) in cases {
            assert_eq!(source(value), Err(code), "{value}");
        }
        let error = copy_source(&headers(&[("x-amz-copy-source", "bkt")])).expect_err("no key");
        assert_eq!(error.get("ArgumentName"), Some("x-amz-copy-source"));
        assert!(copy_source(&HeaderMap::new()).is_err());
    }

    #[test]
    fn b59_to_b62_ranges_of_a_source_of_10_bytes() {
        let read = |value| {
            let range = copy_range(&headers(&[("x-amz-copy-source-range", value)]));
            let resolved = range.and_then(|range| range.expect("a range").resolve(10));
            resolved.map_err(|error| (error.code.as_str(), error.message.into_owned()))
        };
        assert_eq!(copy_range(&HeaderMap::new()), Ok(None));
        assert_eq!(read("bytes=0-9"), Ok(ByteRange { start: 0, end: 10 }));
        assert_eq!(read("bytes=9-9"), Ok(ByteRange { start: 9, end: 10 }));
        let malformed = [
            "0-8",
            "bytes=1-0",
            "bytes=-1-",
            "bytes=0--1",
            "bytes=0-1,3-4",
            "bytes=-",
            "bytes=1-",
            "bytes=-2",
            "",
            "bytes=+1-2",
            "bytes= 0-1",
            "items=0-1",
        ];
        for value in malformed {
            let (code, message) = read(value).expect_err(value);
            assert_eq!(code, "InvalidArgument", "{value}");
            assert!(message.contains("must be of the form bytes=first-last"), "{value}");
        }
        let past_end = "Range specified is not valid for source object of size: 10";
        for value in ["bytes=0-10", "bytes=9-18446744073709551615", "bytes=0-99999999999999999999999"] {
            assert_eq!(read(value), Err(("InvalidArgument", past_end.into())), "{value}");
        }
        let beyond = "The specified copy range is invalid for the source object size";
        for value in ["bytes=10-10", "bytes=10-20", "bytes=18446744073709551615-18446744073709551615"] {
            assert_eq!(read(value), Err(("InvalidRequest", beyond.into())), "{value}");
        }
    }

    #[test]
    fn b70_to_b72_conditions_fail_with_412_only() {
        let ours = "00000000000000000000000000000000";
        let other = "\"11111111111111111111111111111111\"";
        let before = "Thu, 01 Jan 1970 00:16:39 GMT";
        let after = "Thu, 01 Jan 1970 00:16:41 GMT";
        let future = "Fri, 01 Jan 2100 00:00:00 GMT";
        let cases: [(&[(&str, &str)], Option<&str>); 9] = [
            (&[("match", ours)], None),
            (&[("match", other)], Some("x-amz-copy-source-If-Match")),
            (&[("none-match", ours)], Some("x-amz-copy-source-If-None-Match")),
            (&[("modified-since", after)], Some("x-amz-copy-source-If-Modified-Since")),
            (&[("modified-since", before)], None),
            (&[("modified-since", future)], None), // b72
            (&[("unmodified-since", before)], Some("x-amz-copy-source-If-Unmodified-Since")),
            (&[("match", ours), ("unmodified-since", before)], None), // b71
            (&[("none-match", ours), ("modified-since", before)], Some("x-amz-copy-source-If-None-Match")), // b71
        ];
        for (pairs, failed) in cases {
            let names: Vec<_> =
                pairs.iter().map(|(name, value)| (format!("x-amz-copy-source-if-{name}"), *value)).collect();
            let pairs: Vec<_> = names.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let conditions = CopyConditions::parse(&headers(&pairs));
            let now = Timestamp(2_000_000);
            let got = conditions.judge(&ETag::single([0; 16]), Timestamp(1_000_000), now);
            assert_eq!(got.as_ref().err().and_then(|error| error.get("Condition")), failed, "{pairs:?}");
            assert!(got.err().is_none_or(|error| error.status() == 412));
        }
    }

    #[test]
    fn metadata_directives() {
        let read = |value| metadata_directive(&headers(&[("x-amz-metadata-directive", value)]));
        assert_eq!(metadata_directive(&HeaderMap::new()), Ok(MetadataDirective::Copy));
        assert_eq!(read("REPLACE"), Ok(MetadataDirective::Replace));
        assert_eq!(read("COPY"), Ok(MetadataDirective::Copy));
        assert_eq!(read("MERGE").map_err(|error| error.code.as_str()), Err("InvalidArgument"));
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(value in "[^\\x00-\\x1f\\x7f]{0,40}|(bkt|/|%2f|%|\\?versionId=|null|\\.){0,8}|bytes=[-0-9]{0,45}") {
            let map = headers(&[("x-amz-copy-source", &value), ("x-amz-copy-source-range", &value), ("x-amz-metadata-directive", &value)]);
            let _ = (copy_source(&map), metadata_directive(&map));
            if let Ok(Some(range)) = copy_range(&map) {
                let _ = (range.resolve(0), range.resolve(7), range.resolve(u64::MAX));
            }
        }
    }
}
