//! Headers that ask for what we do not do yet: 501, rather than a promise broken in silence (b15).

use http::HeaderMap;

use crate::error::S3Error;

/// Headers that are refused whatever their value, by how they begin.
const REFUSED: [&str; 2] = ["x-amz-mfa", "x-amz-write-offset-bytes"];

/// Refuses a request with a header that we could only ignore. x-amz-request-payer is harmless and passes.
///
/// # Errors
/// NotImplemented, the element Header naming it.
pub fn check_supported(headers: &HeaderMap) -> Result<(), S3Error> {
    let is_refused = |name: &&str| REFUSED.iter().any(|refused| name.starts_with(refused));
    match headers.keys().map(http::HeaderName::as_str).find(is_refused) {
        Some(name) => Err(S3Error::not_implemented(name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check_supported;
    use crate::headers::testing::headers;

    #[test]
    fn b15_headers_of_features_we_lack_are_not_implemented() {
        for (name, value) in [("x-amz-mfa", "1 2"), ("x-amz-write-offset-bytes", "5")] {
            let error = check_supported(&headers(&[(name, value)])).expect_err(name);
            assert_eq!((error.code.as_str(), error.get("Header")), ("NotImplemented", Some(name)));
        }
        let harmless = headers(&[
            ("x-amz-request-payer", "requester"),
            ("x-amz-meta-mfa", "x"),
            ("x-amz-acl", "public-read"),
            ("x-amz-date", "x"),
        ]);
        assert_eq!(check_supported(&harmless), Ok(()));
    }
}
