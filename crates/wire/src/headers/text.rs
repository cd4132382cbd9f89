//! Header values as text and back, so that any value that a client sent comes back byte for byte.

use std::fmt::Write as _;

use http::{HeaderMap, HeaderValue};

/// Bytes 0x80..=0xff that are not UTF-8 stand for themselves in a private range of code points.
const FIRST_STRAY: u32 = 0xef80;
const LAST_STRAY: u32 = 0xefff;

/// The text of a header value: UTF-8 where it is UTF-8, and a private code point for every byte that is not.
///
/// [`to_header_value`] turns it back into the same bytes.
pub fn to_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_stray(c) {
                push_strays(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(c);
            }
        }
        push_strays(&mut text, chunk.invalid());
    }
    text
}

/// The header value that [`to_text`] read. `None` when the text cannot stand in a header: it holds CR, LF or NUL.
pub fn to_header_value(text: &str) -> Option<HeaderValue> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        if is_stray(c) {
            bytes.push(u8::try_from(u32::from(c) - FIRST_STRAY + 0x80).expect("128 code points"));
        } else {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    HeaderValue::from_bytes(&bytes).ok()
}

/// The first value of a header.
pub fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| to_text(value.as_bytes()))
}

/// All values of a header in one, joined by commas as HTTP allows.
pub fn joined(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let mut all = to_text(values.next()?.as_bytes());
    for value in values {
        write!(all, ",{}", to_text(value.as_bytes())).expect("writing to a String cannot fail");
    }
    Some(all)
}

fn is_stray(c: char) -> bool {
    (FIRST_STRAY..=LAST_STRAY).contains(&u32::from(c))
}

fn push_strays(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Only bytes from 0x80 on can be invalid or part of a longer sequence.
        let code = FIRST_STRAY + u32::from(*byte) - 0x80;
        text.push(char::from_u32(code).expect("a private code point is a char"));
    }
}

#[cfg(test)]
mod tests {
    use super::{joined, to_header_value, to_text};
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    #[test]
    fn utf8_stays_readable_and_other_bytes_survive() {
        let cases: [&[u8]; 6] = [
            b"plain",
            "h\u{e9}llo \u{1f600}".as_bytes(),
            b"latin-1 \xe9",
            b"=?UTF-8?Q?=C3=A9?=",
            "\u{ef80}\u{efff}".as_bytes(),
            b"\xff\xc3",
        ];
        for bytes in cases {
            let text = to_text(bytes);
            assert_eq!(to_header_value(&text).as_ref().map(HeaderValue::as_bytes), Some(bytes));
        }
        assert_eq!(to_text("é".as_bytes()), "é");
    }

    #[test]
    fn s38_text_that_could_split_a_header_is_refused() {
        for bad in ["a\r\nb", "a\nb", "a\0b", "\u{7f}"] {
            assert_eq!(to_header_value(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn repeated_headers_join() {
        let mut headers = HeaderMap::new();
        headers.append("a", HeaderValue::from_static("1"));
        headers.append("a", HeaderValue::from_static("2"));
        assert_eq!(joined(&headers, "a").as_deref(), Some("1,2"));
        assert_eq!(joined(&headers, "b"), None);
    }

    proptest! {
        #[test]
        fn every_header_value_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                prop_assert_eq!(to_header_value(&to_text(&bytes)), Some(value));
            }
        }

        #[test]
        fn any_text_is_a_header_or_refused(text in any::<String>()) {
            let _ = to_header_value(&text);
        }
    }
}
