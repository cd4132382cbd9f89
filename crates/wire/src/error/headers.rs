//! Errors of request headers: digests, checksums, conditions, metadata (b8, b13, b19-b48, b146-b159, b187).

use drystone_types::ChecksumAlgorithm;
use drystone_types::limits::USER_METADATA_MAX_BYTES;

use super::{ErrorCode, S3Error};

impl S3Error {
    /// 400: Content-MD5 does not match the body (b44). `calculated` is base64.
    pub fn bad_digest_md5(expected: impl Into<String>, calculated: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadDigest)
            .field("ExpectedDigest", expected)
            .field("CalculatedDigest", calculated)
    }

    /// 400: Content-MD5 is not base64 of 16 bytes (b43).
    pub fn invalid_digest(content_md5: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidDigest).field("Content-MD5", content_md5)
    }

    /// 400: an x-amz-checksum-* header is malformed (b45).
    pub fn checksum_header_invalid(algorithm: ChecksumAlgorithm) -> Self {
        Self::header_value_invalid(algorithm.header())
    }

    /// 400: an x-amz-checksum-* trailer is malformed (b213).
    pub fn checksum_trailer_invalid(algorithm: ChecksumAlgorithm) -> Self {
        Self::invalid_request(format!("Value for {} trailing header is invalid.", algorithm.header()))
    }

    /// 400: a header's value is invalid (b25, b45).
    pub fn header_value_invalid(header: &str) -> Self {
        Self::invalid_request(format!("Value for {header} header is invalid."))
    }

    /// 400: a body does not have the checksum that the client sent (b46).
    pub fn checksum_mismatch(algorithm: ChecksumAlgorithm) -> Self {
        let name = algorithm.name();
        Self::new(ErrorCode::BadDigest)
            .message(format!("The {name} you specified did not match the calculated checksum."))
    }

    /// 400: an x-amz-checksum-* header that names no algorithm (b48).
    pub fn checksum_header_unknown() -> Self {
        Self::invalid_request("The algorithm type you specified in x-amz-checksum- header is invalid.")
    }

    /// 400: two x-amz-checksum-* headers (b47).
    pub fn multiple_checksums() -> Self {
        Self::invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )
    }

    /// 400: x-amz-sdk-checksum-algorithm without a checksum of that algorithm (b48).
    pub fn sdk_checksum_unmatched() -> Self {
        Self::invalid_request(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers \
             were found.",
        )
    }

    /// 400: x-amz-sdk-checksum-algorithm names no known algorithm (b48).
    pub fn sdk_checksum_invalid() -> Self {
        Self::header_value_invalid("x-amz-sdk-checksum-algorithm")
    }

    /// 400: x-amz-checksum-algorithm names no known algorithm (b23).
    pub fn checksum_algorithm_unsupported() -> Self {
        Self::invalid_request(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, \
             CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]",
        )
    }

    /// 400: x-amz-checksum-type without x-amz-checksum-algorithm (b24).
    pub fn checksum_type_without_algorithm() -> Self {
        Self::invalid_request(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
        )
    }

    /// 400: x-amz-trailer names something that cannot trail (b213).
    pub fn trailer_unsupported() -> Self {
        Self::invalid_request("The value specified in the x-amz-trailer header is not supported")
    }

    /// 412, the element Condition naming the header (b70, b147, b148).
    pub fn precondition_failed(condition: impl Into<String>) -> Self {
        Self::new(ErrorCode::PreconditionFailed).field("Condition", condition)
    }

    /// 409: the condition would hold, but the key changed since the upload began (b150, b152).
    pub fn conditional_conflict(condition: impl Into<String>, key: impl Into<String>) -> Self {
        Self::new(ErrorCode::ConditionalRequestConflict).field("Condition", condition).field("Key", key)
    }

    /// 501 for a condition that S3 does not have (b146).
    pub fn condition_not_implemented(header: impl Into<String>, additional_message: &str) -> Self {
        Self::not_implemented(header).field("additionalMessage", additional_message)
    }

    /// 400: user metadata is too large (b8).
    pub fn metadata_too_large(size: usize) -> Self {
        Self::new(ErrorCode::MetadataTooLarge)
            .field("Size", size.to_string())
            .field("MaxSizeAllowed", USER_METADATA_MAX_BYTES.to_string())
    }

    /// 400: x-amz-storage-class names no class we have (b27).
    pub fn invalid_storage_class(value: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidStorageClass).field("StorageClassRequested", value)
    }

    /// 400: an unknown name in x-amz-object-attributes (b187).
    pub fn invalid_attribute_name(value: impl Into<String>) -> Self {
        Self::invalid_argument("x-amz-object-attributes", value, "Invalid attribute name specified.")
    }

    /// 400: x-amz-object-attributes is missing (b187).
    pub fn attributes_missing() -> Self {
        Self::invalid_request(
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::S3Error;
    use drystone_types::ChecksumAlgorithm as A;

    #[test]
    fn texts_are_those_recorded() {
        let cases = [
            (
                S3Error::header_value_invalid("x-amz-checksum-type"),
                "b25",
                "Value for x-amz-checksum-type header is invalid.",
            ),
            (
                S3Error::checksum_header_invalid(A::Crc32),
                "b45",
                "Value for x-amz-checksum-crc32 header is invalid.",
            ),
            (
                S3Error::checksum_mismatch(A::Crc32),
                "b46",
                "The CRC32 you specified did not match the calculated checksum.",
            ),
            (
                S3Error::multiple_checksums(),
                "b47",
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            ),
            (
                S3Error::checksum_type_without_algorithm(),
                "b24",
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
            ),
            (
                S3Error::checksum_trailer_invalid(A::Sha1),
                "b213",
                "Value for x-amz-checksum-sha1 trailing header is invalid.",
            ),
            (S3Error::invalid_attribute_name("x"), "b187", "Invalid attribute name specified."),
        ];
        for (error, behaviour, message) in cases {
            assert_eq!(error.message, message, "{behaviour}");
        }
        assert!(
            S3Error::checksum_algorithm_unsupported()
                .message
                .starts_with("Checksum algorithm provided is unsupported")
        );
    }

    #[test]
    fn b43_b44_b146_b150_errors_carry_their_elements() {
        assert_eq!(S3Error::invalid_digest("x").get("Content-MD5"), Some("x"));
        assert_eq!(S3Error::bad_digest_md5("a", "b").get("CalculatedDigest"), Some("b"));
        assert_eq!(S3Error::conditional_conflict("If-Match", "k").get("Key"), Some("k"));
        let error = S3Error::condition_not_implemented("If-Match", "why");
        assert_eq!((error.status(), error.get("additionalMessage")), (501, Some("why")));
    }
}
