//! What the answers share: texts, numbers, dates, ETags, checksums, names that may be URL-encoded.

use crate::encoding::decode_query;
use crate::xml::reader::Node;
use drystone_types::{Checksum, ChecksumAlgorithm, ChecksumType, ObjectChecksum, Timestamp};
use std::str::FromStr;

/// The document lacks what the answer is made of, or is another one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotUnderstood(pub String);

/// Who owns or began something, as the store names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Canonical user id, or the ARN of an initiator.
    pub id: Option<String>,
    /// Name, which few stores still tell.
    pub display_name: Option<String>,
}

/// An ETag without its quotes. ETags are opaque: those of other stores and of encrypted objects are no MD5.
pub fn bare_etag(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// An ETag as headers and documents carry it: in quotes, unless it is weak or has them.
pub fn quoted_etag(etag: &str) -> String {
    if etag.starts_with("W/") || etag.starts_with('"') || etag == "*" {
        etag.to_owned()
    } else {
        format!("\"{etag}\"")
    }
}

/// The checksum of an object from what a header or an element says: `-N` at the end of a composite value, and the type, if it was
/// told. `None` for what is no value of this algorithm.
pub fn object_checksum_of(
    algorithm: ChecksumAlgorithm,
    text: &str,
    kind: Option<ChecksumType>,
) -> Option<ObjectChecksum> {
    let text = text.trim();
    let (value, part_count) = match text.rsplit_once('-') {
        Some((value, count)) => (value, Some(count.parse().ok()?)),
        None => (text, None),
    };
    let told = if part_count.is_some() { ChecksumType::Composite } else { ChecksumType::FullObject };
    let checksum = Checksum::from_base64(algorithm, value)?;
    Some(ObjectChecksum { checksum, kind: kind.unwrap_or(told), part_count })
}

/// Is the document one of these? Other stores end names that AWS ends with Result in other ways (moto: ListPartsResponse).
pub(super) fn expect(root: &Node, names: &[&str]) -> Result<(), NotUnderstood> {
    let stem = |name: &str| {
        let end = ["Result", "Response", "Output"].iter().find_map(|end| name.strip_suffix(end));
        end.unwrap_or(name).to_owned()
    };
    if names.iter().any(|name| stem(name) == stem(&root.name)) {
        return Ok(());
    }
    Err(NotUnderstood(format!("it is a document {:?}, not {}", &*root.name, names[0])))
}

/// The text of a child, untrimmed; `None` when it is absent or empty.
pub(super) fn text<'a>(node: &'a Node, name: &str) -> Option<&'a str> {
    node.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
}

/// As [`text`], owned.
pub(super) fn string(node: &Node, name: &str) -> Option<String> {
    text(node, name).map(str::to_owned)
}

/// The text of a child that has to be there.
pub(super) fn required<'a>(node: &'a Node, name: &str) -> Result<&'a str, NotUnderstood> {
    text(node, name).ok_or_else(|| NotUnderstood(format!("{} has no {name}", node.name)))
}

/// The number in a child; `None` when it is absent or empty.
pub(super) fn number<T: FromStr>(node: &Node, name: &str) -> Result<Option<T>, NotUnderstood> {
    let Some(text) = text(node, name).map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = |_| NotUnderstood(format!("{name} of {} is {text:?}, which is no such number", node.name));
    text.parse().map(Some).map_err(wrong)
}

/// The number in a child that has to be there.
pub(super) fn required_number<T: FromStr>(node: &Node, name: &str) -> Result<T, NotUnderstood> {
    number(node, name)?.ok_or_else(|| NotUnderstood(format!("{} has no {name}", node.name)))
}

/// The truth value of a child; `None` when it is absent or something else.
pub(super) fn flag(node: &Node, name: &str) -> Option<bool> {
    match text(node, name)?.trim() {
        word if word.eq_ignore_ascii_case("true") => Some(true),
        word if word.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The date in a child. Dates of unknown forms are as good as none.
pub(super) fn date(node: &Node, name: &str) -> Option<Timestamp> {
    let text = text(node, name)?.trim();
    Timestamp::parse_iso8601(text).or_else(|| Timestamp::parse_http_date(text))
}

/// The ETag in a child, without quotes.
pub(super) fn etag(node: &Node) -> Option<String> {
    text(node, "ETag").map(|etag| bare_etag(etag).to_owned())
}

/// An account in a child.
pub(super) fn account(node: &Node, name: &str) -> Option<Account> {
    let node = node.child(name)?;
    Some(Account { id: string(node, "ID"), display_name: string(node, "DisplayName") })
}

/// The checksum of a part: of the algorithms that we know the first that is there.
pub(super) fn checksum(node: &Node) -> Option<Checksum> {
    ChecksumAlgorithm::ALL.into_iter().find_map(|algorithm| {
        let value = text(node, algorithm.element())?;
        Checksum::from_base64(algorithm, value.trim())
    })
}

/// The checksum of an object, and its type if the store told it.
pub(super) fn object_checksum(node: &Node) -> Option<ObjectChecksum> {
    let kind = text(node, "ChecksumType").and_then(|name| ChecksumType::parse(name.trim()));
    ChecksumAlgorithm::ALL
        .into_iter()
        .find_map(|algorithm| object_checksum_of(algorithm, text(node, algorithm.element())?, kind))
}

/// ChecksumAlgorithm and ChecksumType as an upload or a listed object has them.
pub(super) fn declared(node: &Node) -> Option<(ChecksumAlgorithm, Option<ChecksumType>)> {
    let algorithm = ChecksumAlgorithm::parse(text(node, "ChecksumAlgorithm")?.trim())?;
    Some((algorithm, text(node, "ChecksumType").and_then(|name| ChecksumType::parse(name.trim()))))
}

/// Keys, prefixes and markers, which are URL-encoded when EncodingType says so (b102).
#[derive(Clone, Copy)]
pub(super) struct Names {
    is_url: bool,
}

impl Names {
    pub(super) fn of(root: &Node) -> Self {
        Self {
            is_url: text(root, "EncodingType").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("url")),
        }
    }

    pub(super) fn optional(self, node: &Node, name: &str) -> Result<Option<String>, NotUnderstood> {
        text(node, name).map(|text| self.decoded(text)).transpose()
    }

    pub(super) fn required(self, node: &Node, name: &str) -> Result<String, NotUnderstood> {
        self.decoded(required(node, name)?)
    }

    /// CommonPrefixes: some stores write one element per prefix, some all prefixes in one.
    pub(super) fn common_prefixes(self, root: &Node) -> Result<Vec<String>, NotUnderstood> {
        let groups = root.children_named("CommonPrefixes");
        groups
            .flat_map(|group| group.children_named("Prefix"))
            .map(|prefix| self.decoded(&prefix.text))
            .collect()
    }

    fn decoded(self, text: &str) -> Result<String, NotUnderstood> {
        if !self.is_url {
            return Ok(text.to_owned());
        }
        decode_query(text)
            .map_err(|_| NotUnderstood(format!("{text:?} is not URL-encoded, though EncodingType says so")))
    }
}

#[cfg(test)]
pub(super) mod testing {
    use crate::xml::reader::{Node, read};

    /// Reads a document of a test.
    pub(in crate::xml::answer) fn root(xml: &str) -> Node {
        read(xml.as_bytes(), 64 << 20).expect("a document")
    }
}

#[cfg(test)]
mod tests {
    use super::{bare_etag, object_checksum_of, quoted_etag};
    use drystone_types::{ChecksumAlgorithm as A, ChecksumType as T};

    #[test]
    fn b120_etags_come_with_quotes_and_without() {
        let cases = [
            ("\"a-2\"", "a-2"),
            ("a-2", "a-2"),
            (" \"a\" ", "a"),
            ("\"", "\""),
            ("W/\"a\"", "W/\"a\""),
            ("\"\"", ""),
        ];
        for (text, bare) in cases {
            assert_eq!(bare_etag(text), bare, "{text}");
        }
        for (etag, quoted) in [("a-2", "\"a-2\""), ("\"a\"", "\"a\""), ("W/\"a\"", "W/\"a\""), ("*", "*")] {
            assert_eq!(quoted_etag(etag), quoted);
        }
    }

    #[test]
    fn b133_checksums_of_objects_tell_their_type_by_name_or_by_form() {
        let of = |text, kind| object_checksum_of(A::Crc32, text, kind).map(|c| (c.kind, c.part_count));
        assert_eq!(of("AAAAAA==", None), Some((T::FullObject, None)));
        assert_eq!(of("AAAAAA==-3", None), Some((T::Composite, Some(3))));
        assert_eq!(of("AAAAAA==", Some(T::Composite)), Some((T::Composite, None)));
        assert_eq!(of("AAAAAA==-3", Some(T::FullObject)), Some((T::FullObject, Some(3))));
        for bad in ["", "AAAA", "AAAAAA==-", "AAAAAA==-x", "-3"] {
            assert_eq!(of(bad, None), None, "{bad}");
        }
    }
}
