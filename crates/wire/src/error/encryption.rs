//! Errors of encryption: keys that are missing, wrong or unknown (b198-b201).

use super::{ErrorCode, S3Error};

impl S3Error {
    /// 400: the algorithm of a client's key is not AES256.
    pub fn invalid_encryption_algorithm(value: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidEncryptionAlgorithmError)
            .field("ArgumentName", "x-amz-server-side-encryption")
            .field("ArgumentValue", value)
    }

    /// 400: no key for SSE-KMS has this name.
    pub fn kms_key_not_found(key_id: &str) -> Self {
        Self::new(ErrorCode::KmsNotFoundException).message(format!("Invalid keyId '{key_id}'"))
    }

    /// 400: a part without the encryption parameters of its upload, or with such as its upload has none of (b198).
    pub fn part_lacks_encryption() -> Self {
        Self::invalid_request(
            "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate \
             encryption parameters.",
        )
    }

    /// 400: a part with another key than its upload's (b198).
    pub fn part_encryption_differs() -> Self {
        Self::invalid_request("The provided encryption parameters did not match the ones used originally.")
    }

    /// 400: the object was encrypted by the client's key, and the request has none (b200).
    pub fn encryption_key_missing() -> Self {
        Self::invalid_request(
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to \
             retrieve the object.",
        )
    }

    /// 400: a client's key for an object that was not encrypted by one (b200).
    pub fn encryption_not_applicable() -> Self {
        Self::invalid_request("The encryption parameters are not applicable to this object.")
    }

    /// 403: another key than the object's (b200).
    pub fn encryption_key_wrong() -> Self {
        Self::new(ErrorCode::AccessDenied).message(
            "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.",
        )
    }

    /// 400: a client's key without TLS (b201).
    pub fn encryption_key_needs_tls() -> Self {
        Self::invalid_request(
            "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure \
             connection.",
        )
    }

    /// 403: the bucket does not take clients' keys (BlockedEncryptionTypes).
    pub fn customer_keys_blocked() -> Self {
        Self::new(ErrorCode::AccessDenied)
            .message("Access Denied: the bucket's encryption configuration blocks SSE-C.")
    }

    /// 404: no encryption configuration.
    pub fn no_encryption_configuration(bucket: &str) -> Self {
        Self::new(ErrorCode::ServerSideEncryptionConfigurationNotFoundError).field("BucketName", bucket)
    }

    /// 400: a KMSMasterKeyID for a method that has none.
    pub fn kms_key_not_applicable() -> Self {
        Self::new(ErrorCode::InvalidArgument)
            .message("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
            .field("ArgumentName", "ApplyServerSideEncryptionByDefault")
    }
}
