//! Content-MD5 (b43).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use super::text::text;
use crate::error::S3Error;

/// Content-MD5: 16 bytes (b43).
///
/// # Errors
/// InvalidDigest when it is not base64 of 16 bytes.
pub fn content_md5(headers: &HeaderMap) -> Result<Option<[u8; 16]>, S3Error> {
    let Some(value) = text(headers, "content-md5") else { return Ok(None) };
    let digest = STANDARD.decode(value.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    digest.map(Some).ok_or_else(|| S3Error::invalid_digest(value))
}

#[cfg(test)]
mod tests {
    use super::content_md5;
    use crate::headers::testing::headers;
    use proptest::prelude::*;

    #[test]
    fn b43_content_md5_is_base64_of_16_bytes() {
        let read = |value| content_md5(&headers(&[("content-md5", value)]));
        assert_eq!(
            read("1B2M2Y8AsgTpgAmY7PhCfg=="),
            Ok(Some([0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0, 0xb2, 4, 0xe9, 0x80, 9, 0x98, 0xec, 0xf8, 0x42, 0x7e]))
        );
        for bad in ["", "x", "AAAA", "1B2M2Y8AsgTpgAmY7PhCfg", "d41d8cd98f00b204e9800998ecf8427e"] {
            let error = read(bad).expect_err(bad);
            assert_eq!((error.code.as_str(), error.get("Content-MD5")), ("InvalidDigest", Some(bad)));
        }
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(value in "[^\\x00-\\x1f\\x7f]{0,40}") {
            let _ = content_md5(&headers(&[("content-md5", &value)]));
        }
    }
}
