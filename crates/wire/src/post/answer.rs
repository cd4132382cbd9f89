//! What a POST form asks to be answered with (b219).

use drystone_types::{BucketName, ETag, Key};
use http::{HeaderValue, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::PostForm;
use crate::xml::writer::{DECLARATION, XmlWriter};

/// RFC 3986's unreserved characters.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The answer to a form that was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuccessAction {
    /// 200 or 204 without a body, 201 with a [`post_response`].
    Status(u16),
    /// 303 to this URL.
    Redirect(String),
}

/// What the fields `success_action_redirect` and `success_action_status` ask for. A redirect that is no absolute URL of HTTP
/// is as if it were not there; any other status than 200 and 201 is 204 (b219).
pub fn success_action(form: &PostForm, bucket: &BucketName, key: &Key, etag: &ETag) -> SuccessAction {
    let asked = form.get("success_action_redirect").or_else(|| form.get("redirect"));
    if let Some(url) = asked.and_then(|url| redirect(url, bucket, key, etag)) {
        return SuccessAction::Redirect(url);
    }
    match form.get("success_action_status") {
        Some("200") => SuccessAction::Status(200),
        Some("201") => SuccessAction::Status(201),
        _ => SuccessAction::Status(204),
    }
}

/// `url` with bucket, key and ETag in its query, in front of a fragment.
fn redirect(url: &str, bucket: &BucketName, key: &Key, etag: &ETag) -> Option<String> {
    let (base, fragment) = url.split_once('#').unwrap_or((url, ""));
    let parsed: Uri = base.parse().ok()?;
    if !matches!(parsed.scheme_str(), Some("http" | "https")) || parsed.host()?.is_empty() {
        return None;
    }
    let separator = if base.contains('?') { '&' } else { '?' };
    let encode = |text: &str| utf8_percent_encode(text, QUERY).to_string();
    let (key, etag) = (encode(key.as_str()), encode(&etag.quoted()));
    let mut whole = format!("{base}{separator}bucket={bucket}&key={key}&etag={etag}");
    if !fragment.is_empty() {
        whole.push('#');
        whole.push_str(fragment);
    }
    HeaderValue::from_str(&whole).is_ok().then_some(whole)
}

/// The document of a 201. It has no namespace.
pub fn post_response(location: &str, bucket: &BucketName, key: &Key, etag: &ETag) -> String {
    let document = XmlWriter::plain_fragment("PostResponse", |w| {
        w.text("Location", location);
        w.text("Bucket", bucket.as_str());
        w.text("Key", key.as_str());
        w.text("ETag", &etag.quoted());
    });
    format!("{DECLARATION}{document}")
}

#[cfg(test)]
mod tests {
    use super::{SuccessAction, post_response, success_action};
    use crate::post::PostForm;
    use drystone_types::{BucketName, ETag, Key};

    fn names() -> (BucketName, Key, ETag) {
        let etag = ETag::parse("d41d8cd98f00b204e9800998ecf8427e").expect("an ETag");
        (BucketName::parse("bkt").expect("a name"), Key::parse("a b/&c").expect("a key"), etag)
    }

    fn action(fields: &[(&str, &str)]) -> SuccessAction {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (bucket, key, etag) = names();
        success_action(&PostForm::new(fields, None), &bucket, &key, &etag)
    }

    #[test]
    fn b219_the_status_is_200_201_or_204() {
        let cases = [("200", 200), ("201", 201), ("204", 204), ("404", 204), ("", 204), ("0200", 204)];
        for (asked, status) in cases {
            assert_eq!(action(&[("success_action_status", asked)]), SuccessAction::Status(status), "{asked}");
        }
        assert_eq!(action(&[]), SuccessAction::Status(204));
    }

    #[test]
    fn b219_a_redirect_carries_bucket_key_and_etag() {
        let added = "bucket=bkt&key=a%20b%2F%26c&etag=%22d41d8cd98f00b204e9800998ecf8427e%22";
        let cases = [
            ("http://h/p", format!("http://h/p?{added}")),
            ("https://h:1/p?x=1", format!("https://h:1/p?x=1&{added}")),
            ("http://h/p#part", format!("http://h/p?{added}#part")),
        ];
        for (url, expected) in cases {
            let fields = [("success_action_redirect", url), ("success_action_status", "201")];
            assert_eq!(action(&fields), SuccessAction::Redirect(expected.clone()), "{url}");
            assert_eq!(action(&[("redirect", url)]), SuccessAction::Redirect(expected), "{url}");
        }
        for no_url in
            ["", "/p", "h/p", "ftp://h/p", "javascript:alert(1)", "http://", "http://h/\r\nx: y", "//h/p"]
        {
            assert_eq!(
                action(&[("success_action_redirect", no_url)]),
                SuccessAction::Status(204),
                "s38 {no_url}"
            );
        }
    }

    #[test]
    fn b219_the_document_of_201_has_four_elements_and_no_namespace() {
        let (bucket, key, etag) = names();
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>http://h/bkt/a</Location>\
                        <Bucket>bkt</Bucket><Key>a b/&amp;c</Key>\
                        <ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag></PostResponse>";
        assert_eq!(post_response("http://h/bkt/a", &bucket, &key, &etag), expected);
    }
}
