//! ObjectHead: what the headers of GetObject and HeadObject say of an object.

use super::text_of;
use drystone_types::{ChecksumAlgorithm, ChecksumType, ObjectChecksum, Timestamp};
use drystone_wire::xml::answer::{bare_etag, object_checksum_of};
use http::header::HeaderMap;

/// Headers that were set with an object and go with a copy of it, besides x-amz-meta-*.
const KEPT: [&str; 7] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-website-redirect-location",
];

/// What the headers say of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHead {
    /// Bytes that the body has or would have: of the object, the part or the range.
    pub content_len: Option<u64>,
    /// Which bytes of how many they are, of a part or a range.
    pub content_range: Option<ContentRange>,
    /// ETag, without quotes.
    pub etag: Option<String>,
    /// Last modified.
    pub last_modified: Option<Timestamp>,
    /// Version.
    pub version_id: Option<String>,
    /// The checksum, if it was asked for: of the object, or of the part that was asked for.
    pub checksum: Option<ObjectChecksum>,
    /// How many parts the object has; told when a part was asked for.
    pub parts_count: Option<u64>,
    /// Storage class; `None` for the standard one.
    pub storage_class: Option<String>,
    /// How many tags it has.
    pub tag_count: Option<u64>,
    /// x-amz-restore and so on: all headers of the answer.
    pub headers: HeaderMap,
}

/// Content-Range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// First byte.
    pub first: u64,
    /// Last byte.
    pub last: u64,
    /// Bytes of the object.
    pub size: u64,
}

impl ContentRange {
    /// Reads `bytes 0-4/10`.
    pub fn parse(text: &str) -> Option<Self> {
        let (range, size) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let range = Self { first: first.parse().ok()?, last: last.parse().ok()?, size: size.parse().ok()? };
        (range.first <= range.last && range.last < range.size).then_some(range)
    }
}

impl ObjectHead {
    /// Reads the headers. What is missing or malformed is `None`.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name| text_of(headers, name);
        let number = |name| text(name).and_then(|text| text.trim().parse().ok());
        let kind = text("x-amz-checksum-type").and_then(|name| ChecksumType::parse(name.trim()));
        let checksum =
            |algorithm: ChecksumAlgorithm| object_checksum_of(algorithm, &text(algorithm.header())?, kind);
        Self {
            content_len: number("content-length"),
            content_range: text("content-range").and_then(|text| ContentRange::parse(&text)),
            etag: text("etag").map(|etag| bare_etag(&etag).to_owned()),
            last_modified: text("last-modified").and_then(|text| Timestamp::parse_http_date(text.trim())),
            version_id: text("x-amz-version-id"),
            checksum: ChecksumAlgorithm::ALL.into_iter().find_map(checksum),
            parts_count: number("x-amz-mp-parts-count"),
            storage_class: text("x-amz-storage-class"),
            tag_count: number("x-amz-tagging-count"),
            headers: headers.clone(),
        }
    }

    /// Bytes of the object, whatever part of it was asked for.
    pub fn object_size(&self) -> Option<u64> {
        self.content_range.map(|range| range.size).or(self.content_len)
    }

    /// The headers that were set with the object and go with a copy of it: Content-Type and the like, x-amz-meta-*.
    pub fn kept_headers(&self) -> HeaderMap {
        let is_kept = |name: &str| KEPT.contains(&name) || name.starts_with("x-amz-meta-");
        let kept = self.headers.iter().filter(|(name, _)| is_kept(name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// User metadata: name without `x-amz-meta-`, and value.
    pub fn user_metadata(&self) -> Vec<(String, String)> {
        let named =
            self.headers.keys().filter_map(|name| Some((name, name.as_str().strip_prefix("x-amz-meta-")?)));
        named
            .map(|(name, short)| {
                (short.to_owned(), text_of(&self.headers, name.as_str()).unwrap_or_default())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{ContentRange, ObjectHead};
    use drystone_types::{ChecksumAlgorithm, ChecksumType, Timestamp};
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn everything_that_is_told_is_read() {
        let head = ObjectHead::of(&headers(&[
            ("content-length", "5"),
            ("content-range", "bytes 5-9/20"),
            ("etag", "\"abc-4\""),
            ("last-modified", "Sun, 22 Nov 2026 10:30:00 GMT"),
            ("x-amz-version-id", "v1"),
            ("x-amz-checksum-crc32", "AAAAAA==-4"),
            ("x-amz-checksum-type", "COMPOSITE"),
            ("x-amz-mp-parts-count", "4"),
            ("x-amz-meta-name", "é"),
            ("content-type", "text/plain"),
            ("server", "x"),
        ]));
        assert_eq!(
            (head.content_len, head.object_size(), head.etag.as_deref()),
            (Some(5), Some(20), Some("abc-4"))
        );
        assert_eq!(head.last_modified, Some(Timestamp(1_795_343_400_000)));
        let checksum = head.checksum.unwrap();
        assert_eq!(checksum.checksum.algorithm(), ChecksumAlgorithm::Crc32);
        assert_eq!((checksum.kind, checksum.part_count), (ChecksumType::Composite, Some(4)));
        assert_eq!((head.parts_count, head.version_id.as_deref()), (Some(4), Some("v1")));
        assert_eq!(head.user_metadata(), [("name".to_owned(), "é".to_owned())]);
        let mut kept: Vec<_> = head.kept_headers().keys().map(ToString::to_string).collect();
        kept.sort();
        assert_eq!(kept, ["content-type", "x-amz-meta-name"]);
    }

    #[test]
    fn what_is_malformed_is_as_good_as_missing() {
        let head = ObjectHead::of(&headers(&[
            ("content-length", "x"),
            ("content-range", "bytes */5"),
            ("etag", ""),
        ]));
        assert_eq!((head.content_len, head.content_range, head.etag), (None, None, None));
        for bad in ["", "bytes 5-4/9", "bytes 0-9/9", "bytes 0-8/*", "items 0-1/2", "bytes 0/9"] {
            assert_eq!(ContentRange::parse(bad), None, "{bad}");
        }
    }
}
