//! Errors of buckets, objects, versions and lifecycle (b8, b12, b13, b68, b104, b170-b183, b208-b216).

use drystone_types::limits::{KEY_LEN_MAX, LIFECYCLE_RULE_ID_MAX};

use super::{ErrorCode, S3Error};

impl S3Error {
    /// 400: a POST form without a field that it needs (b221).
    pub fn post_field_missing(name: &str) -> Self {
        let message = format!(
            "Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
        );
        Self::invalid_argument(name, "", message)
    }

    /// 412: a POST to a bucket whose body is no form (b223).
    pub fn post_needs_form() -> Self {
        Self::precondition_failed("Bucket POST must be of the enclosure-type multipart/form-data")
    }

    /// 403: the bucket would hold more than its quota allows. Says what to do.
    pub fn quota_exceeded(bucket: &str, quota_bytes: u64) -> Self {
        Self::new(ErrorCode::QuotaExceeded)
            .message(format!(
                "The bucket would hold more than its quota of {quota_bytes} bytes. Delete objects, old versions or open \
                 uploads, or let an administrator raise it: drystone admin bucket quota {bucket} --set BYTES"
            ))
            .field("BucketName", bucket)
            .field("QuotaBytes", quota_bytes.to_string())
    }

    /// 404 (b12).
    pub fn no_such_bucket(bucket: impl Into<String>) -> Self {
        Self::new(ErrorCode::NoSuchBucket).field("BucketName", bucket)
    }

    /// 404 (b65, b149).
    pub fn no_such_key(key: impl Into<String>) -> Self {
        Self::new(ErrorCode::NoSuchKey).field("Key", key)
    }

    /// 404 (b68).
    pub fn no_such_version(key: impl Into<String>, version_id: impl Into<String>) -> Self {
        Self::new(ErrorCode::NoSuchVersion).field("Key", key).field("VersionId", version_id)
    }

    /// 400 (b68).
    pub fn invalid_version_id(sent: impl Into<String>) -> Self {
        Self::invalid_argument("versionId", sent, "Invalid version id specified")
    }

    /// 405: the version that a request names, or writes to, is a delete marker. The marker can only be deleted.
    pub fn is_delete_marker(method: &str) -> Self {
        Self::method_not_allowed(method, "DeleteMarker").header("allow", "DELETE")
    }

    /// 400: a copy source names a delete marker (b69).
    pub fn source_is_delete_marker() -> Self {
        Self::invalid_request(
            "The source of a copy request may not specifically refer to a delete marker by version id.",
        )
    }

    /// 400: ListObjectVersions with half a marker.
    pub fn version_marker_without_key(sent: impl Into<String>) -> Self {
        let message = "A version-id marker cannot be specified without a key marker.";
        Self::invalid_argument("version-id-marker", sent, message)
    }

    /// 400: PutBucketVersioning without a Status.
    pub fn versioning_without_status() -> Self {
        Self::new(ErrorCode::IllegalVersioningConfigurationException)
    }

    /// 404: an object that is there has no torrent.
    pub fn no_torrent(key: impl Into<String>) -> Self {
        let message = "The object has no torrent: S3 ended its support of BitTorrent in 2022.";
        Self::no_such_key(key).message(message)
    }

    /// 400: a copy onto itself that changes nothing.
    pub fn copy_onto_itself() -> Self {
        Self::invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the \
             object's metadata, storage class, website redirect location or encryption attributes.",
        )
    }

    /// 400: response-* in a request that is not signed.
    pub fn overrides_need_signature() -> Self {
        Self::invalid_request("Request specific response headers cannot be used for anonymous GET requests.")
    }

    /// 404.
    pub fn no_such_lifecycle(bucket: impl Into<String>) -> Self {
        Self::new(ErrorCode::NoSuchLifecycleConfiguration).field("BucketName", bucket)
    }

    /// 400.
    pub fn invalid_bucket_name(bucket: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidBucketName).field("BucketName", bucket)
    }

    /// 409.
    pub fn bucket_already_exists(bucket: impl Into<String>) -> Self {
        Self::new(ErrorCode::BucketAlreadyExists).field("BucketName", bucket)
    }

    /// 409.
    pub fn bucket_already_owned_by_you(bucket: impl Into<String>) -> Self {
        Self::new(ErrorCode::BucketAlreadyOwnedByYou).field("BucketName", bucket)
    }

    /// 409.
    pub fn bucket_not_empty(bucket: impl Into<String>) -> Self {
        Self::new(ErrorCode::BucketNotEmpty).field("BucketName", bucket)
    }

    /// 409, where versioning is or was enabled.
    pub fn versioned_bucket_not_empty(bucket: impl Into<String>) -> Self {
        let message =
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
        Self::bucket_not_empty(bucket).message(message)
    }

    /// 400 (b8).
    pub fn key_too_long(size: usize) -> Self {
        Self::new(ErrorCode::KeyTooLongError)
            .field("Size", size.to_string())
            .field("MaxSizeAllowed", KEY_LEN_MAX.to_string())
    }

    /// 400: the request target cannot be decoded.
    pub fn invalid_uri(uri: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidURI).field("URI", uri)
    }

    /// 416 for a Range that holds no byte of the object (b183).
    pub fn invalid_range(requested: impl Into<String>, actual_size: u64) -> Self {
        Self::new(ErrorCode::InvalidRange)
            .field("RangeRequested", requested)
            .field("ActualObjectSize", actual_size.to_string())
    }

    /// 416 for a part that the object does not have (b177).
    pub fn invalid_part_number_range(actual_count: u64, requested: u64) -> Self {
        Self::new(ErrorCode::InvalidPartNumber)
            .field("ActualPartCount", actual_count.to_string())
            .field("PartNumberRequested", requested.to_string())
    }

    /// 400: Range and partNumber in one request (b178).
    pub fn range_and_part_number() -> Self {
        Self::invalid_request("Cannot specify both Range header and partNumber query parameter")
    }

    /// 400: two sub-resources in one query (b104).
    pub fn conflicting_query(resource: &str) -> Self {
        Self::invalid_argument("ResourceType", resource, "Conflicting query string parameters")
    }

    /// 400: a bucket's sub-resource asked of a key (b104).
    pub fn key_not_expected(method: &str, resource: &str) -> Self {
        Self::invalid_request(format!("Key is not expected for the {method} method ?{resource} subresource"))
    }

    /// 400: a key's sub-resource asked of a bucket.
    pub fn key_expected(method: &str, resource: &str) -> Self {
        Self::invalid_request(format!("Key is expected for the {method} method ?{resource} subresource"))
    }

    /// 400: encoding-type is not `url` (b103).
    pub fn invalid_encoding_method(value: impl Into<String>) -> Self {
        Self::invalid_argument("encoding-type", value, "Invalid Encoding Method specified in Request")
    }

    /// 400: AbortIncompleteMultipartUpload in a rule with a tag filter (b170).
    pub fn abort_with_tags() -> Self {
        Self::invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags.")
    }

    /// 400: AbortIncompleteMultipartUpload in a rule with a size filter (b170).
    pub fn abort_with_object_size() -> Self {
        Self::invalid_request("AbortIncompleteMultipartUpload cannot be specified with Object Size")
    }

    /// 400: a rule's days are below 1 (b172). `what` and `action` as in `'Days' for Expiration action …`.
    pub fn lifecycle_days_not_positive(what: &str, action: &str) -> Self {
        Self::new(ErrorCode::InvalidArgument)
            .message(format!("'{what}' for {action} action must be a positive integer"))
    }

    /// 400: two rules with one id (b172).
    pub fn lifecycle_duplicate_id(id: &str) -> Self {
        Self::new(ErrorCode::InvalidArgument)
            .message(format!("Rule ID must be unique. Found same ID for more than one rule: {id}"))
    }

    /// 400: a rule's id is too long (b172).
    pub fn lifecycle_id_too_long() -> Self {
        Self::new(ErrorCode::InvalidArgument)
            .message(format!("ID length should not exceed allowed limit of {LIFECYCLE_RULE_ID_MAX}"))
    }
}

#[cfg(test)]
mod tests {
    use super::S3Error;

    #[test]
    fn texts_are_those_recorded() {
        let cases = [
            (
                S3Error::range_and_part_number(),
                "b178",
                "Cannot specify both Range header and partNumber query parameter",
            ),
            (S3Error::conflicting_query("uploads"), "b104", "Conflicting query string parameters"),
            (
                S3Error::key_not_expected("GET", "uploads"),
                "b104",
                "Key is not expected for the GET method ?uploads subresource",
            ),
            (S3Error::invalid_encoding_method(""), "b103", "Invalid Encoding Method specified in Request"),
            (
                S3Error::abort_with_tags(),
                "b170",
                "AbortIncompleteMultipartUpload cannot be specified with Tags.",
            ),
            (
                S3Error::abort_with_object_size(),
                "b170",
                "AbortIncompleteMultipartUpload cannot be specified with Object Size",
            ),
        ];
        for (error, behaviour, message) in cases {
            assert_eq!(error.message, message, "{behaviour}");
        }
    }

    #[test]
    fn b177_a_missing_part_tells_how_many_there_are() {
        let error = S3Error::invalid_part_number_range(3, 4);
        assert_eq!(error.status(), 416);
        assert_eq!(error.get("ActualPartCount"), Some("3"));
        assert_eq!(error.get("PartNumberRequested"), Some("4"));
    }
}
