//! Operation: one variant per S3 action that we do, and the names of those that we do not do yet.

use super::subresource;

macro_rules! operations {
    ($($name:ident $action:literal $doc:literal,)*) => {
        /// An S3 operation, named as AWS names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $(#[doc = $doc] $name,)*
            /// An operation that S3 has and we do not do yet, by AWS's name: 501.
            NotImplemented(&'static str),
            /// An operation on a setting that no bucket has, by AWS's name: answered as S3 answers where it was never set.
            NotConfigured(&'static str),
        }

        impl Operation {
            /// Every operation that we do.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// AWS's name, as logs and metrics carry it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                    Self::NotImplemented(name) | Self::NotConfigured(name) => name,
                }
            }

            /// The permission that it needs on its bucket or object (b36, b76, b90, b106, b165), where no version is
            /// named: see [`Route::action`](super::Route::action).
            pub fn action(self) -> &'static str {
                match self {
                    $(Self::$name => $action,)*
                    Self::NotImplemented(name) | Self::NotConfigured(name) => subresource::action_of(name),
                }
            }
        }
    };
}

impl Operation {
    /// The permission that it needs when the request names a version; [`Operation::action`] where S3 has no other.
    pub fn version_action(self) -> &'static str {
        match self {
            Self::GetObject | Self::HeadObject => "s3:GetObjectVersion",
            Self::DeleteObject | Self::DeleteObjects => "s3:DeleteObjectVersion",
            Self::GetObjectAttributes => "s3:GetObjectVersionAttributes",
            Self::GetObjectTagging => "s3:GetObjectVersionTagging",
            Self::PutObjectTagging => "s3:PutObjectVersionTagging",
            Self::DeleteObjectTagging => "s3:DeleteObjectVersionTagging",
            Self::GetObjectTorrent => "s3:GetObjectVersionTorrent",
            other => other.action(),
        }
    }
}

operations! {
    ListBuckets "s3:ListAllMyBuckets" "`GET /`.",
    SecurityToken "sts:AssumeRole" "`POST /` with a form, or `GET /` with a query, that names an action of the security token service.",
    CreateBucket "s3:CreateBucket" "`PUT /bucket`.",
    HeadBucket "s3:ListBucket" "`HEAD /bucket`.",
    DeleteBucket "s3:DeleteBucket" "`DELETE /bucket`.",
    GetBucketLocation "s3:GetBucketLocation" "`GET /bucket?location`.",
    ListObjects "s3:ListBucket" "`GET /bucket`.",
    ListObjectsV2 "s3:ListBucket" "`GET /bucket?list-type=2`.",
    ListMultipartUploads "s3:ListBucketMultipartUploads" "`GET /bucket?uploads`.",
    DeleteObjects "s3:DeleteObject" "`POST /bucket?delete`.",
    ListObjectVersions "s3:ListBucketVersions" "`GET /bucket?versions`.",
    GetBucketVersioning "s3:GetBucketVersioning" "`GET /bucket?versioning`.",
    PutBucketVersioning "s3:PutBucketVersioning" "`PUT /bucket?versioning`.",
    GetBucketCors "s3:GetBucketCORS" "`GET /bucket?cors`.",
    PutBucketCors "s3:PutBucketCORS" "`PUT /bucket?cors`.",
    DeleteBucketCors "s3:PutBucketCORS" "`DELETE /bucket?cors`.",
    GetBucketNotificationConfiguration "s3:GetBucketNotification" "`GET /bucket?notification`.",
    PutBucketNotificationConfiguration "s3:PutBucketNotification" "`PUT /bucket?notification`.",
    PutBucketLifecycleConfiguration "s3:PutLifecycleConfiguration" "`PUT /bucket?lifecycle`.",
    GetBucketLifecycleConfiguration "s3:GetLifecycleConfiguration" "`GET /bucket?lifecycle`.",
    DeleteBucketLifecycle "s3:PutLifecycleConfiguration" "`DELETE /bucket?lifecycle`.",
    PutObject "s3:PutObject" "`PUT /bucket/key`.",
    PostObject "s3:PutObject" "`POST /bucket`, multipart/form-data.",
    GetObject "s3:GetObject" "`GET /bucket/key`.",
    HeadObject "s3:GetObject" "`HEAD /bucket/key`.",
    DeleteObject "s3:DeleteObject" "`DELETE /bucket/key`.",
    CopyObject "s3:PutObject" "`PUT /bucket/key` with x-amz-copy-source.",
    GetObjectAttributes "s3:GetObjectAttributes" "`GET /bucket/key?attributes`.",
    GetObjectTagging "s3:GetObjectTagging" "`GET /bucket/key?tagging`.",
    PutObjectTagging "s3:PutObjectTagging" "`PUT /bucket/key?tagging`.",
    DeleteObjectTagging "s3:DeleteObjectTagging" "`DELETE /bucket/key?tagging`.",
    GetBucketTagging "s3:GetBucketTagging" "`GET /bucket?tagging`.",
    PutBucketTagging "s3:PutBucketTagging" "`PUT /bucket?tagging`.",
    DeleteBucketTagging "s3:PutBucketTagging" "`DELETE /bucket?tagging`.",
    GetBucketAcl "s3:GetBucketAcl" "`GET /bucket?acl`.",
    PutBucketAcl "s3:PutBucketAcl" "`PUT /bucket?acl`.",
    GetObjectAcl "s3:GetObjectAcl" "`GET /bucket/key?acl`.",
    PutObjectAcl "s3:PutObjectAcl" "`PUT /bucket/key?acl`.",
    GetBucketPolicy "s3:GetBucketPolicy" "`GET /bucket?policy`.",
    PutBucketPolicy "s3:PutBucketPolicy" "`PUT /bucket?policy`.",
    DeleteBucketPolicy "s3:DeleteBucketPolicy" "`DELETE /bucket?policy`.",
    GetBucketPolicyStatus "s3:GetBucketPolicyStatus" "`GET /bucket?policyStatus`.",
    GetBucketOwnershipControls "s3:GetBucketOwnershipControls" "`GET /bucket?ownershipControls`.",
    PutBucketOwnershipControls "s3:PutBucketOwnershipControls" "`PUT /bucket?ownershipControls`.",
    DeleteBucketOwnershipControls "s3:PutBucketOwnershipControls" "`DELETE /bucket?ownershipControls`.",
    GetPublicAccessBlock "s3:GetBucketPublicAccessBlock" "`GET /bucket?publicAccessBlock`.",
    PutPublicAccessBlock "s3:PutBucketPublicAccessBlock" "`PUT /bucket?publicAccessBlock`.",
    DeletePublicAccessBlock "s3:PutBucketPublicAccessBlock" "`DELETE /bucket?publicAccessBlock`.",
    GetBucketEncryption "s3:GetEncryptionConfiguration" "`GET /bucket?encryption`.",
    PutBucketEncryption "s3:PutEncryptionConfiguration" "`PUT /bucket?encryption`.",
    DeleteBucketEncryption "s3:PutEncryptionConfiguration" "`DELETE /bucket?encryption`.",
    GetObjectLockConfiguration "s3:GetBucketObjectLockConfiguration" "`GET /bucket?object-lock`.",
    PutObjectLockConfiguration "s3:PutBucketObjectLockConfiguration" "`PUT /bucket?object-lock`.",
    GetObjectRetention "s3:GetObjectRetention" "`GET /bucket/key?retention`.",
    PutObjectRetention "s3:PutObjectRetention" "`PUT /bucket/key?retention`.",
    GetObjectLegalHold "s3:GetObjectLegalHold" "`GET /bucket/key?legal-hold`.",
    PutObjectLegalHold "s3:PutObjectLegalHold" "`PUT /bucket/key?legal-hold`.",
    RestoreObject "s3:RestoreObject" "`POST /bucket/key?restore`.",
    SelectObjectContent "s3:GetObject" "`POST /bucket/key?select&select-type=2`.",
    GetObjectTorrent "s3:GetObjectTorrent" "`GET /bucket/key?torrent`.",
    CreateMultipartUpload "s3:PutObject" "`POST /bucket/key?uploads`.",
    UploadPart "s3:PutObject" "`PUT /bucket/key?partNumber=N&uploadId=U`.",
    UploadPartCopy "s3:PutObject" "`PUT /bucket/key?partNumber=N&uploadId=U` with x-amz-copy-source.",
    ListParts "s3:ListMultipartUploadParts" "`GET /bucket/key?uploadId=U`.",
    CompleteMultipartUpload "s3:PutObject" "`POST /bucket/key?uploadId=U`.",
    AbortMultipartUpload "s3:AbortMultipartUpload" "`DELETE /bucket/key?uploadId=U`.",
}

/// Operations on objects that take `versionId`, by AWS's names.
const VERSIONED: [&str; 16] = [
    "DeleteObject",
    "DeleteObjectTagging",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectRetention",
    "GetObjectTagging",
    "HeadObject",
    "PutObjectAcl",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "RestoreObject",
    "SelectObjectContent",
    "UpdateObjectEncryption",
];

/// Does the operation take `versionId`?
pub(super) fn takes_version(operation: Operation) -> bool {
    VERSIONED.contains(&operation.name())
}

/// Does an empty `versionId` mean the current version? Of data it is refused: who reads or deletes it would get the wrong one.
pub(super) fn takes_no_version_for_the_current(operation: Operation) -> bool {
    operation.name().ends_with("ObjectRetention") || operation.name().ends_with("ObjectLegalHold")
}

/// The permission that `action` becomes when a version is named.
///
/// # Source
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>, read 2026-11.
pub(super) fn on_version(action: &'static str) -> &'static str {
    match action {
        "s3:DeleteObject" => "s3:DeleteObjectVersion",
        "s3:DeleteObjectTagging" => "s3:DeleteObjectVersionTagging",
        "s3:GetObject" => "s3:GetObjectVersion",
        "s3:GetObjectAcl" => "s3:GetObjectVersionAcl",
        "s3:GetObjectAttributes" => "s3:GetObjectVersionAttributes",
        "s3:GetObjectTagging" => "s3:GetObjectVersionTagging",
        "s3:PutObjectAcl" => "s3:PutObjectVersionAcl",
        "s3:PutObjectTagging" => "s3:PutObjectVersionTagging",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use super::Operation;
    use std::collections::HashSet;

    #[test]
    fn every_operation_has_its_own_name_and_an_action() {
        let names: HashSet<_> = Operation::ALL.iter().map(|operation| operation.name()).collect();
        assert_eq!(names.len(), Operation::ALL.len());
        let is_known = |action: &str| action.starts_with("s3:") || action.starts_with("sts:");
        assert!(Operation::ALL.iter().all(|operation| is_known(operation.action())));
    }

    #[test]
    fn b36_b76_b90_b106_b165_permissions() {
        let cases = [
            (Operation::CreateMultipartUpload, "s3:PutObject"),
            (Operation::UploadPart, "s3:PutObject"),
            (Operation::UploadPartCopy, "s3:PutObject"),
            (Operation::CompleteMultipartUpload, "s3:PutObject"),
            (Operation::ListParts, "s3:ListMultipartUploadParts"),
            (Operation::ListMultipartUploads, "s3:ListBucketMultipartUploads"),
            (Operation::AbortMultipartUpload, "s3:AbortMultipartUpload"),
            (Operation::NotImplemented("GetBucketWebsite"), "s3:GetBucketWebsite"),
        ];
        for (operation, action) in cases {
            assert_eq!(operation.action(), action, "{operation:?}");
        }
        let cases = [
            (Operation::GetObject, "s3:GetObjectVersion"),
            (Operation::DeleteObject, "s3:DeleteObjectVersion"),
            (Operation::PutObjectTagging, "s3:PutObjectVersionTagging"),
            (Operation::GetObjectRetention, "s3:GetObjectRetention"),
            (Operation::PutObject, "s3:PutObject"),
        ];
        for (operation, action) in cases {
            assert_eq!(operation.version_action(), action, "{operation:?}");
        }
    }
}
