//! The head of one part of multipart/form-data: the name of its field, and of its file.

use super::form::FormError;

/// What Content-Disposition says of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartHead {
    /// The field's name, as sent.
    pub(super) name: String,
    /// The file's name, as sent; clients send one even for plain fields.
    pub(super) file_name: Option<String>,
}

/// Reads the lines of a part's head, without the empty line that ends it.
pub(super) fn parse(head: &[u8]) -> Result<PartHead, FormError> {
    let text = std::str::from_utf8(head).map_err(|_| FormError::Malformed)?;
    let mut found = None;
    for line in text.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or(FormError::Malformed)?;
        if name.trim().eq_ignore_ascii_case("content-disposition")
            && found.replace(disposition(value.trim())?).is_some()
        {
            return Err(FormError::Malformed);
        }
    }
    found.ok_or(FormError::Malformed)
}

fn disposition(value: &str) -> Result<PartHead, FormError> {
    let (kind, parameters) = value.split_once(';').ok_or(FormError::Malformed)?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(FormError::Malformed);
    }
    let (mut name, mut file_name, mut extended) = (None, None, None);
    let mut rest = parameters;
    while let Some((parameter, value, tail)) = next_parameter(rest)? {
        let slot = match parameter.to_ascii_lowercase().as_str() {
            "name" => &mut name,
            "filename" => &mut file_name,
            "filename*" => &mut extended,
            _ => {
                rest = tail;
                continue;
            }
        };
        if slot.replace(value).is_some() {
            return Err(FormError::Malformed);
        }
        rest = tail;
    }
    let extended = extended.and_then(|value| from_extended(&value));
    Ok(PartHead { name: name.ok_or(FormError::Malformed)?, file_name: extended.or(file_name) })
}

/// `; name="value"`: the parameter, its value, and what follows.
pub(super) fn next_parameter(text: &str) -> Result<Option<(&str, String, &str)>, FormError> {
    let text = text.trim_start_matches([' ', '\t', ';']);
    if text.is_empty() {
        return Ok(None);
    }
    let (name, rest) = text.split_once('=').ok_or(FormError::Malformed)?;
    let rest = rest.trim_start();
    let Some(quoted) = rest.strip_prefix('"') else {
        let (value, tail) = rest.split_once(';').unwrap_or((rest, ""));
        return Ok(Some((name.trim(), value.trim().to_owned(), tail)));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok(Some((name.trim(), value, &quoted[at + 1..]))),
            // Only these two are escaped: a path of Windows in a file name keeps its backslashes.
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => {
                value.extend(chars.next().map(|(_, escaped)| escaped));
            }
            c => value.push(c),
        }
    }
    Err(FormError::Malformed)
}

/// `UTF-8''na%C3%AFve.txt` of RFC 5987.
fn from_extended(value: &str) -> Option<String> {
    let mut pieces = value.splitn(3, '\'');
    let (charset, _language, encoded) = (pieces.next()?, pieces.next()?, pieces.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    crate::encoding::decode(encoded).ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::{PartHead, parse};

    fn read(head: &str) -> Option<(String, Option<String>)> {
        parse(head.as_bytes()).ok().map(|PartHead { name, file_name }| (name, file_name))
    }

    #[test]
    fn names_are_read_from_every_common_form() {
        let cases = [
            ("Content-Disposition: form-data; name=\"key\"", "key", None),
            ("content-disposition:form-data;name=key", "key", None),
            (
                "Content-Type: text/plain\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a b.txt\"",
                "file",
                Some("a b.txt"),
            ),
            (
                "Content-Disposition: form-data; filename=\"C:\\dir\\f.txt\"; name=file",
                "file",
                Some("C:\\dir\\f.txt"),
            ),
            ("Content-Disposition: form-data; name=\"a\\\"b\\\\c\"", "a\"b\\c", None),
            (
                "Content-Disposition: form-data; name=\"file\"; filename=\"x\"; filename*=UTF-8''na%C3%AFve",
                "file",
                Some("naïve"),
            ),
            ("Content-Disposition: form-data; name=\"file\"; filename=\"\"", "file", Some("")),
            ("Content-Disposition: form-data; name=\"file\"; filename=\"a;b=c\"", "file", Some("a;b=c")),
        ];
        for (head, name, file_name) in cases {
            assert_eq!(read(head), Some((name.to_owned(), file_name.map(str::to_owned))), "{head}");
        }
    }

    #[test]
    fn broken_heads_are_refused() {
        let cases = [
            "",
            "Content-Type: text/plain",
            "Content-Disposition: attachment; name=\"a\"",
            "Content-Disposition: form-data",
            "Content-Disposition: form-data; filename=\"a\"",
            "Content-Disposition: form-data; name=\"a",
            "Content-Disposition: form-data; name=\"a\"; name=\"b\"",
            "Content-Disposition: form-data; name",
            "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b",
            "no colon",
        ];
        for head in cases {
            assert_eq!(read(head), None, "{head:?}");
        }
        assert!(parse(b"Content-Disposition: form-data; name=\"\xff\"").is_err());
    }
}
