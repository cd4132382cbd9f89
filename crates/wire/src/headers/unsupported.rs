//! Headers that ask for what we do not do yet: 501, rather than a promise broken in silence (b15).

use http::HeaderMap;

use super::text::text;
use crate::error::S3Error;

/// Headers that are refused whatever their value.
const PREFIXES: [&str; 3] = ["x-amz-grant-", "x-amz-mfa", "x-amz-write-offset-bytes"];
/// Headers that are refused unless their value changes nothing.
const HARMLESS_VALUES: [(&str, &[&str]); 2] = [
    ("x-amz-acl", &["private", "bucket-owner-full-control"]),
    ("x-amz-object-ownership", &["BucketOwnerEnforced"]),
];
const ACLS: [&str; 8] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
];

/// Refuses a request with a header that we could only ignore. x-amz-request-payer is harmless and passes.
///
/// # Errors
/// NotImplemented, the element Header naming it; InvalidArgument for an x-amz-acl that S3 does not have.
pub fn check_supported(headers: &HeaderMap) -> Result<(), S3Error> {
    for header in headers.keys() {
        let name = header.as_str();
        if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            return Err(S3Error::not_implemented(name));
        }
        let Some((_, harmless)) = HARMLESS_VALUES.iter().find(|(other, _)| *other == name) else { continue };
        let value = text(headers, name).unwrap_or_default();
        if value.is_empty() || harmless.iter().any(|other| value.eq_ignore_ascii_case(other)) {
            continue;
        }
        if name == "x-amz-acl" && !ACLS.contains(&value.as_str()) {
            return Err(S3Error::invalid_argument(name, value, "Invalid Argument"));
        }
        return Err(S3Error::not_implemented(name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_supported;
    use http::{HeaderMap, HeaderName};
    use proptest::prelude::*;

    fn code(name: &str, value: &str) -> Option<(&'static str, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(name.parse::<HeaderName>().expect("a name"), value.parse().expect("a value"));
        let error = check_supported(&headers).err()?;
        Some((error.code.as_str(), error.get("Header").unwrap_or_default().to_owned()))
    }

    #[test]
    fn b15_headers_of_features_we_lack_are_not_implemented() {
        let refused = [
            ("x-amz-acl", "public-read"),
            ("x-amz-grant-read", "id=1"),
            ("x-amz-mfa", "1 2"),
            ("x-amz-write-offset-bytes", "5"),
            ("x-amz-object-ownership", "ObjectWriter"),
        ];
        for (name, value) in refused {
            assert_eq!(code(name, value), Some(("NotImplemented", name.to_owned())), "{name}: {value}");
        }
        assert_eq!(code("x-amz-acl", "friends-only").map(|(code, _)| code), Some("InvalidArgument"));
    }

    #[test]
    fn harmless_headers_pass() {
        let harmless = [
            ("x-amz-acl", "private"),
            ("x-amz-acl", "bucket-owner-full-control"),
            ("x-amz-object-ownership", "BucketOwnerEnforced"),
            ("x-amz-request-payer", "requester"),
            ("x-amz-meta-grant", "x"),
            ("x-amz-date", "x"),
        ];
        for (name, value) in harmless {
            assert_eq!(code(name, value), None, "{name}: {value}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(name in "x-amz-(acl|grant-a|mfa|object-ownership|date)", value in "[ -~]{0,20}") {
            let _ = code(&name, &value);
        }
    }
}
