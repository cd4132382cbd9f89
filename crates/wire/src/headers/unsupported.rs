//! Headers that ask for what we do not do yet: 501, rather than a promise broken in silence (b15).

use http::HeaderMap;

use super::text::text;
use crate::error::S3Error;

/// Headers that are refused whatever their value.
const PREFIXES: [&str; 5] = [
    "x-amz-server-side-encryption",
    "x-amz-copy-source-server-side-encryption",
    "x-amz-object-lock-",
    "x-amz-mfa",
    "x-amz-write-offset-bytes",
];
/// Headers that are refused unless their value changes nothing.
const HARMLESS_VALUES: [(&str, &[&str]); 4] = [
    ("x-amz-bucket-object-lock-enabled", &["false"]),
    ("x-amz-bypass-governance-retention", &["false"]),
    ("x-amz-tagging", &[]),
    ("x-amz-tagging-directive", &["COPY"]),
];

/// Refuses a request with a header that we could only ignore. x-amz-request-payer is harmless and passes.
///
/// # Errors
/// NotImplemented, the element Header naming it.
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
            ("x-amz-server-side-encryption", "AES256"),
            ("x-amz-server-side-encryption-aws-kms-key-id", "k"),
            ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
            ("x-amz-copy-source-server-side-encryption-customer-key", "k"),
            ("x-amz-object-lock-mode", "GOVERNANCE"),
            ("x-amz-object-lock-legal-hold", "ON"),
            ("x-amz-bypass-governance-retention", "true"),
            ("x-amz-tagging", "a=b"),
            ("x-amz-tagging-directive", "REPLACE"),
            ("x-amz-mfa", "1 2"),
            ("x-amz-write-offset-bytes", "5"),
            ("x-amz-bucket-object-lock-enabled", "true"),
        ];
        for (name, value) in refused {
            assert_eq!(code(name, value), Some(("NotImplemented", name.to_owned())), "{name}: {value}");
        }
    }

    #[test]
    fn harmless_headers_pass() {
        let harmless = [
            ("x-amz-acl", "private"),
            ("x-amz-bucket-object-lock-enabled", "false"),
            ("x-amz-tagging", ""),
            ("x-amz-tagging-directive", "COPY"),
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
        fn arbitrary_values_never_panic(name in "x-amz-(tagging|mfa|date)", value in "[ -~]{0,20}") {
            let _ = code(&name, &value);
        }
    }
}
