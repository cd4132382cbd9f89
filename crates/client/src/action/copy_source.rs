//! CopySource: the object that a copy reads, as x-amz-copy-source names it (b66, b67).

use drystone_wire::encoding::encode_path;
use drystone_wire::xml::answer::quoted_etag;

use crate::{Call, CallError};

/// The object that a copy reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopySource {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version; the current one if none is named.
    pub version_id: Option<String>,
    /// The ETag that it must have, without quotes.
    pub if_match: Option<String>,
}

impl CopySource {
    /// An object's current version.
    pub fn new(bucket: &str, key: &str) -> Self {
        Self { bucket: bucket.to_owned(), key: key.to_owned(), ..Self::default() }
    }

    /// The header's value: bucket and key percent-encoded, then the version.
    pub fn value(&self) -> String {
        let path = format!("{}/{}", encode_path(&self.bucket), encode_path(&self.key));
        match &self.version_id {
            Some(version_id) => format!("{path}?versionId={}", encode_path(version_id)),
            None => path,
        }
    }

    /// Adds the headers to a call.
    pub(super) fn to(&self, call: Call) -> Result<Call, CallError> {
        let etag = self.if_match.as_deref().map(quoted_etag);
        call.text_header("x-amz-copy-source", &self.value())?
            .text_header_if("x-amz-copy-source-if-match", etag.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::CopySource;
    use drystone_types::WhichVersion;
    use drystone_wire::headers::copy_source::copy_source;
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn b66_b67_what_a_client_writes_the_server_reads() {
        for key in ["a", "a b+c", "p/../é%2F", "?versionId=x", "a?b#c&d=e", "\u{1}\r\n"] {
            for version_id in [None, Some("null".to_owned())] {
                let source = CopySource { version_id, ..CopySource::new("bucket", key) };
                let mut headers = HeaderMap::new();
                headers.insert("x-amz-copy-source", HeaderValue::from_str(&source.value()).unwrap());
                let read = copy_source(&headers).unwrap();
                assert_eq!((read.bucket.as_str(), read.key.as_str()), ("bucket", key));
                assert_eq!(read.version, source.version_id.as_deref().and_then(WhichVersion::parse));
            }
        }
    }
}
