//! PublicAccessBlockConfiguration: four switches.

use drystone_types::limits::XML_OTHER_MAX_BYTES;

use crate::error::S3Error;
use crate::xml::reader::{Node, read};

/// The switches; one that a document does not name is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublicAccessBlockConfiguration {
    /// Refuse new public ACLs.
    pub block_public_acls: bool,
    /// Let public ACLs have no effect.
    pub ignore_public_acls: bool,
    /// Refuse new public policies.
    pub block_public_policy: bool,
    /// Let a public policy serve only the owner's account.
    pub restrict_public_buckets: bool,
}

/// Reads the document.
///
/// # Errors
/// MalformedXML.
pub fn parse(body: &[u8]) -> Result<PublicAccessBlockConfiguration, S3Error> {
    let root = read(body, XML_OTHER_MAX_BYTES)?;
    if &*root.name != "PublicAccessBlockConfiguration" {
        return Err(S3Error::malformed_xml());
    }
    Ok(PublicAccessBlockConfiguration {
        block_public_acls: flag(&root, "BlockPublicAcls")?,
        ignore_public_acls: flag(&root, "IgnorePublicAcls")?,
        block_public_policy: flag(&root, "BlockPublicPolicy")?,
        restrict_public_buckets: flag(&root, "RestrictPublicBuckets")?,
    })
}

fn flag(root: &Node, name: &str) -> Result<bool, S3Error> {
    match root.text_of(name)?.map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(S3Error::malformed_xml()),
    }
}

#[cfg(test)]
mod tests {
    use super::{PublicAccessBlockConfiguration, parse};
    use crate::xml::response::public_access_block::public_access_block;

    #[test]
    fn switches_are_off_unless_named() {
        for bits in 0..16_u8 {
            let block = PublicAccessBlockConfiguration {
                block_public_acls: bits & 1 != 0,
                ignore_public_acls: bits & 2 != 0,
                block_public_policy: bits & 4 != 0,
                restrict_public_buckets: bits & 8 != 0,
            };
            assert_eq!(parse(public_access_block(&block).as_bytes()), Ok(block));
        }
        let name = "PublicAccessBlockConfiguration";
        let empty = parse(format!("<{name}/>").as_bytes());
        assert_eq!(empty, Ok(PublicAccessBlockConfiguration::default()));
        for bad in [
            String::new(),
            "<Other/>".into(),
            format!("<{name}><BlockPublicAcls>yes</BlockPublicAcls></{name}>"),
            format!("<{name}><BlockPublicAcls/></{name}>"),
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
