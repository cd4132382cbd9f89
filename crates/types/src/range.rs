//! ByteRange, RangeSpec: which bytes of an object a request means.

/// Bytes `start..end` of something; `start < end` unless it is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

impl ByteRange {
    /// The whole of `len` bytes.
    pub fn whole(len: u64) -> Self {
        Self { start: 0, end: len }
    }

    /// Number of bytes.
    #[expect(clippy::len_without_is_empty, reason = "a range is not a collection")]
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// `bytes first-last/size`, for Content-Range.
    pub fn content_range(&self, size: u64) -> String {
        assert!(self.start < self.end, "an empty range has no Content-Range");
        format!("bytes {}-{}/{size}", self.start, self.end - 1)
    }
}

/// One range as a client writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeSpec {
    /// `bytes=first-last`, both inclusive, `first <= last`.
    FromTo(u64, u64),
    /// `bytes=first-`.
    From(u64),
    /// `bytes=-n`: the last n bytes.
    Suffix(u64),
}

/// No byte of the object is in the range: 416.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsatisfiable;

impl RangeSpec {
    /// Reads a `Range` header. `None` when it is malformed, of another unit, or names several ranges: such a header
    /// is ignored (b183).
    pub fn parse(header: &str) -> Option<Self> {
        let spec = header.trim().strip_prefix("bytes=")?;
        let (first, last) = spec.split_once('-')?;
        let number = |text: &str| -> Option<u64> {
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            Some(text.parse().unwrap_or(u64::MAX)) // digits only: the one way to fail is to be too large
        };
        match (first.is_empty(), last.is_empty()) {
            (true, true) => None,
            (true, false) => number(last).map(Self::Suffix),
            (false, true) => number(first).map(Self::From),
            (false, false) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::FromTo(first, last))
            }
        }
    }

    /// The bytes meant, of an object of `size` bytes. The last n bytes of an empty object are none, and all it has (RFC 9110).
    ///
    /// # Errors
    /// [`Unsatisfiable`] when the range starts past the end, or is an empty suffix.
    pub fn resolve(self, size: u64) -> Result<ByteRange, Unsatisfiable> {
        let (start, end) = match self {
            Self::FromTo(first, last) => (first, last.saturating_add(1).min(size)),
            Self::From(first) => (first, size),
            Self::Suffix(n) => (size - n.min(size), size),
        };
        let all_of_nothing = size == 0 && matches!(self, Self::Suffix(1..));
        if start < end || all_of_nothing { Ok(ByteRange { start, end }) } else { Err(Unsatisfiable) }
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteRange, RangeSpec, Unsatisfiable};

    /// S36: headers as clients, scanners and broken proxies send them, judged for an object of 10 bytes.
    #[test]
    fn b183_s36_range_headers_resolve_or_are_ignored() {
        let ok = |start, end| Some(Ok(ByteRange { start, end }));
        let unsatisfiable = Some(Err(Unsatisfiable));
        let cases = [
            // first-last
            ("bytes=0-0", ok(0, 1)),
            ("bytes=0-9", ok(0, 10)),
            ("bytes=0-10", ok(0, 10)),
            ("bytes=0-99", ok(0, 10)),
            ("bytes=9-9", ok(9, 10)),
            ("bytes=5-5", ok(5, 6)),
            ("bytes=2-6", ok(2, 7)),
            ("bytes=00002-0006", ok(2, 7)),
            (" bytes=2-6 ", ok(2, 7)),
            ("bytes=10-12", unsatisfiable),
            ("bytes=10-10", unsatisfiable),
            ("bytes=99-100", unsatisfiable),
            ("bytes=5-2", None),
            ("bytes=1-0", None),
            ("bytes=18446744073709551615-0", None),
            // first-
            ("bytes=0-", ok(0, 10)),
            ("bytes=3-", ok(3, 10)),
            ("bytes=9-", ok(9, 10)),
            ("bytes=10-", unsatisfiable),
            ("bytes=11-", unsatisfiable),
            // -n
            ("bytes=-1", ok(9, 10)),
            ("bytes=-3", ok(7, 10)),
            ("bytes=-10", ok(0, 10)),
            ("bytes=-11", ok(0, 10)),
            ("bytes=-99", ok(0, 10)),
            ("bytes=-0", unsatisfiable),
            ("bytes=-00", unsatisfiable),
            // numbers at and past the edges of 32 and 64 bits
            ("bytes=0-2147483647", ok(0, 10)),
            ("bytes=0-4294967296", ok(0, 10)),
            ("bytes=0-9223372036854775807", ok(0, 10)),
            ("bytes=0-9223372036854775808", ok(0, 10)),
            ("bytes=0-18446744073709551615", ok(0, 10)),
            ("bytes=0-18446744073709551616", ok(0, 10)),
            ("bytes=0-99999999999999999999999", ok(0, 10)),
            ("bytes=-18446744073709551616", ok(0, 10)),
            ("bytes=9223372036854775808-", unsatisfiable),
            ("bytes=18446744073709551615-", unsatisfiable),
            ("bytes=18446744073709551616-", unsatisfiable),
            ("bytes=18446744073709551615-18446744073709551615", unsatisfiable),
            ("bytes=99999999999999999999999-99999999999999999999999", unsatisfiable),
            // several ranges
            ("bytes=1-2,4-5", None),
            ("bytes=0-0,-1", None),
            ("bytes=0-,", None),
            ("bytes=,0-1", None),
            // not a range
            ("", None),
            ("bytes", None),
            ("bytes=", None),
            ("bytes=-", None),
            ("bytes=--1", None),
            ("bytes=1--2", None),
            ("bytes=0--1", None),
            ("bytes=5", None),
            ("bytes=a-b", None),
            ("bytes=0x0-0x5", None),
            ("bytes=1.5-2", None),
            ("bytes=+1-2", None),
            ("bytes=1-+2", None),
            ("bytes= 1-2", None),
            ("bytes=1 - 2", None),
            ("bytes=1-2;", None),
            ("bytes=1-2 bytes=3-4", None),
            ("bytes=\u{661}-\u{662}", None),
            // other units
            ("items=0-1", None),
            ("0-1", None),
            ("bytes:0-1", None),
            ("none=0-1", None),
        ];
        assert!(cases.len() >= 60);
        for (header, expected) in cases {
            assert_eq!(RangeSpec::parse(header).map(|spec| spec.resolve(10)), expected, "{header}");
        }
    }

    #[test]
    fn an_empty_object_has_last_bytes_and_no_first_ones() {
        for header in ["bytes=0-0", "bytes=0-", "bytes=-0", "bytes=5-9"] {
            let spec = RangeSpec::parse(header).expect(header);
            assert_eq!(spec.resolve(0), Err(Unsatisfiable), "{header}");
        }
        let last = RangeSpec::parse("bytes=-1").expect("a suffix");
        assert_eq!(last.resolve(0), Ok(ByteRange { start: 0, end: 0 }));
    }
}
