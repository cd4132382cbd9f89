//! Query: the query string, decoded exactly once, and the numbers that list requests carry in it.

use drystone_types::PartNumber;
use drystone_types::limits::LIST_PAGE_MAX;

use crate::encoding::decode_query;
use crate::error::S3Error;

/// A decoded query string: names and values in order. Names are case-sensitive (b11).
///
/// When a name is repeated, its first value counts; names that choose the operation must not be repeated (see
/// [`Query::repeated`], which `route` asks).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Decodes `raw`, the text after `?`; `+` is a space. A name without `=` has an empty value.
    ///
    /// # Errors
    /// InvalidURI when a `%` sequence is broken or the decoded bytes are not UTF-8.
    pub fn parse(raw: &str) -> Result<Self, S3Error> {
        let pair = |text: &str| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            Ok((decode_query(name)?, decode_query(value)?))
        };
        let pairs: Result<_, crate::encoding::Undecodable> =
            raw.split('&').filter(|text| !text.is_empty()).map(pair).collect();
        Ok(Self { pairs: pairs.map_err(|_| S3Error::invalid_uri(format!("?{raw}")))? })
    }

    /// The first value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The first value of `name`, unless it is empty.
    pub fn get_non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Is `name` there, with or without a value?
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Is `name` there more than once?
    pub fn repeated(&self, name: &str) -> bool {
        self.pairs.iter().filter(|(other, _)| other == name).count() > 1
    }

    /// All pairs in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// `partNumber` as a part number. `None` when it is absent.
    ///
    /// # Errors
    /// InvalidArgument unless it is an integer from 1 to 10,000 (b40).
    pub fn part_number(&self) -> Result<Option<PartNumber>, S3Error> {
        let Some(text) = self.get("partNumber") else { return Ok(None) };
        let number = unsigned(text).and_then(PartNumber::new);
        number.map(Some).ok_or_else(|| S3Error::invalid_part_number_argument(text))
    }

    /// `max-parts`, 0 to 1000, 1000 by default (b79-b84).
    ///
    /// # Errors
    /// InvalidArgument when it is negative, beyond 2147483647 or no integer (b83).
    pub fn max_parts(&self) -> Result<u32, S3Error> {
        self.page_size("max-parts")
    }

    /// `max-uploads`, 0 to 1000, 1000 by default (b101).
    ///
    /// # Errors
    /// As [`Query::max_parts`].
    pub fn max_uploads(&self) -> Result<u32, S3Error> {
        self.page_size("max-uploads")
    }

    /// `max-keys`, 0 to 1000, 1000 by default.
    ///
    /// # Errors
    /// As [`Query::max_parts`].
    pub fn max_keys(&self) -> Result<u32, S3Error> {
        self.page_size("max-keys")
    }

    /// `max-buckets` of ListBuckets, 1 to 10,000. `None` when it is absent.
    ///
    /// # Errors
    /// InvalidArgument when it is outside that range.
    pub fn max_buckets(&self) -> Result<Option<u32>, S3Error> {
        let Some(text) = self.get_non_empty("max-buckets") else { return Ok(None) };
        let message = "Argument max-buckets must be an integer between 1 and 10000";
        let legal = |number: &u32| (1..=10_000).contains(number);
        let number = unsigned(text).and_then(|n| u32::try_from(n).ok()).filter(legal);
        number.map(Some).ok_or_else(|| S3Error::invalid_argument("max-buckets", text, message))
    }

    /// `part-number-marker`, 0 by default; it may lie past every legal part number (b80, b84).
    ///
    /// # Errors
    /// As [`Query::max_parts`].
    pub fn part_number_marker(&self) -> Result<u32, S3Error> {
        integer("part-number-marker", self.get("part-number-marker"), 0)
    }

    /// Does `encoding-type` ask for `url`?
    ///
    /// # Errors
    /// InvalidArgument for any other value, even an empty one (b103).
    pub fn encoding_type_url(&self) -> Result<bool, S3Error> {
        match self.get("encoding-type") {
            None => Ok(false),
            Some("url") => Ok(true),
            Some(other) => Err(S3Error::invalid_encoding_method(other)),
        }
    }

    fn page_size(&self, name: &str) -> Result<u32, S3Error> {
        integer(name, self.get(name), LIST_PAGE_MAX).map(|size| size.min(LIST_PAGE_MAX))
    }
}

/// Reads a non-negative 32-bit integer argument; absent and empty mean `default` (b83, b84).
pub(crate) fn integer(name: &str, text: Option<&str>, default: u32) -> Result<u32, S3Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(default) };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = unsigned(digits).and_then(|number| i32::try_from(number).ok());
    let Some(number) = number.and_then(|number| u32::try_from(number).ok()) else {
        let message = format!("Provided {name} not an integer or within integer range");
        return Err(S3Error::invalid_argument(name, text, message));
    };
    if text.starts_with('-') && number > 0 {
        let message = format!("Argument {name} must be an integer between 0 and {}", i32::MAX);
        return Err(S3Error::invalid_argument(name, text, message));
    }
    Ok(number)
}

/// Digits only: no sign, no space.
fn unsigned(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::Query;
    use proptest::prelude::*;

    fn query(raw: &str) -> Query {
        Query::parse(raw).expect("decodable")
    }

    #[test]
    fn s31_pairs_are_decoded_once_in_order() {
        let query = query("&a=1+2&b&%61=x%2526&c=%3D=&&");
        let pairs: Vec<_> = query.pairs().collect();
        assert_eq!(pairs, [("a", "1 2"), ("b", ""), ("a", "x%26"), ("c", "==")]);
        assert_eq!(query.get("a"), Some("1 2"));
        assert!(query.repeated("a") && !query.repeated("b") && query.has("b"));
        for bad in ["a=%", "%zz", "a=%ff"] {
            assert_eq!(Query::parse(bad).map_err(|error| error.code.as_str()), Err("InvalidURI"), "{bad}");
        }
    }

    #[test]
    fn b11_names_are_case_sensitive() {
        assert!(!query("UploadId=x").has("uploadId"));
    }

    #[test]
    fn b40_s36_part_numbers() {
        assert_eq!(query("").part_number(), Ok(None));
        for good in ["1", "10000", "007"] {
            assert!(query(&format!("partNumber={good}")).part_number().is_ok_and(|n| n.is_some()), "{good}");
        }
        for bad in
            ["0", "-1", "10001", "4294967296", "4294967297", "18446744073709551617", "1.0", "", "%2B1", "x"]
        {
            let error = query(&format!("partNumber={bad}")).part_number().expect_err(bad);
            assert_eq!(error.message, "Part number must be an integer between 1 and 10000, inclusive");
            assert_eq!(error.get("ArgumentName"), Some("partNumber"));
        }
    }

    #[test]
    fn b79_to_b84_b101_s36_page_sizes_and_markers() {
        let negative = "Argument max-parts must be an integer between 0 and 2147483647";
        let no_integer = "Provided max-parts not an integer or within integer range";
        let cases = [
            ("", Ok(1000)),
            ("max-parts=", Ok(1000)),
            ("max-parts=0", Ok(0)),
            ("max-parts=-0", Ok(0)),
            ("max-parts=7", Ok(7)),
            ("max-parts=1000", Ok(1000)),
            ("max-parts=1001", Ok(1000)),
            ("max-parts=65536", Ok(1000)),
            ("max-parts=2147483647", Ok(1000)),
            ("max-parts=2147483648", Err(no_integer)),
            ("max-parts=-1", Err(negative)),
            ("max-parts=-2147483649", Err(no_integer)),
            ("max-parts=x", Err(no_integer)),
            ("max-parts=1x", Err(no_integer)),
            ("max-parts=--1", Err(no_integer)),
            ("max-parts=-", Err(no_integer)),
            ("max-parts=99999999999999999999999", Err(no_integer)),
        ];
        for (raw, expected) in cases {
            let got = query(raw).max_parts();
            assert_eq!(
                got.as_ref().map_err(|error| &*error.message),
                expected.as_ref().map_err(|m| *m),
                "{raw}"
            );
        }
        assert_eq!(query("part-number-marker=").part_number_marker(), Ok(0));
        assert_eq!(query("part-number-marker=99999").part_number_marker(), Ok(99_999));
        let error = query("part-number-marker=-1").part_number_marker().expect_err("negative");
        assert_eq!(error.get("ArgumentName"), Some("part-number-marker"));
        assert!(query("max-uploads=-1").max_uploads().is_err());
        assert_eq!(query("max-keys=5").max_keys(), Ok(5));
        assert_eq!(query("max-buckets=10000").max_buckets(), Ok(Some(10_000)));
        assert!(query("max-buckets=0").max_buckets().is_err());
    }

    #[test]
    fn b103_only_url_is_an_encoding_type() {
        assert_eq!(query("").encoding_type_url(), Ok(false));
        assert_eq!(query("encoding-type=url").encoding_type_url(), Ok(true));
        for bad in ["", "URL", "base64"] {
            assert!(query(&format!("encoding-type={bad}")).encoding_type_url().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(raw in any::<String>()) {
            if let Ok(query) = Query::parse(&raw) {
                let _ = (query.part_number(), query.max_parts(), query.part_number_marker());
            }
        }

        #[test]
        fn numbers_never_panic(text in "[-+0-9]{0,25}") {
            let query = Query { pairs: vec![("partNumber".into(), text.clone()), ("max-keys".into(), text)] };
            let _ = (query.part_number(), query.max_keys());
        }
    }
}
