//! Whom a request expects to own its buckets (b13, b73). Judging it is the caller's work.

use http::HeaderMap;

use super::text::text;

/// x-amz-expected-bucket-owner, if it was sent.
pub fn expected_bucket_owner(headers: &HeaderMap) -> Option<String> {
    text(headers, "x-amz-expected-bucket-owner")
}

/// x-amz-source-expected-bucket-owner, if it was sent.
pub fn source_expected_bucket_owner(headers: &HeaderMap) -> Option<String> {
    text(headers, "x-amz-source-expected-bucket-owner")
}

#[cfg(test)]
mod tests {
    use super::{expected_bucket_owner, source_expected_bucket_owner};
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn b13_b73_expected_owners_are_two_headers() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-expected-bucket-owner", HeaderValue::from_static("111122223333"));
        assert_eq!(expected_bucket_owner(&headers).as_deref(), Some("111122223333"));
        assert_eq!(source_expected_bucket_owner(&headers), None);
        headers.insert("x-amz-source-expected-bucket-owner", HeaderValue::from_static(""));
        assert_eq!(source_expected_bucket_owner(&headers).as_deref(), Some(""));
    }
}
