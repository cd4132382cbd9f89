//! x-amz-copy-source: what CopyObject and UploadPartCopy copy (b66-b68), and x-amz-metadata-directive.

use drystone_types::{BucketName, Key, WhichVersion};
use http::HeaderMap;

use super::text::text;
use crate::encoding::decode_query;
use crate::error::S3Error;

/// The object to copy from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySource {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// The version, if the request named one.
    pub version: Option<WhichVersion>,
}

impl CopySource {
    /// `versionId` as it was sent, for errors.
    pub fn version_id(headers: &HeaderMap) -> String {
        let value = text(headers, "x-amz-copy-source").unwrap_or_default();
        value.split_once("?versionId=").map_or_else(String::new, |(_, version_id)| version_id.to_owned())
    }
}

/// x-amz-metadata-directive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetadataDirective {
    /// Keep the source's headers.
    #[default]
    Copy,
    /// Take those of the request.
    Replace,
}

/// Reads x-amz-copy-source (b66, b67): `versionId` is split off first, then the rest is decoded exactly once. As in a query, `+`
/// is a space: some clients write it so, and a key's own `+` has to come as `%2B`.
///
/// # Errors
/// InvalidArgument when it is missing or malformed, and for a version id that cannot be one (b68).
pub fn copy_source(headers: &HeaderMap) -> Result<CopySource, S3Error> {
    let value = text(headers, "x-amz-copy-source").unwrap_or_default();
    let (path, version_id) = match value.split_once("?versionId=") {
        Some((path, version_id)) => (path, Some(version_id)),
        None => (value.as_str(), None),
    };
    let (bucket, key) = bucket_and_key(path, &value)?;
    let version = match version_id {
        None => None,
        Some(sent) => Some(WhichVersion::parse(sent).ok_or_else(|| S3Error::invalid_version_id(sent))?),
    };
    Ok(CopySource { bucket, key, version })
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

fn bucket_and_key(path: &str, value: &str) -> Result<(BucketName, Key), S3Error> {
    let path = decode_query(path).map_err(|_| S3Error::copy_source_encoding(value))?;
    let path = path.strip_prefix('/').unwrap_or(&path);
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let bucket = BucketName::parse(bucket).map_err(|_| S3Error::copy_source_bucket(value))?;
    let key = Key::parse(key).map_err(|_| S3Error::copy_source_key())?;
    Ok((bucket, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::testing::headers;
    use proptest::prelude::*;

    fn source(value: &str) -> Result<(String, String, bool), &'static str> {
        let found = copy_source(&headers(&[("x-amz-copy-source", value)])).map_err(|e| e.code.as_str())?;
        Ok((found.bucket.to_string(), found.key.to_string(), found.version.is_some()))
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
            ("bkt/a+b%2Bc", "a b+c", false),
            ("bkt/é", "é", false),
            ("bkt/k?versionId=null", "k", true),
            ("bkt/k?versionId=0123456789abcdef0123456789abcdef", "k", true),
        ];
        for (value, key, versioned) in cases {
            assert_eq!(source(value), Ok(("bkt".into(), key.into(), versioned)), "{value}");
        }
    }

    #[test]
    fn b66_b68_sources_that_cannot_be() {
        let foreign = format!("bkt/k?versionId={}", "Z".repeat(32));
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
            (&foreign, "InvalidArgument"),
        ];
        for (value, code) in cases {
            assert_eq!(source(value), Err(code), "{value}");
        }
        let error = copy_source(&headers(&[("x-amz-copy-source", "bkt")])).expect_err("no key");
        assert_eq!(error.get("ArgumentName"), Some("x-amz-copy-source"));
        assert!(copy_source(&HeaderMap::new()).is_err());
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
        fn arbitrary_values_never_panic(value in "[^\\x00-\\x1f\\x7f]{0,40}|(bkt|/|%2f|%|\\?versionId=|null|\\.){0,8}") {
            let map = headers(&[("x-amz-copy-source", &value), ("x-amz-metadata-directive", &value)]);
            let _ = (copy_source(&map), metadata_directive(&map));
        }
    }
}
