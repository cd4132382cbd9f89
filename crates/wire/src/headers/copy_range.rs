//! x-amz-copy-source-range: which bytes UploadPartCopy copies (b59-b63).

use drystone_types::ByteRange;
use http::HeaderMap;

use super::text::text;
use crate::error::S3Error;

/// x-amz-copy-source-range: both ends inclusive, `first <= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyRange {
    first: u64,
    last: u64,
}

/// Reads x-amz-copy-source-range. `None`: the whole source (b59).
///
/// # Errors
/// InvalidArgument unless it is `bytes=first-last` (b60).
pub fn copy_range(headers: &HeaderMap) -> Result<Option<CopyRange>, S3Error> {
    let Some(value) = text(headers, "x-amz-copy-source-range") else { return Ok(None) };
    CopyRange::parse(&value).map(Some).ok_or_else(|| S3Error::copy_range_malformed(value))
}

impl CopyRange {
    /// Reads `bytes=first-last`.
    fn parse(value: &str) -> Option<Self> {
        let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse().unwrap_or(u64::MAX)) // digits only: the one way to fail is to be too large
        };
        let (first, last) = (number(first)?, number(last)?);
        (first <= last).then_some(Self { first, last })
    }

    /// The bytes meant, of a source of `size` bytes.
    ///
    /// # Errors
    /// InvalidRequest when the range begins past the end (b62), InvalidArgument when it ends there (b61).
    pub fn resolve(&self, size: u64) -> Result<ByteRange, S3Error> {
        if self.first >= size {
            return Err(S3Error::copy_range_unsatisfiable());
        }
        if self.last >= size {
            let value = format!("bytes={}-{}", self.first, self.last);
            return Err(S3Error::copy_range_past_end(value, size));
        }
        Ok(ByteRange { start: self.first, end: self.last + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::copy_range;
    use crate::headers::testing::headers;
    use drystone_types::ByteRange;
    use http::HeaderMap;
    use proptest::prelude::*;

    #[test]
    fn b59_to_b62_ranges_of_a_source_of_10_bytes() {
        let read = |value| {
            let range = copy_range(&headers(&[("x-amz-copy-source-range", value)]));
            let resolved = range.and_then(|range| range.expect("a range").resolve(10));
            resolved.map_err(|error| (error.code.as_str(), error.message.into_owned()))
        };
        assert_eq!(copy_range(&HeaderMap::new()), Ok(None));
        assert_eq!(read("bytes=0-9"), Ok(ByteRange { start: 0, end: 10 }));
        assert_eq!(read("bytes=9-9"), Ok(ByteRange { start: 9, end: 10 }));
        let malformed = [
            "0-8",
            "bytes=1-0",
            "bytes=-1-",
            "bytes=0--1",
            "bytes=0-1,3-4",
            "bytes=-",
            "bytes=1-",
            "bytes=-2",
            "",
            "bytes=+1-2",
            "bytes= 0-1",
            "items=0-1",
        ];
        for value in malformed {
            let (code, message) = read(value).expect_err(value);
            assert_eq!(code, "InvalidArgument", "{value}");
            assert!(message.contains("must be of the form bytes=first-last"), "{value}");
        }
        let past_end = "Range specified is not valid for source object of size: 10";
        for value in ["bytes=0-10", "bytes=9-18446744073709551615", "bytes=0-99999999999999999999999"] {
            assert_eq!(read(value), Err(("InvalidArgument", past_end.into())), "{value}");
        }
        let beyond = "The specified copy range is invalid for the source object size";
        for value in ["bytes=10-10", "bytes=10-20", "bytes=18446744073709551615-18446744073709551615"] {
            assert_eq!(read(value), Err(("InvalidRequest", beyond.into())), "{value}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(value in "[^\\x00-\\x1f\\x7f]{0,40}|bytes=[-0-9]{0,45}") {
            if let Ok(Some(range)) = copy_range(&headers(&[("x-amz-copy-source-range", &value)])) {
                let _ = (range.resolve(0), range.resolve(7), range.resolve(u64::MAX));
            }
        }
    }
}
