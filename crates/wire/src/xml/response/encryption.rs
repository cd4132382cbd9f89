//! ServerSideEncryptionConfiguration, as GetBucketEncryption returns it.

use drystone_types::encryption::{BucketEncryption, DefaultSse};

use crate::xml::writer::XmlWriter;

/// The document. BucketKeyEnabled is always in it, as AWS has it.
pub fn encryption_configuration(encryption: &BucketEncryption) -> String {
    XmlWriter::document("ServerSideEncryptionConfiguration", |w| {
        w.element("Rule", |w| {
            w.element("ApplyServerSideEncryptionByDefault", |w| match &encryption.default {
                DefaultSse::S3 => w.text("SSEAlgorithm", "AES256"),
                DefaultSse::Kms(key_id) => {
                    w.text("SSEAlgorithm", "aws:kms");
                    w.optional("KMSMasterKeyID", key_id.as_deref());
                }
            });
            w.value("BucketKeyEnabled", encryption.bucket_key.unwrap_or(false));
            if encryption.blocks_customer_keys {
                w.element("BlockedEncryptionTypes", |w| w.text("EncryptionType", "SSE-C"));
            }
        });
    })
}
