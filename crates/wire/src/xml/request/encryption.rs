//! ServerSideEncryptionConfiguration: the default of a bucket, and what it refuses.

use drystone_types::encryption::{BucketEncryption, DefaultSse};
use drystone_types::limits::{KEY_NAME_LEN_MAX, XML_OTHER_MAX_BYTES};

use crate::error::{ErrorCode, S3Error};
use crate::xml::reader::{Node, read};

/// Reads the one rule. Whether the key exists is for the caller to judge.
///
/// # Errors
/// MissingRequestBodyError for an empty body, MalformedXML, InvalidArgument; NotImplemented for `aws:kms:dsse`.
pub fn parse(body: &[u8]) -> Result<BucketEncryption, S3Error> {
    if body.trim_ascii().is_empty() {
        return Err(ErrorCode::MissingRequestBodyError.into());
    }
    let root = read(body, XML_OTHER_MAX_BYTES)?;
    let [rule] = root.children.as_slice() else { return Err(S3Error::malformed_xml()) };
    if &*root.name != "ServerSideEncryptionConfiguration" || &*rule.name != "Rule" {
        return Err(S3Error::malformed_xml());
    }
    let known = ["ApplyServerSideEncryptionByDefault", "BucketKeyEnabled", "BlockedEncryptionTypes"];
    if rule.children.iter().any(|child| !known.contains(&&*child.name)) {
        return Err(S3Error::malformed_xml());
    }
    let default = default_sse(rule.only("ApplyServerSideEncryptionByDefault")?)?;
    let bucket_key = match rule.text_of("BucketKeyEnabled")?.map(str::trim) {
        None => None,
        Some("true" | "TRUE") => Some(true),
        Some("false" | "FALSE") => Some(false),
        Some(_) => return Err(S3Error::malformed_xml()),
    };
    let blocked = rule.only("BlockedEncryptionTypes")?;
    let blocks_customer_keys = blocked.map(blocks_customer_keys).transpose()?.unwrap_or(false);
    Ok(BucketEncryption { default, bucket_key, blocks_customer_keys })
}

fn default_sse(node: Option<&Node>) -> Result<DefaultSse, S3Error> {
    let node = node.ok_or_else(S3Error::malformed_xml)?;
    if node.children.iter().any(|child| !["SSEAlgorithm", "KMSMasterKeyID"].contains(&&*child.name)) {
        return Err(S3Error::malformed_xml());
    }
    let key_id = node.text_of("KMSMasterKeyID")?.map(str::trim);
    match node.text_of("SSEAlgorithm")?.map(str::trim) {
        Some("AES256") if key_id.is_some() => Err(S3Error::kms_key_not_applicable()),
        Some("AES256") => Ok(DefaultSse::S3),
        Some("aws:kms") => {
            let key_id = key_id.filter(|id| !id.is_empty());
            if let Some(id) = key_id.filter(|id| id.len() > KEY_NAME_LEN_MAX) {
                return Err(S3Error::kms_key_not_found(id));
            }
            Ok(DefaultSse::Kms(key_id.map(str::to_owned)))
        }
        Some("aws:kms:dsse") => Err(S3Error::not_implemented("SSEAlgorithm")),
        _ => Err(S3Error::malformed_xml()),
    }
}

fn blocks_customer_keys(node: &Node) -> Result<bool, S3Error> {
    let mut blocks = false;
    for kind in &node.children {
        match (&*kind.name, kind.text.trim()) {
            ("EncryptionType", "SSE-C") => blocks = true,
            ("EncryptionType", "NONE") if node.children.len() == 1 => {}
            _ => return Err(S3Error::malformed_xml()),
        }
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::xml::response::encryption::encryption_configuration;
    use drystone_types::encryption::{BucketEncryption, DefaultSse};
    use proptest::prelude::*;

    fn document(rule: &str) -> String {
        format!("<ServerSideEncryptionConfiguration><Rule>{rule}</Rule></ServerSideEncryptionConfiguration>")
    }

    fn by_default(inner: &str) -> String {
        format!("<ApplyServerSideEncryptionByDefault>{inner}</ApplyServerSideEncryptionByDefault>")
    }

    #[test]
    fn what_is_written_is_read() {
        for default in [DefaultSse::S3, DefaultSse::Kms(None), DefaultSse::Kms(Some("a&b".into()))] {
            for bucket_key in [None, Some(true), Some(false)] {
                for blocks_customer_keys in [false, true] {
                    let encryption =
                        BucketEncryption { default: default.clone(), bucket_key, blocks_customer_keys };
                    let text = encryption_configuration(&encryption);
                    let read = parse(text.as_bytes()).expect(&text);
                    assert_eq!(read.bucket_key.unwrap_or(false), bucket_key.unwrap_or(false));
                    assert_eq!(
                        (read.default, read.blocks_customer_keys),
                        (default.clone(), blocks_customer_keys)
                    );
                }
            }
        }
    }

    #[test]
    fn documents_that_cannot_be() {
        let aes = by_default("<SSEAlgorithm>AES256</SSEAlgorithm>");
        let with_key = by_default("<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>");
        let long = "k".repeat(300);
        let long = format!("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{long}</KMSMasterKeyID>");
        for (body, code) in [
            (String::new(), "MissingRequestBodyError"),
            ("<ServerSideEncryptionConfiguration/>".into(), "MalformedXML"),
            (document(""), "MalformedXML"),
            (document(&by_default("")), "MalformedXML"),
            (document(&by_default("<SSEAlgorithm>aes</SSEAlgorithm>")), "MalformedXML"),
            (document(&format!("{aes}{aes}")), "MalformedXML"),
            (document(&format!("{aes}<Other/>")), "MalformedXML"),
            (document(&format!("{aes}<BucketKeyEnabled>maybe</BucketKeyEnabled>")), "MalformedXML"),
            (document(&with_key), "InvalidArgument"),
            (document(&by_default(&long)), "KMS.NotFoundException"),
            (document(&by_default("<SSEAlgorithm>aws:kms:dsse</SSEAlgorithm>")), "NotImplemented"),
            (document(&format!("{aes}</Rule><Rule>{aes}")), "MalformedXML"),
        ] {
            assert_eq!(
                parse(body.as_bytes()).map_err(|error| error.code.as_str()).err(),
                Some(code),
                "{body}"
            );
        }
    }

    proptest! {
        #[test]
        fn arbitrary_documents_never_panic(body in "(</?(Rule|SSEAlgorithm|KMSMasterKeyID|ServerSideEncryptionConfiguration)>|AES256|\\PC){0,12}") {
            let _ = parse(body.as_bytes());
        }
    }
}
