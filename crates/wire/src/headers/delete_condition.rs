//! If-Match of DeleteObject (b159).

use drystone_types::ETag;
use http::HeaderMap;

use super::text::joined;
use crate::error::S3Error;

/// The condition of DeleteObject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletePrecondition {
    /// None.
    None,
    /// If-Match with a tag; one that could not be read matches nothing.
    IfMatch(Option<ETag>),
    /// `If-Match: *`: something is there.
    Exists,
}

/// Reads the condition of DeleteObject. `names_version`: the request has `versionId`.
///
/// # Errors
/// NotImplemented for what only directory buckets have, and for a condition on a named version.
///
/// # Source
/// AWS answers measured by others in 2026: github.com/localstack/localstack#13894, github.com/ministackorg/ministack#1475.
pub fn delete_precondition(headers: &HeaderMap, names_version: bool) -> Result<DeletePrecondition, S3Error> {
    let directory_only = ["x-amz-if-match-size", "x-amz-if-match-last-modified-time"];
    if let Some(name) = directory_only.into_iter().find(|name| headers.contains_key(*name)) {
        return Err(S3Error::not_implemented(name));
    }
    match joined(headers, "if-match") {
        None => Ok(DeletePrecondition::None),
        Some(_) if names_version => Err(S3Error::not_implemented("If-Match")),
        Some(value) if value.trim() == "*" => Ok(DeletePrecondition::Exists),
        Some(value) => Ok(DeletePrecondition::IfMatch(ETag::parse(&value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::testing::headers;
    use proptest::prelude::*;

    #[test]
    fn b159_deletes_know_if_match_only() {
        let etag = ETag::single([0; 16]);
        let read =
            |value: &str, names_version| delete_precondition(&headers(&[("if-match", value)]), names_version);
        assert_eq!(delete_precondition(&HeaderMap::new(), true), Ok(DeletePrecondition::None));
        assert_eq!(read(&etag.quoted(), false), Ok(DeletePrecondition::IfMatch(Some(etag))));
        assert_eq!(read("\"x\"", false), Ok(DeletePrecondition::IfMatch(None)));
        assert_eq!(read(" * ", false), Ok(DeletePrecondition::Exists));
        for value in ["*", &etag.quoted()] {
            let error = read(value, true).expect_err("a version is named");
            assert_eq!((error.status(), error.get("Header")), (501, Some("If-Match")));
        }
        for name in ["x-amz-if-match-size", "x-amz-if-match-last-modified-time"] {
            let error = delete_precondition(&headers(&[(name, "1")]), false).expect_err(name);
            assert_eq!((error.status(), error.get("Header")), (501, Some(name)));
        }
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(value in "[ -~]{0,40}", names_version in any::<bool>()) {
            let _ = delete_precondition(&headers(&[("if-match", &value)]), names_version);
        }
    }
}
