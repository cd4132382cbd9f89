//! x-amz-tagging and x-amz-tagging-directive (b28).

use std::collections::HashSet;

use drystone_types::Tags;
use http::HeaderMap;

use super::text::{joined, text};
use crate::encoding::decode_query;
use crate::error::S3Error;
use crate::tag_rules::{Tagged, checked};

/// x-amz-tagging-directive of CopyObject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaggingDirective {
    /// The source's tags; x-amz-tagging is ignored.
    #[default]
    Copy,
    /// Those of x-amz-tagging; none when it is absent.
    Replace,
}

/// Reads x-amz-tagging: `k=v&k2=v2`, URL-encoded. Absent, and empty pairs, are no tags. They are kept in order of their keys.
///
/// # Errors
/// InvalidArgument for a broken encoding, a key that is empty or twice there, and a second `=` in a pair; InvalidTag;
/// BadRequest for more than 10 (b28).
pub fn tagging(headers: &HeaderMap) -> Result<Tags, S3Error> {
    let Some(value) = joined(headers, "x-amz-tagging") else { return Ok(Tags::default()) };
    let mut pairs = pairs(&value).ok_or_else(|| S3Error::tagging_header_malformed(&value))?;
    pairs.sort_unstable();
    checked(pairs, Tagged::Object)
}

/// Reads x-amz-tagging-directive.
///
/// # Errors
/// InvalidArgument unless it is COPY or REPLACE.
pub fn tagging_directive(headers: &HeaderMap) -> Result<TaggingDirective, S3Error> {
    match text(headers, "x-amz-tagging-directive").as_deref() {
        None | Some("COPY") => Ok(TaggingDirective::Copy),
        Some("REPLACE") => Ok(TaggingDirective::Replace),
        Some(other) => Err(S3Error::unknown_tagging_directive(other)),
    }
}

fn pairs(value: &str) -> Option<Vec<(String, String)>> {
    let mut keys = HashSet::new();
    let mut pairs = Vec::new();
    for pair in value.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (decode_query(key).ok()?, decode_once_equal(value)?);
        if key.is_empty() || !keys.insert(key.clone()) {
            return None;
        }
        pairs.push((key, value));
    }
    Some(pairs)
}

/// A value: an `=` in it must be encoded.
fn decode_once_equal(value: &str) -> Option<String> {
    if value.contains('=') { None } else { decode_query(value).ok() }
}

#[cfg(test)]
mod tests {
    use super::{TaggingDirective, tagging, tagging_directive};
    use crate::headers::testing::headers;
    use proptest::prelude::*;

    fn tags(value: &str) -> Result<Vec<(String, String)>, &'static str> {
        let got = tagging(&headers(&[("x-amz-tagging", value)]));
        got.map(|tags| tags.0).map_err(|error| error.code.as_str())
    }

    #[test]
    fn b28_the_tagging_header_is_a_query_string() {
        let good: [(&str, &[(&str, &str)]); 13] = [
            ("", &[]),
            ("&&&", &[]),
            ("key", &[("key", "")]),
            ("key=&", &[("key", "")]),
            ("a=1&b=2", &[("a", "1"), ("b", "2")]),
            ("b=2&a=1", &[("a", "1"), ("b", "2")]),
            ("k1&&&k2", &[("k1", ""), ("k2", "")]),
            ("k@=v@", &[("k@", "v@")]),
            ("k-k_k.k/k=v", &[("k-k_k.k/k", "v")]),
            ("k%2E=v%2F", &[("k.", "v/")]),
            ("k=v%2Bw%3Dx", &[("k", "v+w=x")]),
            ("a++b=c%20d", &[("a  b", "c d")]),
            ("%C3%A9=%E6%97%A5", &[("é", "日")]),
        ];
        for (value, expected) in good {
            let expected: Vec<_> = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!(tags(value), Ok(expected), "{value}");
        }
        let eleven = (0..11).map(|n| format!("k{n}=")).collect::<Vec<_>>().join("&");
        let bad = [
            ("=", "InvalidArgument"),
            ("=v", "InvalidArgument"),
            ("key%", "InvalidArgument"),
            ("k=%ff", "InvalidArgument"),
            ("k=v&k=v", "InvalidArgument"),
            ("k=v&%6b=w", "InvalidArgument"),
            ("k1=v1,k2=v2", "InvalidArgument"),
            ("k=a,b", "InvalidTag"),
            ("k(=v", "InvalidTag"),
            ("k=v?", "InvalidTag"),
            ("aws:k=v", "InvalidTag"),
            (&eleven, "BadRequest"),
        ];
        for (value, code) in bad {
            assert_eq!(tags(value), Err(code), "{value}");
        }
    }

    #[test]
    fn the_directive_is_copy_or_replace() {
        let directive = |value| tagging_directive(&headers(&[("x-amz-tagging-directive", value)]));
        assert_eq!(directive("REPLACE"), Ok(TaggingDirective::Replace));
        assert_eq!(directive("COPY"), Ok(TaggingDirective::Copy));
        assert_eq!(directive("copy").map_err(|e| e.message), Err("Unknown tagging directive.".into()));
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(value in "[ -~]{0,40}|(k|=|&|%|%2|\\+|,){0,12}") {
            let _ = tags(&value);
        }
    }
}
