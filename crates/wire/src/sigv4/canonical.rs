//! The canonical form of a request: the bytes that both sides sign.

use crate::auth::SignedRequest;
use crate::encoding::{Undecodable, decode, decode_query, encode_path};
use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986 unreserved characters stay, everything else becomes `%XX` with upper-case digits.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A query, decoded once: `+` is a space, a name without `=` has an empty value, empty pieces are skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes what follows `?`.
    ///
    /// # Errors
    /// [`Undecodable`].
    pub fn parse(raw: &str) -> Result<Self, Undecodable> {
        let pieces = raw.split('&').filter(|piece| !piece.is_empty());
        let pairs = pieces.map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            Ok((decode_query(name)?, decode_query(value)?))
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }

    /// Adds a pair, not yet encoded.
    pub fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// All decoded pairs, in the order of the request.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The values of `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs().filter(move |pair| pair.0 == name).map(|pair| pair.1)
    }

    /// Whether `name` is there at all.
    pub fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The value of `name` when it occurs exactly once.
    pub fn only<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let mut values = self.all(name);
        values.next().filter(|_| values.next().is_none())
    }

    /// `a=1&b=2`: encoded, sorted by encoded name, then encoded value; every pair named `without` is left out.
    pub fn canonical(&self, without: Option<&str>) -> String {
        let pairs = self.pairs().filter(|pair| without.is_none_or(|name| pair.0 != name));
        let mut encoded: Vec<(String, String)> =
            pairs.map(|(name, value)| (encode(name), encode(value))).collect();
        encoded.sort_unstable();
        let pieces: Vec<String> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pieces.join("&")
    }
}

/// The path decoded once, by the decoder that routing uses, and encoded again: `/` stays, nothing is normalised (`//` and `..` stay), `+` is itself (b205).
///
/// # Errors
/// [`Undecodable`].
pub fn canonical_path(raw_path: &str) -> Result<String, Undecodable> {
    if raw_path.is_empty() {
        return Ok("/".to_owned());
    }
    Ok(encode_path(&decode(raw_path)?))
}

/// Encodes one name or value of a query as S3 signs it.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Builds the canonical request.
///
/// `query` is the canonical query, `signed_headers` lower-case names in the signer's order, `payload_hash` what
/// x-amz-content-sha256 says. The second value is false when a header of `signed_headers` is not in the request: then
/// no signature can be right.
///
/// # Errors
/// [`Undecodable`], for the path.
///
/// # Source
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
pub fn canonical_request(
    request: &SignedRequest<'_>,
    query: &str,
    signed_headers: &[&str],
    payload_hash: &str,
) -> Result<(Vec<u8>, bool), Undecodable> {
    let mut out = Vec::with_capacity(512);
    let mut complete = true;
    for line in [request.method, &canonical_path(request.raw_path)?, query] {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    for name in signed_headers {
        match header_value(request, name) {
            Some(value) => {
                out.extend_from_slice(name.as_bytes());
                out.push(b':');
                out.extend_from_slice(&value);
                out.push(b'\n');
            }
            None => complete = false,
        }
    }
    out.push(b'\n');
    out.extend_from_slice(signed_headers.join(";").as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload_hash.as_bytes());
    Ok((out, complete))
}

/// The values of one header, each trimmed and with its inner runs of blanks made one space, joined with `,`.
pub fn joined_values(headers: &HeaderMap, name: &str) -> Option<Vec<u8>> {
    let mut values = headers.get_all(name).iter();
    let mut out = trimmed(values.next()?.as_bytes());
    for value in values {
        out.push(b',');
        out.extend_from_slice(&trimmed(value.as_bytes()));
    }
    Some(out)
}

fn header_value(request: &SignedRequest<'_>, name: &str) -> Option<Vec<u8>> {
    if name == "host" {
        return Some(trimmed(request.host.as_bytes()));
    }
    joined_values(request.headers, name)
}

fn trimmed(value: &[u8]) -> Vec<u8> {
    let words = value.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    let mut out = Vec::with_capacity(value.len());
    for word in words {
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b205_the_path_is_encoded_once_and_not_normalised() {
        let cases = [
            ("", "/"),
            ("/", "/"),
            ("/b/a b", "/b/a%20b"),
            ("/b/a%20b", "/b/a%20b"),
            ("/b/a+b", "/b/a%2Bb"),
            ("/b/a%2bb", "/b/a%2Bb"),
            ("/b//a/../c/./d//", "/b//a/../c/./d//"),
            ("/b/%2e%2e", "/b/.."),
            ("/b/a%2Fb", "/b/a/b"),
            ("/b/%252F", "/b/%252F"),
            ("/b/\u{e9}", "/b/%C3%A9"),
            ("/b/%C3%A9", "/b/%C3%A9"),
            ("/b/%00", "/b/%00"),
            ("/b/~-._$&=:@!*'()", "/b/~-._%24%26%3D%3A%40%21%2A%27%28%29"),
        ];
        for (raw, canonical) in cases {
            assert_eq!(canonical_path(raw).as_deref(), Ok(canonical), "{raw}");
        }
        for bad in ["/b/%", "/b/%4", "/b/%zz", "/b/%4%41", "/b/%ff"] {
            assert_eq!(canonical_path(bad), Err(Undecodable), "{bad}");
        }
    }

    #[test]
    fn b205_the_query_is_sorted_by_encoded_name_then_value() {
        let cases = [
            ("", ""),
            ("uploads", "uploads="),
            ("uploads=", "uploads="),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1&a", "a=&a=1&a=2"),
            ("&&a=1&", "a=1"),
            ("a=x=y", "a=x%3Dy"),
            ("prefix=a+b", "prefix=a%20b"),
            ("prefix=a%2Bb", "prefix=a%2Bb"),
            ("prefix=a/b", "prefix=a%2Fb"),
            ("a-b=1&a=1&a.b=1", "a=1&a-b=1&a.b=1"),
            ("B=1&a=1", "B=1&a=1"),
            ("X-Amz-Signature=1&a=1&X%2DAmz-Signature=2", "a=1"),
        ];
        for (raw, canonical) in cases {
            let query = Query::parse(raw).unwrap();
            assert_eq!(query.canonical(Some("X-Amz-Signature")), canonical, "{raw}");
        }
        for bad in ["a=%4", "%zz", "a=%ff"] {
            assert_eq!(Query::parse(bad), Err(Undecodable), "{bad}");
        }
    }

    #[test]
    fn a_repeated_query_name_has_no_single_value() {
        let query = Query::parse("a=1&b=2&b=2").unwrap();
        assert_eq!(query.only("a"), Some("1"));
        assert_eq!(query.only("b"), None);
        assert!(query.has("b"));
        assert!(!query.has("d"));
    }

    #[test]
    fn header_values_are_trimmed_collapsed_and_joined() {
        let mut headers = HeaderMap::new();
        headers.append("x-amz-meta-a", "  a   b\t c ".parse().unwrap());
        headers.append("x-amz-meta-a", "d".parse().unwrap());
        headers.append("x-amz-meta-empty", "".parse().unwrap());
        let request = SignedRequest {
            method: "PUT",
            raw_path: "/b/k",
            raw_query: "",
            headers: &headers,
            host: "h:9000",
            host_bucket: None,
        };
        let names = ["host", "x-amz-meta-a", "x-amz-meta-empty"];
        let (canonical, complete) = canonical_request(&request, "", &names, "UNSIGNED-PAYLOAD").unwrap();
        assert!(complete);
        assert_eq!(
            String::from_utf8(canonical).unwrap(),
            "PUT\n/b/k\n\nhost:h:9000\nx-amz-meta-a:a b c,d\nx-amz-meta-empty:\n\n\
             host;x-amz-meta-a;x-amz-meta-empty\nUNSIGNED-PAYLOAD"
        );
        let (_, complete) = canonical_request(&request, "", &["host", "range"], "UNSIGNED-PAYLOAD").unwrap();
        assert!(!complete);
    }
}
