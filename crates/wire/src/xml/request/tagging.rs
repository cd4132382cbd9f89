//! Tagging: the tags of PutObjectTagging and PutBucketTagging, and those of a POST form.

use drystone_types::Tags;
use drystone_types::limits::XML_OTHER_MAX_BYTES;

use crate::error::{ErrorCode, S3Error};
use crate::tag_rules::{Tagged, checked};
use crate::xml::reader::{Node, read};

/// Reads the tags; without a TagSet there are none.
///
/// # Errors
/// MissingRequestBodyError for an empty body; MalformedXML; InvalidTag and BadRequest as [`checked`] has them.
pub fn parse(body: &[u8], of: Tagged) -> Result<Tags, S3Error> {
    if body.trim_ascii().is_empty() {
        return Err(ErrorCode::MissingRequestBodyError.into());
    }
    let root = read(body, XML_OTHER_MAX_BYTES)?;
    if &*root.name != "Tagging" || root.children.iter().any(|child| &*child.name != "TagSet") {
        return Err(S3Error::malformed_xml());
    }
    match root.only("TagSet")? {
        None => Ok(Tags::default()),
        Some(set) => tags(set, of),
    }
}

/// The tags inside `TagSet`, or `Tags` of CreateBucket.
pub(super) fn tags(set: &Node, of: Tagged) -> Result<Tags, S3Error> {
    checked(set.children.iter().map(tag).collect::<Result<_, _>>()?, of)
}

/// One `Tag`.
pub(super) fn tag(node: &Node) -> Result<(String, String), S3Error> {
    if &*node.name != "Tag" || node.children.len() != 2 {
        return Err(S3Error::malformed_xml());
    }
    let text = |name| node.text_of(name)?.map(str::to_owned).ok_or_else(S3Error::malformed_xml);
    Ok((text("Key")?, text("Value")?))
}

#[cfg(test)]
mod tests {
    use super::{Tagged, parse};
    use crate::xml::response::tagging::tagging;
    use proptest::prelude::*;

    fn set(inside: &str) -> String {
        format!("<Tagging><TagSet>{inside}</TagSet></Tagging>")
    }

    fn tag(key: &str, value: &str) -> String {
        format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>")
    }

    #[test]
    fn what_was_put_is_what_get_returns() {
        for inside in [String::new(), tag("a", "1"), tag("b", "") + &tag("a", " x=1 "), tag("é", "日")] {
            let tags = parse(set(&inside).as_bytes(), Tagged::Object).expect("legal");
            assert!(tagging(&tags).ends_with(&format!("<TagSet>{inside}</TagSet></Tagging>")), "{inside}");
        }
        let namespaced = "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>";
        assert_eq!(parse(namespaced.as_bytes(), Tagged::Bucket).map(|tags| tags.is_empty()), Ok(true));
    }

    #[test]
    fn b28_documents_that_are_malformed_or_too_much_are_refused() {
        let eleven: String = (0..11).map(|n| tag(&format!("k{n}"), "v")).collect();
        let large = set(&tag("k", &"v".repeat(300_000)));
        let cases = [
            (String::new(), "MissingRequestBodyError"),
            ("<Tagging>".into(), "MalformedXML"),
            ("<Other/>".into(), "MalformedXML"),
            ("<Tagging><Tag/></Tagging>".into(), "MalformedXML"),
            ("<Tagging><TagSet/><TagSet/></Tagging>".into(), "MalformedXML"),
            (set("<Other/>"), "MalformedXML"),
            (set("<Tag/>"), "MalformedXML"),
            (set("<Tag><Key>a</Key></Tag>"), "MalformedXML"),
            (set("<Tag><Value>a</Value></Tag>"), "MalformedXML"),
            (set("<Tag><Key>a</Key><Key>b</Key></Tag>"), "MalformedXML"),
            (set(&tag("a", "1").replace("</Tag>", "<X/></Tag>")), "MalformedXML"),
            (set(&tag("", "1")), "InvalidTag"),
            (set(&tag("a,b", "1")), "InvalidTag"),
            (set(&tag("a", "1,2")), "InvalidTag"),
            (set(&tag("aws:a", "1")), "InvalidTag"),
            (set(&(tag("a", "1") + &tag("a", "1"))), "InvalidTag"),
            (set(&eleven), "BadRequest"),
            (large, "MaxMessageLengthExceeded"),
        ];
        for (xml, code) in cases {
            let got = parse(xml.as_bytes(), Tagged::Object).map_err(|error| error.code.as_str());
            assert_eq!(got, Err(code), "{}", &xml[..xml.len().min(200)]);
        }
        assert!(parse(set(&eleven).as_bytes(), Tagged::Bucket).is_ok());
    }

    proptest! {
        #[test]
        fn arbitrary_tags_never_panic(inside in "(<Tag>|</Tag>|<Key>|</Key>|<Value>|</Value>|<TagSet/>|[ -~]){0,12}") {
            let _ = parse(set(&inside).as_bytes(), Tagged::Object);
        }
    }
}
