//! Encryption: how an object's bytes are encrypted at rest, as its record keeps it (b198-b202).

use std::fmt;
use zeroize::Zeroizing;

/// Who holds the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sse {
    /// SSE-S3 (`AES256`): the store.
    S3,
    /// SSE-KMS (`aws:kms`): the store, under a named key.
    Kms {
        /// Name or ARN as answers show it.
        key_id: String,
        /// x-amz-server-side-encryption-context, as sent.
        context: Option<String>,
        /// x-amz-server-side-encryption-bucket-key-enabled.
        bucket_key: bool,
    },
    /// SSE-C: the client, who sends it with every request.
    Customer {
        /// MD5 of the client's key, as answers show it. Never the key.
        key_md5: [u8; 16],
    },
}

/// What a request asks for, before the names of keys are looked up.
#[derive(Clone, Debug)]
pub enum RequestedSse {
    /// SSE-S3.
    S3,
    /// SSE-KMS.
    Kms {
        /// `None`: the key that is always there.
        key_id: Option<String>,
        /// x-amz-server-side-encryption-context, as sent.
        context: Option<String>,
        /// `None`: what the bucket says.
        bucket_key: Option<bool>,
    },
    /// SSE-C.
    Customer(CustomerKey),
}

/// How a bucket encrypts what comes without a wish of its own: ServerSideEncryptionConfiguration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketEncryption {
    /// SSEAlgorithm and KMSMasterKeyID.
    pub default: DefaultSse,
    /// BucketKeyEnabled, if it was put.
    pub bucket_key: Option<bool>,
    /// BlockedEncryptionTypes names SSE-C: writes with a client's key are refused.
    pub blocks_customer_keys: bool,
}

/// The default of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefaultSse {
    /// `AES256`.
    S3,
    /// `aws:kms`, with a key or with the one that is always there.
    Kms(Option<String>),
}

/// An object's encryption. Its data key is random, and kept only sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// Who holds the key that opens `sealed_key`.
    pub sse: Sse,
    /// The data key, sealed by the master key, the named key or the client's key; `seal` reads and writes it.
    pub sealed_key: Vec<u8>,
}

/// The key that a client sends for SSE-C, with its MD5 as it was checked. Its `Debug` form hides the key; its memory is
/// wiped on drop; it is never stored.
#[derive(Clone)]
pub struct CustomerKey {
    key: Zeroizing<[u8; 32]>,
    md5: [u8; 16],
}

impl CustomerKey {
    /// A key of 256 bits, and its MD5.
    pub fn new(key: [u8; 32], md5: [u8; 16]) -> Self {
        Self { key: Zeroizing::new(key), md5 }
    }

    /// The key itself, to seal and open with. Never log or store it.
    pub fn expose(&self) -> &[u8; 32] {
        &self.key
    }

    /// Its MD5, which answers show.
    pub fn md5(&self) -> [u8; 16] {
        self.md5
    }
}

impl fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerKey(hidden)")
    }
}
