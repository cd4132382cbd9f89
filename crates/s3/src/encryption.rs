//! Encryption at the door: what a request asks for, what its bucket says, and what answers show (b33, b34, b198-b202).

use drystone_store::bucket::{BucketRecord, DocumentKind};
use drystone_store::encryption::{EncryptWith, EncryptionError};
use drystone_store::{Store, StoreError};
use drystone_types::encryption::{BucketEncryption, CustomerKey, DefaultSse, Sse};
use drystone_types::{ChecksumAlgorithm, ObjectChecksum};
use drystone_wire::S3Error;
use drystone_wire::headers::encryption::{CONTEXT as CONTEXT_HEADER, has_customer_key};
use drystone_wire::headers::{customer_key, requested_sse, source_customer_key, sse_headers};
use drystone_wire::xml::request::encryption;
use http::HeaderMap;

use crate::context::Context;
use crate::op::Headers;
use crate::peer::Peer;
use crate::respond::{self, HttpResponse};

/// From whom keys of clients are taken without TLS (b201).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SseCOverHttp {
    /// From this machine: nobody else hears them.
    #[default]
    Loopback,
    /// From anybody.
    Always,
    /// From nobody, as AWS does it.
    Never,
}

impl SseCOverHttp {
    /// Refuses a key of a client that came over a wire for all to read.
    ///
    /// # Errors
    /// InvalidRequest.
    pub(crate) fn check(self, headers: &HeaderMap, peer: Peer) -> Result<(), S3Error> {
        let is_private = match self {
            _ if peer.is_tls => true,
            Self::Loopback => peer.address.is_loopback(),
            Self::Always => true,
            Self::Never => false,
        };
        if is_private || !has_customer_key(headers) {
            return Ok(());
        }
        Err(S3Error::encryption_key_needs_tls())
    }
}

impl Context<'_> {
    /// How the new object of this request, in `bucket`, will be encrypted.
    pub(crate) fn encryption_in(&self, bucket: &BucketRecord) -> Result<Option<EncryptWith>, S3Error> {
        let requested = requested_sse(self.headers)?;
        let configuration = configuration(bucket);
        self.store.choose_encryption(requested, configuration.as_ref()).map_err(|error| self.refusal(error))
    }

    /// The same, in the bucket that the request names.
    pub(crate) async fn new_encryption(&self) -> Result<Option<EncryptWith>, S3Error> {
        let bucket = self.bucket_record().await?;
        self.encryption_in(&bucket)
    }

    /// The client's key for the object that the request names.
    pub(crate) fn customer_key(&self) -> Result<Option<CustomerKey>, S3Error> {
        customer_key(self.headers)
    }

    /// The client's key for the object to copy from.
    pub(crate) fn source_customer_key(&self) -> Result<Option<CustomerKey>, S3Error> {
        source_customer_key(self.headers)
    }

    /// What a refused part answers: S3 speaks of the upload there (b198).
    pub(crate) fn part_refusal(&self, error: StoreError) -> S3Error {
        match error {
            StoreError::Encryption(EncryptionError::KeyMissing | EncryptionError::KeyNotApplicable) => {
                S3Error::part_lacks_encryption()
            }
            StoreError::Encryption(EncryptionError::KeyWrong) => S3Error::part_encryption_differs(),
            error => self.refusal(error),
        }
    }
}

/// The encryption configuration of a bucket, if it was put.
pub(crate) fn configuration(bucket: &BucketRecord) -> Option<BucketEncryption> {
    let document = bucket.documents.get(&DocumentKind::Encryption)?;
    Some(encryption::parse(document.as_bytes()).expect("it was parsed before it was kept"))
}

/// The encryption configuration that answers show: what was put, or the default of every bucket.
pub(crate) fn shown_configuration(store: &Store, bucket: &BucketRecord) -> Option<BucketEncryption> {
    let by_default =
        BucketEncryption { default: DefaultSse::S3, bucket_key: None, blocks_customer_keys: false };
    configuration(bucket).or_else(|| store.encrypts_by_default().then_some(by_default))
}

/// What an error of encryption answers, for whoever reads or writes an object (b200).
pub(crate) fn refusal(error: &EncryptionError) -> S3Error {
    match error {
        EncryptionError::NoSuchKmsKey(key_id) => S3Error::kms_key_not_found(key_id),
        EncryptionError::CustomerKeysBlocked => S3Error::customer_keys_blocked(),
        EncryptionError::KeyMissing => S3Error::encryption_key_missing(),
        EncryptionError::KeyNotApplicable => S3Error::encryption_not_applicable(),
        EncryptionError::KeyWrong => S3Error::encryption_key_wrong(),
    }
}

/// Says how an object is encrypted (b33, b202); what a write answers is [`show_written`].
pub(crate) fn show(response: &mut HttpResponse, sse: Option<&Sse>) {
    for (name, value) in shown(sse) {
        respond::set(response, name, &value);
    }
}

/// Says how a new object or upload is encrypted; with the context that was asked for.
pub(crate) fn show_written(response: &mut HttpResponse, sse: Option<&Sse>) {
    show(response, sse);
    if let Some(Sse::Kms { context: Some(context), .. }) = sse {
        respond::set(response, CONTEXT_HEADER, context);
    }
}

/// The headers that say so.
pub(crate) fn shown(sse: Option<&Sse>) -> Headers {
    sse.map(sse_headers).unwrap_or_default()
}

/// Does the answer of Complete show the checksum of the object? Not one that nobody asked for, with SSE-KMS (b145).
pub(crate) fn complete_shows(checksum: &ObjectChecksum, sse: Option<&Sse>) -> bool {
    let is_default = checksum.checksum.algorithm() == ChecksumAlgorithm::Crc64Nvme;
    !(is_default && matches!(sse, Some(Sse::Kms { .. })))
}

#[cfg(test)]
mod tests {
    use super::SseCOverHttp;
    use crate::peer::Peer;
    use http::HeaderMap;

    #[test]
    fn b201_clients_keys_need_tls_unless_the_setting_says_otherwise() {
        let mut with_key = HeaderMap::new();
        with_key.insert("x-amz-server-side-encryption-customer-key", "k".parse().unwrap());
        let mut of_source = HeaderMap::new();
        of_source.insert("x-amz-copy-source-server-side-encryption-customer-key", "k".parse().unwrap());
        let peer =
            |address: &str, is_tls| Peer { address: address.parse().unwrap(), is_tls, tls_version: None };
        let here = [peer("127.0.0.1", false), peer("::1", false)];
        let there = peer("192.0.2.1", false);
        for headers in [&with_key, &of_source] {
            for setting in [SseCOverHttp::Loopback, SseCOverHttp::Always, SseCOverHttp::Never] {
                assert!(setting.check(headers, peer("192.0.2.1", true)).is_ok());
                assert!(setting.check(&HeaderMap::new(), there).is_ok());
                for here in here {
                    assert_eq!(setting.check(headers, here).is_ok(), setting != SseCOverHttp::Never);
                }
                assert_eq!(setting.check(headers, there).is_ok(), setting == SseCOverHttp::Always);
            }
        }
    }
}
