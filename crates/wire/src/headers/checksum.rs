//! Checksum headers: what Create declares and what a body brings (b19-b25, b45-b48, b213).

use drystone_types::{Checksum, ChecksumAlgorithm, ChecksumType};
use http::HeaderMap;

use super::text::{joined, text};
use crate::error::{ErrorCode, S3Error};

const PREFIX: &str = "x-amz-checksum-";
/// Headers that begin like a checksum's and are none.
const NOT_VALUES: [&str; 3] = ["x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"];

/// How a body's checksum is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentChecksum {
    /// Not at all.
    None,
    /// In a header.
    Header(Checksum),
    /// After the body, as x-amz-trailer announces.
    Trailer(ChecksumAlgorithm),
}

impl SentChecksum {
    /// The algorithm, if a checksum is sent.
    pub fn algorithm(&self) -> Option<ChecksumAlgorithm> {
        match self {
            Self::None => None,
            Self::Header(checksum) => Some(checksum.algorithm()),
            Self::Trailer(algorithm) => Some(*algorithm),
        }
    }
}

/// What CreateMultipartUpload declares: x-amz-checksum-algorithm and -type (b19-b25).
///
/// # Errors
/// InvalidRequest for an unknown algorithm or type, a type alone, and a pair that does not go together.
pub fn declared_checksum(headers: &HeaderMap) -> Result<Option<(ChecksumAlgorithm, ChecksumType)>, S3Error> {
    let kind = checksum_type(headers)?;
    match (checksum_algorithm(headers)?, kind) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(S3Error::checksum_type_without_algorithm()),
        (Some(algorithm), kind) => {
            let kind = kind.unwrap_or(algorithm.default_type());
            if !algorithm.allows(kind) {
                return Err(S3Error::checksum_type_not_allowed(kind, algorithm.name()));
            }
            Ok(Some((algorithm, kind)))
        }
    }
}

/// x-amz-checksum-algorithm, as CreateMultipartUpload and CopyObject carry it (b23).
///
/// # Errors
/// InvalidRequest when we do not have it.
pub fn checksum_algorithm(headers: &HeaderMap) -> Result<Option<ChecksumAlgorithm>, S3Error> {
    let Some(name) = text(headers, "x-amz-checksum-algorithm") else { return Ok(None) };
    ChecksumAlgorithm::parse(&name).map(Some).ok_or_else(S3Error::checksum_algorithm_unsupported)
}

/// x-amz-checksum-type, as Create and Complete carry it (b25, b140).
///
/// # Errors
/// InvalidRequest for an unknown one.
pub fn checksum_type(headers: &HeaderMap) -> Result<Option<ChecksumType>, S3Error> {
    let Some(name) = text(headers, "x-amz-checksum-type") else { return Ok(None) };
    let kind = ChecksumType::parse(&name);
    kind.map(Some).ok_or_else(|| S3Error::header_value_invalid("x-amz-checksum-type"))
}

/// The checksum that comes with the body of PutObject or UploadPart (b45-b48, b213).
///
/// # Errors
/// InvalidRequest when it is malformed, not the only one, of an algorithm that x-amz-trailer cannot announce, or not
/// of the algorithm in x-amz-sdk-checksum-algorithm, or names no algorithm at all.
pub fn sent_checksum(headers: &HeaderMap) -> Result<SentChecksum, S3Error> {
    let value = one_value(headers)?;
    let trailer = joined(headers, "x-amz-trailer").map(|names| trailer(&names)).transpose()?;
    let sent = match (value, trailer) {
        (Some(_), Some(_)) => return Err(S3Error::multiple_checksums()),
        (Some((algorithm, value)), None) => {
            let checksum = Checksum::from_base64(algorithm, &value);
            SentChecksum::Header(checksum.ok_or_else(|| S3Error::checksum_header_invalid(algorithm))?)
        }
        (None, Some(_)) if !has_trailers(headers) => {
            return Err(S3Error::new(ErrorCode::MalformedTrailerError)); // announced, and it cannot come
        }
        (None, Some(algorithm)) => SentChecksum::Trailer(algorithm),
        (None, None) => SentChecksum::None,
    };
    if let Some(name) = text(headers, "x-amz-sdk-checksum-algorithm") {
        let named = ChecksumAlgorithm::parse(&name).ok_or_else(S3Error::sdk_checksum_invalid)?;
        match sent.algorithm() {
            None => return Err(S3Error::sdk_checksum_unmatched()),
            Some(algorithm) if algorithm != named => return Err(S3Error::sdk_checksum_invalid()),
            Some(_) => {}
        }
    }
    Ok(sent)
}

/// Is the body of a kind that ends in trailers?
fn has_trailers(headers: &HeaderMap) -> bool {
    text(headers, "x-amz-content-sha256").is_some_and(|payload| payload.ends_with("-TRAILER"))
}

/// Reads a checksum that came as a trailer (b213).
///
/// # Errors
/// InvalidRequest when it is malformed.
pub fn trailer_checksum(algorithm: ChecksumAlgorithm, value: &str) -> Result<Checksum, S3Error> {
    Checksum::from_base64(algorithm, value.trim()).ok_or_else(|| S3Error::checksum_trailer_invalid(algorithm))
}

/// Does the request ask for checksums in the answer (b181)?
pub fn checksum_mode_enabled(headers: &HeaderMap) -> bool {
    text(headers, "x-amz-checksum-mode").is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED"))
}

/// The one x-amz-checksum-ALG header: algorithm and raw value (b47).
pub(super) fn one_value(headers: &HeaderMap) -> Result<Option<(ChecksumAlgorithm, String)>, S3Error> {
    let mut found = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .filter(|(name, _)| name.starts_with(PREFIX) && !NOT_VALUES.contains(name));
    let Some((name, value)) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(S3Error::multiple_checksums());
    }
    let algorithm = ChecksumAlgorithm::from_header(name).ok_or_else(S3Error::checksum_header_unknown)?;
    Ok(Some((algorithm, super::text::to_text(value.as_bytes()))))
}

/// The one algorithm that x-amz-trailer announces (b213).
fn trailer(names: &str) -> Result<ChecksumAlgorithm, S3Error> {
    let name = names.trim().to_ascii_lowercase();
    ChecksumAlgorithm::from_header(&name).ok_or_else(S3Error::trailer_unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::testing::headers;
    use proptest::prelude::*;
    use {ChecksumAlgorithm as A, ChecksumType as T};

    type Case<'a> = (&'a [(&'a str, &'a str)], Result<SentChecksum, &'a str>);

    #[test]
    fn b19_to_b25_what_create_may_declare() {
        let unsupported = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]";
        let cases = [
            ("", "", Ok(None)),
            ("CRC32", "", Ok(Some((A::Crc32, T::Composite)))),
            ("crc32c", "", Ok(Some((A::Crc32c, T::Composite)))),
            ("SHA1", "", Ok(Some((A::Sha1, T::Composite)))),
            ("SHA256", "composite", Ok(Some((A::Sha256, T::Composite)))),
            ("CRC64NVME", "", Ok(Some((A::Crc64Nvme, T::FullObject)))),
            ("CRC32", "FULL_OBJECT", Ok(Some((A::Crc32, T::FullObject)))),
            (
                "CRC64NVME",
                "COMPOSITE",
                Err("The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm."),
            ),
            (
                "SHA1",
                "FULL_OBJECT",
                Err("The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm."),
            ),
            ("MD4", "", Err(unsupported)),
            ("XXHASH32", "", Err(unsupported)),
            ("xxHash64", "", Ok(Some((A::XxHash64, T::Composite)))), // b22
            ("XXHASH3", "COMPOSITE", Ok(Some((A::XxHash3, T::Composite)))),
            (
                "SHA512",
                "FULL_OBJECT",
                Err("The FULL_OBJECT checksum type cannot be used with the sha512 checksum algorithm."),
            ),
            (
                "",
                "COMPOSITE",
                Err(
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
                ),
            ),
            ("CRC32", "WHOLE", Err("Value for x-amz-checksum-type header is invalid.")),
        ];
        for (algorithm, kind, expected) in cases {
            let mut pairs = vec![("x-amz-checksum-algorithm", algorithm), ("x-amz-checksum-type", kind)];
            pairs.retain(|(_, value)| !value.is_empty());
            let got = declared_checksum(&headers(&pairs));
            assert_eq!(
                got.as_ref().map_err(|e| &*e.message),
                expected.as_ref().map_err(|m| *m),
                "{algorithm} {kind}"
            );
        }
    }

    #[test]
    fn b45_to_b48_b213_the_checksum_of_a_body() {
        let crc = "AAAAAA==";
        let zero = Checksum::new(A::Crc32, &[0; 4]).expect("4 bytes");
        let multiple = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
        let cases: [Case; 16] = [
            (&[], Ok(SentChecksum::None)),
            (&[("x-amz-checksum-crc32", crc)], Ok(SentChecksum::Header(zero))),
            (
                &[("x-amz-checksum-crc32", crc), ("x-amz-sdk-checksum-algorithm", "crc32")],
                Ok(SentChecksum::Header(zero)),
            ),
            (
                &[
                    ("x-amz-checksum-crc32", crc),
                    ("x-amz-checksum-type", "FULL_OBJECT"),
                    ("x-amz-checksum-algorithm", "CRC32"),
                ],
                Ok(SentChecksum::Header(zero)),
            ),
            (
                &[
                    ("x-amz-trailer", "x-amz-checksum-sha256"),
                    ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
                ],
                Ok(SentChecksum::Trailer(A::Sha256)),
            ),
            (
                &[("x-amz-trailer", "x-amz-checksum-sha256"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
                Err(ErrorCode::MalformedTrailerError.default_message()),
            ),
            (
                &[
                    ("x-amz-trailer", "X-Amz-Checksum-SHA256"),
                    ("x-amz-sdk-checksum-algorithm", "SHA256"),
                    ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
                ],
                Ok(SentChecksum::Trailer(A::Sha256)),
            ),
            (&[("x-amz-checksum-crc32", "AAAA")], Err("Value for x-amz-checksum-crc32 header is invalid.")),
            (&[("x-amz-checksum-sha1", "é")], Err("Value for x-amz-checksum-sha1 header is invalid.")),
            (&[("x-amz-checksum-crc32", crc), ("x-amz-checksum-crc32c", crc)], Err(multiple)),
            (&[("x-amz-checksum-crc32", crc), ("x-amz-checksum-crc32", crc)], Err(multiple)),
            (&[("x-amz-checksum-crc32", crc), ("x-amz-trailer", "x-amz-checksum-crc32")], Err(multiple)),
            (
                &[("x-amz-checksum-crc32", crc), ("x-amz-sdk-checksum-algorithm", "SHA1")],
                Err("Value for x-amz-sdk-checksum-algorithm header is invalid."),
            ),
            (
                &[("x-amz-sdk-checksum-algorithm", "CRC32")],
                Err(
                    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
                ),
            ),
            (
                &[("x-amz-trailer", "x-amz-checksum-crc32"), ("x-amz-trailer", "x-amz-checksum-sha1")],
                Err("The value specified in the x-amz-trailer header is not supported"),
            ),
            (
                &[("x-amz-trailer", "x-amz-meta-a")],
                Err("The value specified in the x-amz-trailer header is not supported"),
            ),
        ];
        for (pairs, expected) in cases {
            let got = sent_checksum(&headers(pairs));
            assert_eq!(got.as_ref().map_err(|e| &*e.message), expected.as_ref().map_err(|m| *m), "{pairs:?}");
        }
        let unknown =
            sent_checksum(&headers(&[("x-amz-checksum-xxhash32", "AAAAAA==")])).expect_err("unknown");
        assert_eq!((unknown.code.as_str(), unknown.status()), ("InvalidRequest", 400));
        assert_eq!(trailer_checksum(A::Crc32, " AAAAAA=="), Ok(zero));
        let error = trailer_checksum(A::Crc32, "x").expect_err("malformed");
        assert_eq!(error.message, "Value for x-amz-checksum-crc32 trailing header is invalid.");
    }

    #[test]
    fn b181_checksum_mode() {
        assert!(checksum_mode_enabled(&headers(&[("x-amz-checksum-mode", "enabled")])));
        assert!(!checksum_mode_enabled(&HeaderMap::new()));
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(
            name in "x-amz-checksum-(crc32|sha256|type|algorithm|mode|x)|x-amz-trailer|x-amz-sdk-checksum-algorithm",
            value in "[^\\x00-\\x1f\\x7f]{0,40}|[-+0-9A-Za-z/=]{0,48}",
        ) {
            let map = headers(&[(&name, &value)]);
            let _ = (declared_checksum(&map), sent_checksum(&map), checksum_mode_enabled(&map));
        }
    }
}
