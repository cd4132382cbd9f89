//! Errors of ACLs, policies, ownership and public access.

use super::{ErrorCode, S3Error};

impl S3Error {
    /// 400: x-amz-expected-bucket-owner names no account that could be: those have twelve digits (b13).
    pub fn expected_owner_is_no_account(value: &str) -> Self {
        Self::new(ErrorCode::InvalidBucketOwnerAWSAccountID).message(format!(
            "The value of the expected bucket owner parameter must be an AWS Account ID... [{value}]"
        ))
    }

    /// 403.
    pub fn access_denied() -> Self {
        Self::new(ErrorCode::AccessDenied)
    }

    /// 400: an ACL that is no ACL.
    pub fn malformed_acl() -> Self {
        Self::new(ErrorCode::MalformedACLError)
    }

    /// 400: an account that does not exist. `argument` is `id` for a header, `CanonicalUser/ID` for a document.
    pub fn invalid_grantee_id(argument: &str, id: &str) -> Self {
        Self::invalid_argument(argument, id, "Invalid id")
    }

    /// 400: a group that S3 does not have. `argument` is `uri` for a header, `Group/URI` for a document.
    pub fn invalid_group_uri(argument: &str, uri: &str) -> Self {
        Self::invalid_argument(argument, uri, "Invalid group uri")
    }

    /// 405: grants to an e-mail address, which S3 does not take since October 2025 (b29).
    pub fn email_grantee() -> Self {
        Self::new(ErrorCode::MethodNotAllowed)
            .message("Email grantees are no longer supported; name the account by its canonical id.")
    }

    /// 404: no bucket policy.
    pub fn no_such_bucket_policy(bucket: &str) -> Self {
        Self::new(ErrorCode::NoSuchBucketPolicy).field("BucketName", bucket)
    }

    /// 404: no public access block.
    pub fn no_such_public_access_block(bucket: &str) -> Self {
        Self::new(ErrorCode::NoSuchPublicAccessBlockConfiguration).field("BucketName", bucket)
    }

    /// 404: no ownership controls.
    pub fn no_ownership_controls(bucket: &str) -> Self {
        Self::new(ErrorCode::OwnershipControlsNotFoundError).field("BucketName", bucket)
    }
}
