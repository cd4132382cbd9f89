//! response-*: headers that a GET may replace in its answer.

use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES,
};
use http::{HeaderName, HeaderValue};

use crate::error::S3Error;
use crate::query::Query;

const OVERRIDES: [(&str, HeaderName); 6] = [
    ("response-cache-control", CACHE_CONTROL),
    ("response-content-disposition", CONTENT_DISPOSITION),
    ("response-content-encoding", CONTENT_ENCODING),
    ("response-content-language", CONTENT_LANGUAGE),
    ("response-content-type", CONTENT_TYPE),
    ("response-expires", EXPIRES),
];

/// The headers to replace. Empty values replace nothing. Only signed requests may use them: refuse the others when
/// the list is not empty.
///
/// # Errors
/// InvalidArgument for a value that cannot stand in a header: it could start another one (S38), or has characters that headers
/// do not have.
pub fn response_overrides(query: &Query) -> Result<Vec<(HeaderName, HeaderValue)>, S3Error> {
    let mut overrides = Vec::new();
    for (name, header) in OVERRIDES {
        let Some(value) = query.get_non_empty(name) else { continue };
        if value.chars().any(|c| c > '\u{ff}') {
            let message = "Header value cannot be represented using ISO-8859-1.";
            return Err(S3Error::invalid_argument(name, value, message));
        }
        let refuse =
            |_| S3Error::invalid_argument(name, value.escape_default().to_string(), "Invalid Argument");
        overrides.push((header, HeaderValue::from_bytes(value.as_bytes()).map_err(refuse)?));
    }
    Ok(overrides)
}

#[cfg(test)]
mod tests {
    use super::response_overrides;
    use crate::query::Query;
    use proptest::prelude::*;

    #[test]
    fn six_headers_can_be_replaced() {
        let raw = "response-content-type=text/html&response-content-language=de&response-expires=now\
                   &response-cache-control=no-cache&response-content-disposition=attachment%3B+filename%3D%C3%A9\
                   &response-content-encoding=gzip&response-other=x&response-content-type=second";
        let overrides = response_overrides(&Query::parse(raw).expect("decodable")).expect("legal");
        let pairs: Vec<_> = overrides.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let expected: [(&str, &[u8]); 6] = [
            ("cache-control", b"no-cache"),
            ("content-disposition", "attachment; filename=é".as_bytes()),
            ("content-encoding", b"gzip"),
            ("content-language", b"de"),
            ("content-type", b"text/html"),
            ("expires", b"now"),
        ];
        assert_eq!(pairs, expected);
        assert_eq!(
            response_overrides(&Query::parse("response-expires=").expect("decodable")),
            Ok(Vec::new())
        );
    }

    #[test]
    fn characters_outside_latin_1_are_refused() {
        let query = Query::parse("response-cache-control=a%E2%80%94b").expect("decodable");
        let error = response_overrides(&query).expect_err("refused");
        assert_eq!(error.message, "Header value cannot be represented using ISO-8859-1.");
        assert_eq!(error.get("ArgumentValue"), Some("a\u{2014}b"));
    }

    #[test]
    fn s38_values_that_could_start_another_header_are_refused() {
        for bad in ["a%0D%0Ax%3A1", "a%0Ab", "a%00b", "%0D"] {
            let query = Query::parse(&format!("response-content-type={bad}")).expect("decodable");
            assert_eq!(
                response_overrides(&query).map_err(|e| e.code.as_str()),
                Err("InvalidArgument"),
                "{bad}"
            );
        }
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(raw in any::<String>()) {
            if let Ok(query) = Query::parse(&format!("response-content-type={raw}")) {
                let _ = response_overrides(&query);
            }
        }
    }
}
