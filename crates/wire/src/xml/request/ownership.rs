//! OwnershipControls: who owns what others write into a bucket.

use drystone_types::limits::XML_OTHER_MAX_BYTES;

use crate::error::S3Error;
use crate::headers::acl::is_object_ownership;
use crate::xml::reader::read;

/// Reads the one rule's ObjectOwnership, one of S3's three names.
///
/// # Errors
/// MalformedXML.
pub fn parse(body: &[u8]) -> Result<String, S3Error> {
    let root = read(body, XML_OTHER_MAX_BYTES)?;
    let [rule] = root.children.as_slice() else { return Err(S3Error::malformed_xml()) };
    if &*root.name != "OwnershipControls" || &*rule.name != "Rule" {
        return Err(S3Error::malformed_xml());
    }
    match rule.text_of("ObjectOwnership")?.map(str::trim) {
        Some(name) if is_object_ownership(name) => Ok(name.to_owned()),
        _ => Err(S3Error::malformed_xml()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::xml::response::ownership::ownership_controls;

    #[test]
    fn one_rule_of_three_names() {
        for name in ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"] {
            assert_eq!(parse(ownership_controls(name).as_bytes()).as_deref(), Ok(name));
        }
        let rule = "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>";
        for bad in [
            String::new(),
            "<OwnershipControls/>".into(),
            "<OwnershipControls><Rule/></OwnershipControls>".into(),
            format!("<OwnershipControls>{rule}{rule}</OwnershipControls>"),
            format!("<Other>{rule}</Other>"),
            ownership_controls("RandomValue"),
        ] {
            assert_eq!(
                parse(bad.as_bytes()).map_err(|error| error.code.as_str()),
                Err("MalformedXML"),
                "{bad}"
            );
        }
    }
}
