//! Errors of object lock: headers, documents, and the state of bucket and object (b31, b195).

use super::{ErrorCode, S3Error};

impl S3Error {
    /// 403: retention or legal hold forbids the change (b195).
    pub fn object_locked() -> Self {
        Self::new(ErrorCode::AccessDenied).message("Access Denied because object protected by object lock.")
    }

    /// 404: the bucket has no object lock.
    pub fn no_lock_configuration(bucket: impl Into<String>) -> Self {
        Self::new(ErrorCode::ObjectLockConfigurationNotFoundError).field("BucketName", bucket)
    }

    /// 400: lock headers of a write to a bucket without object lock (b31).
    pub fn lock_headers_need_configuration() -> Self {
        Self::invalid_request("Bucket is missing ObjectLockConfiguration")
    }

    /// 400: retention or legal hold of an object in a bucket without object lock.
    pub fn lock_needs_configuration() -> Self {
        Self::invalid_request("Bucket is missing Object Lock Configuration")
    }

    /// 409: object lock for a bucket whose versioning is not enabled.
    pub fn lock_needs_versioning() -> Self {
        Self::new(ErrorCode::InvalidBucketState)
            .message("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
    }

    /// 409: suspending the versioning of a bucket with object lock.
    pub fn lock_keeps_versioning() -> Self {
        Self::new(ErrorCode::InvalidBucketState).message(
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
        )
    }

    /// 400: one of mode and date without the other (b31). `missing` is the header that was not sent.
    pub fn lock_mode_and_date(missing: &str) -> Self {
        let message = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied.";
        Self::new(ErrorCode::InvalidArgument).message(message).field("ArgumentName", missing)
    }

    /// 400: x-amz-object-lock-mode is neither GOVERNANCE nor COMPLIANCE (b31).
    pub fn unknown_lock_mode(value: impl Into<String>) -> Self {
        Self::invalid_argument("x-amz-object-lock-mode", value, "Unknown wormMode directive.")
    }

    /// 400: x-amz-object-lock-legal-hold is neither ON nor OFF (b31).
    pub fn unknown_legal_hold(value: impl Into<String>) -> Self {
        let message = "Legal Hold must be either of 'ON' or 'OFF'";
        Self::invalid_argument("x-amz-object-lock-legal-hold", value, message)
    }

    /// 400: x-amz-object-lock-retain-until-date is no date (b31).
    pub fn retain_date_malformed(value: impl Into<String>) -> Self {
        let message = "The retain until date must be provided in ISO 8601 format";
        Self::invalid_argument("x-amz-object-lock-retain-until-date", value, message)
    }

    /// 400: a retention that is over already (b31). `argument` is the header or the element.
    pub fn retain_date_past(argument: &str, value: impl Into<String>) -> Self {
        Self::invalid_argument(argument, value, "The retain until date must be in the future!")
    }

    /// 400: a default retention of less than a day. `unit` is the element: Days or Years.
    pub fn default_retention_not_positive(unit: &str, value: impl Into<String>) -> Self {
        let message = "Default retention period must be a positive integer value.";
        Self::invalid_argument(unit, value, message)
    }

    /// 400: a default retention of more than a hundred years.
    pub fn default_retention_too_large(unit: &str, value: impl Into<String>) -> Self {
        Self::invalid_argument(unit, value, "Default retention period too large.")
    }

    /// 403: nothing to restore: the object's bytes are at hand.
    pub fn restore_not_allowed() -> Self {
        Self::new(ErrorCode::InvalidObjectState)
            .message("Restore is not allowed for the object's current storage class")
    }
}
