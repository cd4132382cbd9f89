//! CreateBucketConfiguration: the region a new bucket asks for, and its tags.

use drystone_types::Tags;
use drystone_types::limits::XML_OTHER_MAX_BYTES;

use super::tagging;
use crate::error::S3Error;
use crate::tag_rules::Tagged;
use crate::xml::reader::read;

/// What CreateBucket asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateBucketConfiguration {
    /// LocationConstraint; `None` when it is absent or empty.
    pub location: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// Reads the configuration; an empty body asks for nothing.
///
/// # Errors
/// MalformedXML for broken XML or another document; NotImplemented for directory buckets; InvalidTag and BadRequest as
/// PutBucketTagging has them.
pub fn parse(body: &[u8]) -> Result<CreateBucketConfiguration, S3Error> {
    if body.trim_ascii().is_empty() {
        return Ok(CreateBucketConfiguration::default());
    }
    let root = read(body, XML_OTHER_MAX_BYTES)?;
    if &*root.name != "CreateBucketConfiguration" {
        return Err(S3Error::malformed_xml());
    }
    let has_content = |name: &&str| root.child(name).is_some_and(|node| !node.children.is_empty());
    if let Some(name) = ["Bucket", "Location"].into_iter().find(has_content) {
        return Err(S3Error::not_implemented(name));
    }
    let constraint = root.text_of("LocationConstraint")?.map(str::trim);
    let location = constraint.filter(|region| !region.is_empty()).map(str::to_owned);
    let tags = root.only("Tags")?.map(|set| tagging::tags(set, Tagged::NewBucket)).transpose()?;
    Ok(CreateBucketConfiguration { location, tags: tags.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use proptest::prelude::*;

    #[test]
    fn the_region_is_optional() {
        let wrap = |inside: &str| format!("<CreateBucketConfiguration>{inside}</CreateBucketConfiguration>");
        let cases = [
            (String::new(), Ok(None)),
            (wrap(""), Ok(None)),
            (wrap("<LocationConstraint/>"), Ok(None)),
            (wrap("<LocationConstraint>eu-west-1</LocationConstraint>"), Ok(Some("eu-west-1"))),
            (wrap("<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>"), Ok(None)),
            (wrap("<Tags><Tag><Key>a,b</Key><Value>b</Value></Tag></Tags>"), Err("InvalidTag")),
            (wrap("<Tags><Tag><Key>a</Key></Tag></Tags>"), Err("MalformedXML")),
            (wrap("<Bucket><Type>Directory</Type></Bucket>"), Err("NotImplemented")),
            (wrap("<LocationConstraint>"), Err("MalformedXML")),
            ("<Other/>".into(), Err("MalformedXML")),
        ];
        for (xml, expected) in cases {
            let got = parse(xml.as_bytes()).map(|read| read.location).map_err(|error| error.code.as_str());
            assert_eq!(got, expected.map(|region| region.map(str::to_owned)), "{xml}");
        }
    }

    #[test]
    fn tags_are_those_of_put_bucket_tagging() {
        let xml = "<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>\
                   </CreateBucketConfiguration>";
        let tags = parse(xml.as_bytes()).expect("legal").tags;
        assert_eq!(tags.0, [("a".to_owned(), "b".to_owned())]);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&body);
        }
    }
}
