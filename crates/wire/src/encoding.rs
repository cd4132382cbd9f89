//! Percent encodings: decoding exactly once, and the two encodings that answers use.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a URL path keeps: RFC 3986's unreserved characters and `/`.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
/// What encoding-type=url keeps (b102); the space becomes `+`.
const LIST: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b'/').remove(b' ');

/// The text is not percent-encoded UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is not percent-encoded UTF-8")]
pub struct Undecodable;

/// Decodes percent-encoded text exactly once; `+` stays.
///
/// # Errors
/// [`Undecodable`] when a `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
pub fn decode(text: &str) -> Result<Cow<'_, str>, Undecodable> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    String::from_utf8(decode_bytes(text)?).map(Cow::Owned).map_err(|_| Undecodable)
}

/// As [`decode`], and `+` is a space, as in a query string.
///
/// # Errors
/// Those of [`decode`].
pub fn decode_query(text: &str) -> Result<String, Undecodable> {
    let spaced = text.replace('+', " ");
    decode(&spaced).map(Cow::into_owned)
}

/// Encodes a key for the path of a URL, as Location carries it (b107).
pub fn encode_path(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// Encodes a key, prefix or marker for encoding-type=url: space `+`, `/` kept (b102).
pub fn encode_list(text: &str) -> String {
    utf8_percent_encode(text, LIST).to_string().replace(' ', "+")
}

fn decode_bytes(text: &str) -> Result<Vec<u8>, Undecodable> {
    let hex = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16)).ok_or(Undecodable);
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let value = hex(bytes.next())? * 16 + hex(bytes.next())?;
            decoded.push(u8::try_from(value).expect("two hexadecimal digits make a byte"));
        } else {
            decoded.push(byte);
        }
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::{Cow, Undecodable, decode, decode_query, encode_list, encode_path};
    use proptest::prelude::*;

    #[test]
    fn s31_text_is_decoded_exactly_once_and_strictly() {
        let cases = [
            ("a%20b", Ok("a b")),
            ("a+b", Ok("a+b")),
            ("%252e", Ok("%2e")),
            ("%2E%2e", Ok("..")),
            ("%00", Ok("\0")),
            ("é", Ok("é")),
            ("%c3%a9", Ok("é")),
            ("%", Err(Undecodable)),
            ("%2", Err(Undecodable)),
            ("%zz", Err(Undecodable)),
            ("%+1", Err(Undecodable)),
            ("%ff", Err(Undecodable)),
            ("%c0%ae", Err(Undecodable)), // overlong '.'
        ];
        for (text, expected) in cases {
            assert_eq!(decode(text).as_deref().map_err(|error| *error), expected, "{text}");
        }
        assert_eq!(decode_query("a+b%2B"), Ok("a b+".to_owned()));
    }

    #[test]
    fn b102_list_encoding_writes_spaces_as_plus_and_keeps_slashes() {
        assert_eq!(encode_list("a b+c(d)/é~*"), "a+b%2Bc%28d%29/%C3%A9%7E*");
        assert_eq!(encode_path("a b+c/é~"), "a%20b%2Bc/%C3%A9~");
    }

    proptest! {
        #[test]
        fn encodings_decode_to_what_they_were(text in "\\PC*|[\\x00-\\x7f]*") {
            prop_assert_eq!(decode(&encode_path(&text)).map(Cow::into_owned), Ok(text.clone()));
            prop_assert_eq!(decode_query(&encode_list(&text)), Ok(text));
        }

        #[test]
        fn decoding_never_panics(text in any::<String>()) {
            let _ = decode(&text);
            let _ = decode_query(&text);
        }
    }
}
