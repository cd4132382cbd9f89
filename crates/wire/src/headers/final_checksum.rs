//! What Complete states about the whole object: its checksum and its size (b122, b139-b144).

use drystone_types::Checksum;
use http::HeaderMap;

use super::checksum::one_value;
use super::text::text;
use crate::error::S3Error;

/// The checksum that Complete states for the whole object (b139, b144).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalChecksum {
    /// The value.
    pub checksum: Checksum,
    /// `-N`, of composite values.
    pub part_count: Option<u16>,
}

/// The checksum that Complete states for the whole object (b139-b144).
///
/// # Errors
/// InvalidRequest when it is malformed, of no algorithm, or not the only one.
pub fn final_checksum(headers: &HeaderMap) -> Result<Option<FinalChecksum>, S3Error> {
    let Some((algorithm, value)) = one_value(headers)? else { return Ok(None) };
    let (digest, part_count) = match value.rsplit_once('-') {
        Some((digest, count)) => (digest, Some(count)),
        None => (value.as_str(), None),
    };
    let legal = |count: &str| count.bytes().all(|b| b.is_ascii_digit()).then(|| count.parse::<u16>().ok());
    let part_count = part_count.map(|count| legal(count).flatten().ok_or(())).transpose();
    match (Checksum::from_base64(algorithm, digest), part_count) {
        (Some(checksum), Ok(part_count)) => Ok(Some(FinalChecksum { checksum, part_count })),
        _ => Err(S3Error::checksum_header_invalid(algorithm)),
    }
}

/// x-amz-mp-object-size of Complete (b122).
///
/// # Errors
/// InvalidRequest when it is negative or no number.
pub fn mp_object_size(headers: &HeaderMap) -> Result<Option<u64>, S3Error> {
    let Some(value) = text(headers, "x-amz-mp-object-size") else { return Ok(None) };
    let digits = value.strip_prefix('-').unwrap_or(&value);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(S3Error::invalid_request("Value for x-amz-mp-object-size header is invalid"));
    }
    match value.parse::<u64>() {
        Ok(size) => Ok(Some(size)),
        Err(_) if value.starts_with('-') => {
            let message = format!("Value for x-amz-mp-object-size header is less than zero: '{value}'");
            Err(S3Error::invalid_request(message))
        }
        Err(_) => Err(S3Error::invalid_request("Value for x-amz-mp-object-size header is invalid")),
    }
}

#[cfg(test)]
mod tests {
    use super::{FinalChecksum, final_checksum, mp_object_size};
    use crate::headers::testing::headers;
    use drystone_types::{Checksum, ChecksumAlgorithm as A};
    use http::HeaderMap;
    use proptest::prelude::*;

    #[test]
    fn b139_b144_the_final_checksum_may_carry_its_part_count() {
        let checksum = Checksum::new(A::Crc32, &[0; 4]).expect("4 bytes");
        let read =
            |value| final_checksum(&headers(&[("x-amz-checksum-crc32", value)])).map_err(|e| e.code.as_str());
        assert_eq!(final_checksum(&HeaderMap::new()), Ok(None));
        assert_eq!(read("AAAAAA=="), Ok(Some(FinalChecksum { checksum, part_count: None })));
        assert_eq!(read("AAAAAA==-3"), Ok(Some(FinalChecksum { checksum, part_count: Some(3) })));
        for bad in ["", "x", "AAAAAA==-", "AAAAAA==-x", "AAAAAA==-+3", "AAAAAA==-99999", "-3", "AAAA-3"] {
            assert_eq!(read(bad), Err("InvalidRequest"), "{bad}");
        }
    }

    #[test]
    fn b122_mp_object_size() {
        let invalid = "Value for x-amz-mp-object-size header is invalid";
        let cases = [
            ("0", Ok(Some(0))),
            ("-0", Err("Value for x-amz-mp-object-size header is less than zero: '-0'")),
            ("53687091200000", Ok(Some(53_687_091_200_000))),
            ("-1", Err("Value for x-amz-mp-object-size header is less than zero: '-1'")),
            ("", Err(invalid)),
            ("x", Err(invalid)),
            ("+1", Err(invalid)),
            ("1.5", Err(invalid)),
            ("18446744073709551616", Err(invalid)),
        ];
        for (value, expected) in cases {
            let got = mp_object_size(&headers(&[("x-amz-mp-object-size", value)]));
            assert_eq!(got.as_ref().map_err(|e| &*e.message), expected.as_ref().map_err(|m| *m), "{value}");
        }
        assert_eq!(mp_object_size(&HeaderMap::new()), Ok(None));
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(value in "[^\\x00-\\x1f\\x7f]{0,40}|[-+0-9A-Za-z/=]{0,48}") {
            let map = headers(&[("x-amz-checksum-crc32", &value), ("x-amz-mp-object-size", &value)]);
            let _ = (final_checksum(&map), mp_object_size(&map));
        }
    }
}
