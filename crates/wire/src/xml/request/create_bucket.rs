//! CreateBucketConfiguration: the region a new bucket asks for.

use drystone_types::limits::XML_OTHER_MAX_BYTES;

use crate::error::S3Error;
use crate::xml::reader::read;

/// Reads the location constraint. `None` when the body is empty or names none.
///
/// # Errors
/// MalformedXML for broken XML or another document; NotImplemented for directory buckets and tags.
pub fn parse(body: &[u8]) -> Result<Option<String>, S3Error> {
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let root = read(body, XML_OTHER_MAX_BYTES)?;
    if &*root.name != "CreateBucketConfiguration" {
        return Err(S3Error::malformed_xml());
    }
    let has_content = |name: &&str| root.child(name).is_some_and(|node| !node.children.is_empty());
    if let Some(name) = ["Bucket", "Location", "Tags"].into_iter().find(has_content) {
        return Err(S3Error::not_implemented(name));
    }
    let constraint = root.text_of("LocationConstraint")?.map(str::trim);
    Ok(constraint.filter(|region| !region.is_empty()).map(str::to_owned))
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
            (wrap("<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>"), Err("NotImplemented")),
            (wrap("<Bucket><Type>Directory</Type></Bucket>"), Err("NotImplemented")),
            (wrap("<LocationConstraint>"), Err("MalformedXML")),
            ("<Other/>".into(), Err("MalformedXML")),
        ];
        for (xml, expected) in cases {
            let got = parse(xml.as_bytes()).map_err(|error| error.code.as_str());
            assert_eq!(got, expected.map(|region| region.map(str::to_owned)), "{xml}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&body);
        }
    }
}
