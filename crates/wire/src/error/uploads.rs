//! Errors of multipart uploads and their checksums, with S3's texts (b31-b145).

use drystone_types::limits::{COPY_SOURCE_SIZE_MAX_BYTES, PART_COUNT_MAX};
use drystone_types::{ChecksumAlgorithm, ChecksumType};

use super::{ErrorCode, S3Error};

impl S3Error {
    /// 404: the upload is unknown, aborted, completed, or of another key (b41).
    pub fn no_such_upload(upload_id: impl Into<String>) -> Self {
        Self::new(ErrorCode::NoSuchUpload).field("UploadId", upload_id)
    }

    /// 400: a listed part was never uploaded, or its ETag is another (b112). `etag` is given or stripped of quotes.
    pub fn invalid_part(upload_id: impl Into<String>, part_number: u64, etag: &str) -> Self {
        Self::new(ErrorCode::InvalidPart)
            .field("UploadId", upload_id)
            .field("PartNumber", part_number.to_string())
            .field("ETag", unquoted(etag))
    }

    /// 400: the list of parts does not ascend (b111).
    pub fn invalid_part_order(upload_id: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidPartOrder).field("UploadId", upload_id)
    }

    /// 400: a part that is not the last is too small (b115).
    pub fn entity_too_small(proposed: u64, min: u64, part_number: u16, etag: &str) -> Self {
        Self::new(ErrorCode::EntityTooSmall)
            .field("ProposedSize", proposed.to_string())
            .field("MinSizeAllowed", min.to_string())
            .field("PartNumber", part_number.to_string())
            .field("ETag", unquoted(etag))
    }

    /// 400: a body is larger than allowed (b3, b5).
    pub fn entity_too_large(proposed: u64, max: u64) -> Self {
        Self::new(ErrorCode::EntityTooLarge)
            .field("ProposedSize", proposed.to_string())
            .field("MaxSizeAllowed", max.to_string())
    }

    /// 400: partNumber is not 1 to 10,000 (b40).
    pub fn invalid_part_number_argument(value: impl Into<String>) -> Self {
        let message = format!("Part number must be an integer between 1 and {PART_COUNT_MAX}, inclusive");
        Self::invalid_argument("partNumber", value, message)
    }

    /// 400: partNumber on a PUT that names no upload (b42).
    pub fn part_number_without_upload_id(value: impl Into<String>) -> Self {
        let message = "This operation does not accept partNumber without uploadId";
        Self::invalid_argument("partNumber", value, message)
    }

    /// 400: a listed part number is below 1 (b114).
    pub fn part_number_below_one(value: impl Into<String>) -> Self {
        Self::invalid_argument("PartNumber", value, "PartNumber must be >= 1")
    }

    /// 400: Complete with no body at all (b117).
    pub fn no_parts_listed() -> Self {
        Self::invalid_request("You must specify at least one part")
    }

    /// 400: upload-id-marker does not belong to key-marker (b97).
    pub fn invalid_upload_id_marker(value: impl Into<String>) -> Self {
        Self::invalid_argument("upload-id-marker", value, "Invalid uploadId marker")
    }

    /// 400: a part's checksum has another algorithm than the upload, or there is none (b49, b50).
    pub fn checksum_type_mismatch(expected: ChecksumAlgorithm, actual: Option<ChecksumAlgorithm>) -> Self {
        let actual = actual.map_or("null", ChecksumAlgorithm::lower_name);
        Self::invalid_request(format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {actual}",
            expected.lower_name()
        ))
    }

    /// 400: an algorithm that cannot be combined with a type (b21, b22). `algorithm` is a name in any case.
    pub fn checksum_type_not_allowed(kind: ChecksumType, algorithm: &str) -> Self {
        Self::invalid_request(format!(
            "The {} checksum type cannot be used with the {} checksum algorithm.",
            kind.name(),
            algorithm.to_ascii_lowercase()
        ))
    }

    /// 400: a composite upload's Complete lacks a part's checksum (b134).
    pub fn part_checksum_missing(algorithm: ChecksumAlgorithm, part_number: u64) -> Self {
        Self::invalid_request(format!(
            "The upload was created using a {} checksum. The complete request must include the checksum for each \
             part. It was missing for part {part_number} in the request.",
            algorithm.lower_name()
        ))
    }

    /// 400: a listed part's checksum is of another algorithm than the upload's (b136).
    pub fn part_checksum_other_algorithm(sent: ChecksumAlgorithm, part_number: u64) -> Self {
        let sent = sent.lower_name();
        Self::new(ErrorCode::BadDigest).message(format!(
            "The {sent} you specified for part {part_number} did not match what we received."
        ))
    }

    /// 400: a listed part's checksum is not base64, or there are two (b137).
    pub fn part_checksum_malformed(value: impl Into<String>) -> Self {
        let message = "Invalid Base64 or multiple checksums present in request";
        Self::invalid_argument("Checksum", value, message)
    }

    /// 400: Complete's final checksum is wrong (b139).
    pub fn final_checksum_mismatch(algorithm: ChecksumAlgorithm) -> Self {
        let name = algorithm.lower_name();
        Self::new(ErrorCode::BadDigest)
            .message(format!("The {name} you specified did not match the calculated checksum."))
    }

    /// 400: Complete names another checksum type than Create; `created` is `None` when Create named none (b140, b142).
    pub fn checksum_mode_mismatch(created: Option<ChecksumType>) -> Self {
        let created = created.map_or("null", ChecksumType::name);
        Self::invalid_request(format!(
            "The upload was created using the {created} checksum mode. The complete request must use the same \
             checksum mode."
        ))
    }

    /// 400: x-amz-mp-object-size is not the size that the parts add up to (b122).
    pub fn object_size_mismatch(sent: u64, computed: u64) -> Self {
        Self::invalid_request(format!(
            "The provided 'x-amz-mp-object-size' header value {sent} does not match what was computed: {computed}"
        ))
    }

    /// 400: x-amz-copy-source-range is malformed (b60).
    pub fn copy_range_malformed(value: impl Into<String>) -> Self {
        let message = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last \
                       are the zero-based offsets of the first and last bytes to copy";
        Self::invalid_argument("x-amz-copy-source-range", value, message)
    }

    /// 400: the range's last byte lies past the end of the source (b61).
    pub fn copy_range_past_end(value: impl Into<String>, source_size: u64) -> Self {
        let message = format!("Range specified is not valid for source object of size: {source_size}");
        Self::invalid_argument("x-amz-copy-source-range", value, message)
    }

    /// 400: the range's first byte lies past the end of the source (b62).
    pub fn copy_range_unsatisfiable() -> Self {
        Self::invalid_request("The specified copy range is invalid for the source object size")
    }

    /// 400: the whole source is too large for one copy (b64).
    pub fn copy_source_too_large() -> Self {
        Self::invalid_request(format!(
            "The specified copy source is larger than the maximum allowable size for a copy source: \
             {COPY_SOURCE_SIZE_MAX_BYTES}"
        ))
    }

    /// 400: x-amz-copy-source is not percent-encoded UTF-8 (b66).
    pub fn copy_source_encoding(value: impl Into<String>) -> Self {
        Self::invalid_argument("x-amz-copy-source", value, "Invalid copy source encoding")
    }

    /// 400: x-amz-copy-source names no bucket (b66).
    pub fn copy_source_bucket(value: impl Into<String>) -> Self {
        Self::invalid_argument("x-amz-copy-source", value, "Invalid copy source bucket name")
    }

    /// 400: x-amz-copy-source names no key, or one that cannot be (b66). S3 shows the header's name as its value.
    pub fn copy_source_key() -> Self {
        Self::invalid_argument("x-amz-copy-source", "x-amz-copy-source", "Invalid copy source object key")
    }
}

/// An ETag without its quotes, as error elements carry it (b112, b115).
fn unquoted(etag: &str) -> &str {
    let etag = etag.trim();
    etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"')).unwrap_or(etag)
}

#[cfg(test)]
mod tests {
    use super::S3Error;
    use drystone_types::{ChecksumAlgorithm as A, ChecksumType as T};

    #[test]
    fn texts_are_those_recorded() {
        let cases = [
            (
                S3Error::invalid_part_number_argument("0"),
                "b40",
                "Part number must be an integer between 1 and 10000, inclusive",
            ),
            (
                S3Error::part_number_without_upload_id("1"),
                "b42",
                "This operation does not accept partNumber without uploadId",
            ),
            (
                S3Error::checksum_type_not_allowed(T::Composite, "CRC64NVME"),
                "b21",
                "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
            ),
            (
                S3Error::checksum_type_mismatch(A::Sha256, Some(A::Crc32)),
                "b49",
                "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
            ),
            (
                S3Error::checksum_type_mismatch(A::Sha256, None),
                "b50",
                "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: null",
            ),
            (
                S3Error::copy_range_past_end("bytes=0-99", 10),
                "b61",
                "Range specified is not valid for source object of size: 10",
            ),
            (
                S3Error::copy_range_unsatisfiable(),
                "b62",
                "The specified copy range is invalid for the source object size",
            ),
            (S3Error::invalid_upload_id_marker("x"), "b97", "Invalid uploadId marker"),
            (S3Error::part_number_below_one("0"), "b114", "PartNumber must be >= 1"),
            (S3Error::no_parts_listed(), "b117", "You must specify at least one part"),
            (
                S3Error::object_size_mismatch(5, 4),
                "b122",
                "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4",
            ),
            (
                S3Error::part_checksum_missing(A::Crc32, 1),
                "b134",
                "The upload was created using a crc32 checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.",
            ),
            (
                S3Error::part_checksum_other_algorithm(A::Sha256, 1),
                "b136",
                "The sha256 you specified for part 1 did not match what we received.",
            ),
            (
                S3Error::part_checksum_malformed("!"),
                "b137",
                "Invalid Base64 or multiple checksums present in request",
            ),
            (
                S3Error::final_checksum_mismatch(A::Crc32c),
                "b139",
                "The crc32c you specified did not match the calculated checksum.",
            ),
            (
                S3Error::checksum_mode_mismatch(Some(T::FullObject)),
                "b140",
                "The upload was created using the FULL_OBJECT checksum mode. The complete request must use the same checksum mode.",
            ),
            (
                S3Error::checksum_mode_mismatch(None),
                "b142",
                "The upload was created using the null checksum mode. The complete request must use the same checksum mode.",
            ),
        ];
        for (error, behaviour, message) in cases {
            assert_eq!(error.message, message, "{behaviour}");
        }
    }

    #[test]
    fn b112_b115_etags_in_errors_are_unquoted() {
        let error = S3Error::invalid_part("u", 3, "\"abc\"");
        assert_eq!(error.get("UploadId"), Some("u"));
        assert_eq!(error.get("PartNumber"), Some("3"));
        assert_eq!(error.get("ETag"), Some("abc"));
        let error = S3Error::entity_too_small(5, 5_242_880, 1, "abc");
        let fields: Vec<_> = error.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let expected =
            [("ProposedSize", "5"), ("MinSizeAllowed", "5242880"), ("PartNumber", "1"), ("ETag", "abc")];
        assert_eq!(fields, expected);
    }
}
