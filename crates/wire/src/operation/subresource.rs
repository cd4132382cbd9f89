//! The table of S3's sub-resources: which query name, on which level, with which method, is which operation.

use http::Method;

use super::Operation;
use Level::{Bucket, Object};

/// What a request target names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// A bucket.
    Bucket,
    /// A key of a bucket.
    Object,
}

/// One line of the table.
pub(super) struct Entry {
    /// The query name.
    pub(super) name: &'static str,
    /// Where it applies.
    pub(super) level: Level,
    method: &'static str,
    operation: Operation,
    action: &'static str,
}

const fn done(name: &'static str, level: Level, method: &'static str, operation: Operation) -> Entry {
    Entry { name, level, method, operation, action: "" }
}

const fn not_yet(
    name: &'static str,
    level: Level,
    method: &'static str,
    operation: &'static str,
    action: &'static str,
) -> Entry {
    Entry { name, level, method, operation: Operation::NotImplemented(operation), action }
}

/// A setting that no bucket has: reads and deletes answer as S3 does where it was never set. Of the writes, those that ask for
/// what holds anyway succeed, the others are NotImplemented.
const fn not_configured(
    name: &'static str,
    level: Level,
    method: &'static str,
    operation: &'static str,
    action: &'static str,
) -> Entry {
    Entry { name, level, method, operation: Operation::NotConfigured(operation), action }
}

/// Every sub-resource of a bucket or an object. UploadPart is absent: it needs two query names.
#[rustfmt::skip]
pub(super) const TABLE: &[Entry] = &[
    done("attributes", Object, "GET", Operation::GetObjectAttributes),
    done("cors", Bucket, "DELETE", Operation::DeleteBucketCors),
    done("cors", Bucket, "GET", Operation::GetBucketCors),
    done("cors", Bucket, "PUT", Operation::PutBucketCors),
    done("delete", Bucket, "POST", Operation::DeleteObjects),
    done("encryption", Bucket, "DELETE", Operation::DeleteBucketEncryption),
    done("encryption", Bucket, "GET", Operation::GetBucketEncryption),
    done("encryption", Bucket, "PUT", Operation::PutBucketEncryption),
    done("legal-hold", Object, "GET", Operation::GetObjectLegalHold),
    done("legal-hold", Object, "PUT", Operation::PutObjectLegalHold),
    done("lifecycle", Bucket, "DELETE", Operation::DeleteBucketLifecycle),
    done("lifecycle", Bucket, "GET", Operation::GetBucketLifecycleConfiguration),
    done("lifecycle", Bucket, "PUT", Operation::PutBucketLifecycleConfiguration),
    done("location", Bucket, "GET", Operation::GetBucketLocation),
    done("notification", Bucket, "GET", Operation::GetBucketNotificationConfiguration),
    done("notification", Bucket, "PUT", Operation::PutBucketNotificationConfiguration),
    done("object-lock", Bucket, "GET", Operation::GetObjectLockConfiguration),
    done("object-lock", Bucket, "PUT", Operation::PutObjectLockConfiguration),
    done("restore", Object, "POST", Operation::RestoreObject),
    done("retention", Object, "GET", Operation::GetObjectRetention),
    done("retention", Object, "PUT", Operation::PutObjectRetention),
    done("select", Object, "POST", Operation::SelectObjectContent),
    done("tagging", Bucket, "DELETE", Operation::DeleteBucketTagging),
    done("tagging", Bucket, "GET", Operation::GetBucketTagging),
    done("tagging", Bucket, "PUT", Operation::PutBucketTagging),
    done("tagging", Object, "DELETE", Operation::DeleteObjectTagging),
    done("tagging", Object, "GET", Operation::GetObjectTagging),
    done("tagging", Object, "PUT", Operation::PutObjectTagging),
    done("torrent", Object, "GET", Operation::GetObjectTorrent),
    done("uploadId", Object, "DELETE", Operation::AbortMultipartUpload),
    done("uploadId", Object, "GET", Operation::ListParts),
    done("uploadId", Object, "POST", Operation::CompleteMultipartUpload),
    done("uploads", Bucket, "GET", Operation::ListMultipartUploads),
    done("uploads", Object, "POST", Operation::CreateMultipartUpload),
    done("versioning", Bucket, "GET", Operation::GetBucketVersioning),
    done("versioning", Bucket, "PUT", Operation::PutBucketVersioning),
    done("versions", Bucket, "GET", Operation::ListObjectVersions),
    not_configured("abac", Bucket, "GET", "GetBucketAbac", "s3:GetBucketAbac"),
    not_configured("abac", Bucket, "PUT", "PutBucketAbac", "s3:PutBucketAbac"),
    not_configured("accelerate", Bucket, "GET", "GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration"),
    not_configured("accelerate", Bucket, "PUT", "PutBucketAccelerateConfiguration", "s3:PutAccelerateConfiguration"),
    not_configured("analytics", Bucket, "DELETE", "DeleteBucketAnalyticsConfiguration", "s3:PutAnalyticsConfiguration"),
    not_configured("analytics", Bucket, "GET", "GetBucketAnalyticsConfiguration", "s3:GetAnalyticsConfiguration"),
    not_configured("analytics", Bucket, "PUT", "PutBucketAnalyticsConfiguration", "s3:PutAnalyticsConfiguration"),
    not_configured("intelligent-tiering", Bucket, "DELETE", "DeleteBucketIntelligentTieringConfiguration", "s3:PutIntelligentTieringConfiguration"),
    not_configured("intelligent-tiering", Bucket, "GET", "GetBucketIntelligentTieringConfiguration", "s3:GetIntelligentTieringConfiguration"),
    not_configured("intelligent-tiering", Bucket, "PUT", "PutBucketIntelligentTieringConfiguration", "s3:PutIntelligentTieringConfiguration"),
    not_configured("inventory", Bucket, "DELETE", "DeleteBucketInventoryConfiguration", "s3:PutInventoryConfiguration"),
    not_configured("inventory", Bucket, "GET", "GetBucketInventoryConfiguration", "s3:GetInventoryConfiguration"),
    not_configured("inventory", Bucket, "PUT", "PutBucketInventoryConfiguration", "s3:PutInventoryConfiguration"),
    not_configured("logging", Bucket, "GET", "GetBucketLogging", "s3:GetBucketLogging"),
    not_configured("logging", Bucket, "PUT", "PutBucketLogging", "s3:PutBucketLogging"),
    not_configured("metadataConfiguration", Bucket, "DELETE", "DeleteBucketMetadataConfiguration", "s3:DeleteBucketMetadataTableConfiguration"),
    not_configured("metadataConfiguration", Bucket, "GET", "GetBucketMetadataConfiguration", "s3:GetBucketMetadataTableConfiguration"),
    not_configured("metadataConfiguration", Bucket, "POST", "CreateBucketMetadataConfiguration", "s3:CreateBucketMetadataTableConfiguration"),
    not_configured("metadataTable", Bucket, "DELETE", "DeleteBucketMetadataTableConfiguration", "s3:DeleteBucketMetadataTableConfiguration"),
    not_configured("metadataTable", Bucket, "GET", "GetBucketMetadataTableConfiguration", "s3:GetBucketMetadataTableConfiguration"),
    not_configured("metadataTable", Bucket, "POST", "CreateBucketMetadataTableConfiguration", "s3:CreateBucketMetadataTableConfiguration"),
    not_configured("metrics", Bucket, "DELETE", "DeleteBucketMetricsConfiguration", "s3:PutMetricsConfiguration"),
    not_configured("metrics", Bucket, "GET", "GetBucketMetricsConfiguration", "s3:GetMetricsConfiguration"),
    not_configured("metrics", Bucket, "PUT", "PutBucketMetricsConfiguration", "s3:PutMetricsConfiguration"),
    not_configured("replication", Bucket, "DELETE", "DeleteBucketReplication", "s3:PutReplicationConfiguration"),
    not_configured("replication", Bucket, "GET", "GetBucketReplication", "s3:GetReplicationConfiguration"),
    not_configured("replication", Bucket, "PUT", "PutBucketReplication", "s3:PutReplicationConfiguration"),
    not_configured("requestPayment", Bucket, "GET", "GetBucketRequestPayment", "s3:GetBucketRequestPayment"),
    not_configured("requestPayment", Bucket, "PUT", "PutBucketRequestPayment", "s3:PutBucketRequestPayment"),
    not_configured("website", Bucket, "DELETE", "DeleteBucketWebsite", "s3:DeleteBucketWebsite"),
    not_configured("website", Bucket, "GET", "GetBucketWebsite", "s3:GetBucketWebsite"),
    not_configured("website", Bucket, "PUT", "PutBucketWebsite", "s3:PutBucketWebsite"),
    done("acl", Bucket, "GET", Operation::GetBucketAcl),
    done("acl", Bucket, "PUT", Operation::PutBucketAcl),
    done("acl", Object, "GET", Operation::GetObjectAcl),
    done("acl", Object, "PUT", Operation::PutObjectAcl),
    not_yet("encryption", Object, "PUT", "UpdateObjectEncryption", "s3:UpdateObjectEncryption"),
    done("ownershipControls", Bucket, "DELETE", Operation::DeleteBucketOwnershipControls),
    done("ownershipControls", Bucket, "GET", Operation::GetBucketOwnershipControls),
    done("ownershipControls", Bucket, "PUT", Operation::PutBucketOwnershipControls),
    done("policy", Bucket, "DELETE", Operation::DeleteBucketPolicy),
    done("policy", Bucket, "GET", Operation::GetBucketPolicy),
    done("policy", Bucket, "PUT", Operation::PutBucketPolicy),
    done("policyStatus", Bucket, "GET", Operation::GetBucketPolicyStatus),
    done("publicAccessBlock", Bucket, "DELETE", Operation::DeletePublicAccessBlock),
    done("publicAccessBlock", Bucket, "GET", Operation::GetPublicAccessBlock),
    done("publicAccessBlock", Bucket, "PUT", Operation::PutPublicAccessBlock),
    not_yet("renameObject", Object, "PUT", "RenameObject", "s3:PutObject"),
    not_yet("session", Bucket, "GET", "CreateSession", "s3express:CreateSession"),
];

/// AWS's names of the operations on settings that no bucket has.
pub fn operations_not_configured() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter_map(|entry| match entry.operation {
        Operation::NotConfigured(name) => Some(name),
        _ => None,
    })
}

/// Is `name` a sub-resource on any level?
pub(super) fn is_known(name: &str) -> bool {
    TABLE.iter().any(|entry| entry.name == name)
}

/// Does the sub-resource `name` exist on `level`, with whatever method?
pub(super) fn exists_on(name: &str, level: Level) -> bool {
    TABLE.iter().any(|entry| entry.name == name && entry.level == level)
}

/// The operation that `method` on the sub-resource `name` means.
pub(super) fn operation(name: &str, level: Level, method: &Method) -> Option<Operation> {
    let fits = |entry: &&Entry| entry.name == name && entry.level == level && entry.method == method.as_str();
    TABLE.iter().find(fits).map(|entry| entry.operation)
}

/// The permission that an operation which we do not do yet would need.
pub(super) fn action_of(name: &str) -> &'static str {
    let named = TABLE.iter().find(|entry| !entry.action.is_empty() && entry.operation.name() == name);
    named.map_or("s3:*", |entry| entry.action)
}
