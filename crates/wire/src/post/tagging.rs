//! The field `tagging`: the XML of a tag set, in the form of the header x-amz-tagging.

use drystone_types::limits::XML_OTHER_MAX_BYTES;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::S3Error;
use crate::tag_rules::Tagged;
use crate::xml::reader::read;
use crate::xml::request::tagging::parse;

/// The value of x-amz-tagging that says the same as this document (b28). XML that is no tag set says nothing, as on S3.
///
/// # Errors
/// Those of the document: MalformedXML, InvalidTag, BadRequest.
pub(super) fn header_value(xml: &str) -> Result<String, S3Error> {
    if &*read(xml.as_bytes(), XML_OTHER_MAX_BYTES)?.name != "Tagging" {
        return Ok(String::new());
    }
    let tags = parse(xml.as_bytes(), Tagged::Object)?;
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<_> =
        tags.0.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    Ok(pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::header_value;

    #[test]
    fn b28_b203_a_tag_set_becomes_the_header_of_the_same_meaning() {
        let xml = "<Tagging><TagSet><Tag><Key>a b</Key><Value>1/2=+</Value></Tag>\
                   <Tag><Key>é</Key><Value></Value></Tag></TagSet></Tagging>";
        assert_eq!(header_value(xml).as_deref(), Ok("a%20b=1%2F2%3D%2B&%C3%A9="));
        assert_eq!(header_value("<Labels></Labels>").as_deref(), Ok(""));
        assert_eq!(header_value("invalid").map_err(|error| error.code.as_str()), Err("MalformedXML"));
    }
}
