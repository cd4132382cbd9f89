//! Hoisted headers: presigners move x-amz-* headers and conditions into the query, where the signature covers them.
//! They mean what the header would.

use http::{HeaderMap, HeaderName};
use std::borrow::Cow;

use super::text::to_header_value;
use crate::error::S3Error;
use crate::query::Query;

/// Query names that are about the signature itself.
const OF_THE_SIGNATURE: [&str; 8] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-signedheaders",
    "x-amz-signature",
    "x-amz-security-token",
    "x-amz-content-sha256",
];

/// Conditions that a query signed with SigV4 may carry.
const CONDITIONS: [&str; 2] = ["if-match", "if-none-match"];

/// The headers of a request, with those that a presigned query of either version carries. An x-amz-* header that is there
/// already is kept, it was signed; a condition need not be, so that of the query counts.
///
/// # Errors
/// InvalidArgument for a value that cannot stand in a header.
pub fn with_hoisted<'a>(headers: &'a HeaderMap, query: &Query) -> Result<Cow<'a, HeaderMap>, S3Error> {
    let mut all = Cow::Borrowed(headers);
    let is_v4 = query.has("X-Amz-Signature");
    if !is_v4 && !query.has("Signature") {
        return Ok(all);
    }
    for (name, value) in query.pairs() {
        let lower = name.to_ascii_lowercase();
        let is_condition = is_v4 && CONDITIONS.contains(&lower.as_str());
        let is_amz = lower.starts_with("x-amz-") && !OF_THE_SIGNATURE.contains(&lower.as_str());
        if !is_condition && !is_amz {
            continue;
        }
        let refuse =
            || S3Error::invalid_argument("query", name, "The query parameter cannot be used as a header");
        let header = HeaderName::from_bytes(lower.as_bytes()).map_err(|_| refuse())?;
        let value = to_header_value(value).ok_or_else(refuse)?;
        if is_condition || !all.contains_key(&header) {
            all.to_mut().insert(header, value);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::with_hoisted;
    use crate::query::Query;
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn b217_x_amz_parameters_of_a_sigv2_query_are_headers_too() {
        let raw = "AWSAccessKeyId=A&Signature=S&Expires=1&x-amz-meta-a=b&content-type=text/plain&if-match=e";
        let query = Query::parse(raw).expect("well-formed");
        let all = with_hoisted(&HeaderMap::new(), &query).expect("legal").into_owned();
        assert_eq!(
            (&all["x-amz-meta-a"], all.len()),
            (&HeaderValue::from_static("b"), 1),
            "SigV2 signs no condition"
        );
    }

    #[test]
    fn b216_x_amz_parameters_of_a_presigned_query_are_headers() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-meta-a", HeaderValue::from_static("header"));
        let query = Query::parse(
            "X-Amz-Signature=00&X-Amz-Date=d&x-amz-meta-a=query&X-Amz-Meta-B=c%20d&x-amz-acl=public-read&partNumber=1",
        )
        .expect("well-formed");
        let all = with_hoisted(&headers, &query).expect("legal");
        assert_eq!(all["x-amz-meta-a"], "header");
        assert_eq!(all["x-amz-meta-b"], "c d");
        assert_eq!(all["x-amz-acl"], "public-read");
        assert_eq!(all.len(), 3);
        let conditions = Query::parse("X-Amz-Signature=00&If-None-Match=*&if-match=%22e%22&If-Range=e")
            .expect("decodable");
        let mut unsigned = HeaderMap::new();
        unsigned.insert("if-match", HeaderValue::from_static("other"));
        let all = with_hoisted(&unsigned, &conditions).expect("legal").into_owned();
        let expected = [("if-match", "\"e\""), ("if-none-match", "*")];
        assert!(expected.iter().all(|(name, value)| all[*name] == *value) && all.len() == 2, "{all:?}");
        let unsigned = Query::parse("x-amz-acl=public-read").expect("well-formed");
        assert_eq!(with_hoisted(&headers, &unsigned).expect("legal").len(), 1);
        let broken = Query::parse("X-Amz-Signature=0&x-amz-meta-a%20b=1").expect("well-formed");
        assert!(with_hoisted(&headers, &broken).is_err());
        let broken = Query::parse("X-Amz-Signature=0&x-amz-meta-a=1%0D%0Ax:y").expect("well-formed");
        assert!(with_hoisted(&headers, &broken).is_err());
    }
}
