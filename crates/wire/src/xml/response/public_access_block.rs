//! PublicAccessBlockConfiguration, as GetPublicAccessBlock returns it.

use crate::xml::request::public_access_block::PublicAccessBlockConfiguration;
use crate::xml::writer::XmlWriter;

/// The document; every switch is named.
pub fn public_access_block(block: &PublicAccessBlockConfiguration) -> String {
    XmlWriter::document("PublicAccessBlockConfiguration", |w| {
        w.value("BlockPublicAcls", block.block_public_acls);
        w.value("IgnorePublicAcls", block.ignore_public_acls);
        w.value("BlockPublicPolicy", block.block_public_policy);
        w.value("RestrictPublicBuckets", block.restrict_public_buckets);
    })
}
