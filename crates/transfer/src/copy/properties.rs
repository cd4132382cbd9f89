//! Properties: what a copy carries besides its bytes. Pure.

use drystone_client::action::ObjectHead;
use drystone_types::Tags;
use drystone_wire::encoding::encode_list;
use http::header::{HeaderMap, HeaderName, HeaderValue};

/// What of the source's properties a copy keeps, by the AWS CLI's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopyProps {
    /// Nothing.
    None,
    /// Content-Type and the like, and metadata.
    Metadata,
    /// These and tags.
    #[default]
    Default,
}

/// How an object is copied.
#[derive(Clone, Debug, Default)]
pub struct CopyOptions {
    /// Headers that the copy gets, instead of the source's of the same name: Content-Type, x-amz-meta-..., x-amz-storage-class,
    /// x-amz-tagging, x-amz-acl, ...
    pub headers: HeaderMap,
    /// Of Content-Type and the like and of metadata, only what `headers` says (metadata directive REPLACE).
    pub replace_metadata: bool,
    /// What else is kept.
    pub props: CopyProps,
    /// Objects of this size and larger are copied in parts; only those above 5 GiB when not given.
    pub multipart_threshold_bytes: Option<u64>,
}

/// What to ask CopyObject for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CopyHeaders {
    pub(crate) headers: HeaderMap,
    pub(crate) replace_metadata: bool,
    pub(crate) replace_tags: bool,
}

impl CopyOptions {
    fn keeps_metadata(&self) -> bool {
        !self.replace_metadata && self.props != CopyProps::None
    }

    /// Are the source's tags kept?
    pub(crate) fn keeps_tags(&self) -> bool {
        self.props == CopyProps::Default && !self.headers.contains_key("x-amz-tagging")
    }

    /// Headers for CreateMultipartUpload, which takes nothing from the source by itself.
    pub(crate) fn for_create(&self, source: &ObjectHead, tags: Option<&Tags>) -> HeaderMap {
        let mut headers = if self.keeps_metadata() { source.kept_headers() } else { HeaderMap::new() };
        if let Some(tags) = tags.filter(|tags| self.keeps_tags() && !tags.0.is_empty()) {
            let value =
                HeaderValue::from_str(&tagging(tags)).expect("percent-encoded text is a header value");
            headers.insert("x-amz-tagging", value);
        }
        self.overlay(source, headers)
    }

    /// Headers and directives for CopyObject. Metadata of which something changes is sent as a whole.
    pub(crate) fn for_copy(&self, source: &ObjectHead) -> CopyHeaders {
        let changes = self.headers.keys().any(is_metadata);
        let replace_metadata = !self.keeps_metadata() || changes;
        let kept = if self.keeps_metadata() && changes { source.kept_headers() } else { HeaderMap::new() };
        CopyHeaders {
            headers: self.overlay(source, kept),
            replace_metadata,
            replace_tags: !self.keeps_tags(),
        }
    }

    /// What was asked for above what is kept. The storage class stays, too, unless another one is asked for.
    fn overlay(&self, source: &ObjectHead, mut headers: HeaderMap) -> HeaderMap {
        let class = source.storage_class.as_deref().and_then(|class| HeaderValue::from_str(class).ok());
        if let Some(class) = class.filter(|_| self.props != CopyProps::None) {
            headers.insert("x-amz-storage-class", class);
        }
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        headers
    }
}

/// Is it one of the headers that a metadata directive is about?
fn is_metadata(name: &HeaderName) -> bool {
    let name = name.as_str();
    !name.starts_with("x-amz-")
        || name.starts_with("x-amz-meta-")
        || name == "x-amz-website-redirect-location"
}

/// `key=value&key2=value2`, percent-encoded.
fn tagging(tags: &Tags) -> String {
    let encode = |text: &str| encode_list(text).replace('+', "%20").replace('/', "%2F");
    let pairs = tags.0.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::{CopyOptions, CopyProps};
    use drystone_client::action::ObjectHead;
    use drystone_types::Tags;
    use http::header::{HeaderMap, HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    fn source() -> ObjectHead {
        ObjectHead::of(&headers(&[
            ("content-type", "video/mp4"),
            ("cache-control", "no-cache"),
            ("x-amz-meta-color", "red"),
            ("x-amz-meta-size", "L"),
            ("x-amz-storage-class", "STANDARD_IA"),
            ("etag", "\"e\""),
        ]))
    }

    fn sorted(headers: &HeaderMap) -> Vec<String> {
        let mut lines: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        lines.sort();
        lines
    }

    const KEPT: [&str; 4] =
        ["cache-control: no-cache", "content-type: video/mp4", "x-amz-meta-color: red", "x-amz-meta-size: L"];

    #[test]
    fn a_copy_in_parts_gets_what_its_source_has() {
        let tags = Tags(vec![("a b".into(), "1/2".into()), ("é".into(), String::new())]);
        let all = sorted(&CopyOptions::default().for_create(&source(), Some(&tags)));
        assert_eq!(all[..4], KEPT);
        assert_eq!(all[4..], ["x-amz-storage-class: STANDARD_IA", "x-amz-tagging: a%20b=1%2F2&%C3%A9="]);

        let no_tags = CopyOptions { props: CopyProps::Metadata, ..CopyOptions::default() };
        assert_eq!(sorted(&no_tags.for_create(&source(), Some(&tags))), all[..5]);
        let nothing = CopyOptions { props: CopyProps::None, ..CopyOptions::default() };
        assert!(nothing.for_create(&source(), Some(&tags)).is_empty());
        let given = headers(&[
            ("content-type", "text/x"),
            ("x-amz-meta-color", "blue"),
            ("x-amz-storage-class", "STANDARD"),
            ("x-amz-tagging", "t=1"),
        ]);
        let options = CopyOptions { headers: given.clone(), ..CopyOptions::default() };
        assert_eq!(
            sorted(&options.for_create(&source(), Some(&tags))),
            [
                "cache-control: no-cache",
                "content-type: text/x",
                "x-amz-meta-color: blue",
                "x-amz-meta-size: L",
                "x-amz-storage-class: STANDARD",
                "x-amz-tagging: t=1",
            ]
        );
        let replaced =
            CopyOptions { headers: given.clone(), replace_metadata: true, ..CopyOptions::default() };
        assert_eq!(sorted(&replaced.for_create(&source(), Some(&tags))), sorted(&given));
    }

    #[test]
    fn b188_copy_object_is_told_only_what_changes() {
        let plain = CopyOptions::default().for_copy(&source());
        assert_eq!(sorted(&plain.headers), ["x-amz-storage-class: STANDARD_IA"]);
        assert!(!plain.replace_metadata && !plain.replace_tags);

        let acl = CopyOptions { headers: headers(&[("x-amz-acl", "private")]), ..CopyOptions::default() };
        assert!(!acl.for_copy(&source()).replace_metadata);

        let given = headers(&[("content-type", "text/x"), ("x-amz-tagging", "t=1")]);
        let changed = CopyOptions { headers: given, ..CopyOptions::default() }.for_copy(&source());
        assert!(changed.replace_metadata && changed.replace_tags);
        assert_eq!(changed.headers["x-amz-meta-color"], "red");
        assert_eq!(changed.headers["content-type"], "text/x");

        let nothing = CopyOptions { props: CopyProps::None, ..CopyOptions::default() }.for_copy(&source());
        assert!(nothing.replace_metadata && nothing.replace_tags && nothing.headers.is_empty());
        let metadata =
            CopyOptions { props: CopyProps::Metadata, ..CopyOptions::default() }.for_copy(&source());
        assert!(!metadata.replace_metadata && metadata.replace_tags);
    }
}
