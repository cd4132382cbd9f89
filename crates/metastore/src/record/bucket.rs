//! Buckets, their settings and usage.

use drystone_types::lifecycle::LifecycleConfiguration;
use drystone_types::{AccountId, BucketName, ObjectLockConfiguration, Timestamp, Versioning};
use std::collections::BTreeMap;

/// Identity of a bucket's life: counts up, never reused, so that a bucket made again is another bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketId(pub u64);

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketRecord {
    /// Identity.
    pub id: BucketId,
    /// Name.
    pub name: BucketName,
    /// When it was created.
    pub created: Timestamp,
    /// LocationConstraint as given at creation; empty for the default region.
    pub location: String,
    /// Who owns it.
    pub owner: AccountId,
    /// Versioning.
    pub versioning: Versioning,
    /// Object lock; `None` where it is not enabled.
    pub object_lock: Option<ObjectLockConfiguration>,
    /// Lifecycle configuration.
    pub lifecycle: Option<LifecycleConfiguration>,
    /// Most bytes that objects, versions and parts may hold together.
    pub quota_bytes: Option<u64>,
    /// Settings that no step judges by, as validated text.
    pub documents: BTreeMap<DocumentKind, String>,
    /// Counts the changes of the settings, so that who compiled them sees whether that is still true.
    pub revision: u64,
}

/// A setting that the metastore keeps and does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// Bucket policy, JSON.
    Policy,
    /// Bucket ACL, XML.
    Acl,
    /// OwnershipControls, XML.
    OwnershipControls,
    /// PublicAccessBlock, XML.
    PublicAccessBlock,
    /// CORS, XML.
    Cors,
    /// Bucket tags, XML.
    Tagging,
    /// Default encryption, XML.
    Encryption,
    /// Notification, XML.
    Notification,
    /// Website, XML.
    Website,
    /// Logging, XML.
    Logging,
}

impl DocumentKind {
    /// All of them, in the order of their stored numbers.
    pub const ALL: [Self; 10] = [
        Self::Policy,
        Self::Acl,
        Self::OwnershipControls,
        Self::PublicAccessBlock,
        Self::Cors,
        Self::Tagging,
        Self::Encryption,
        Self::Notification,
        Self::Website,
        Self::Logging,
    ];
}

/// CreateBucket.
#[derive(Clone, Debug)]
pub struct CreateBucket {
    /// Name.
    pub name: BucketName,
    /// As in [`BucketRecord`].
    pub location: String,
    /// As in [`BucketRecord`].
    pub owner: AccountId,
    /// With object lock, and so with versioning enabled?
    pub object_lock: bool,
    /// As in [`BucketRecord`].
    pub documents: BTreeMap<DocumentKind, String>,
    /// When.
    pub now: Timestamp,
}

/// A change of one bucket setting.
#[derive(Clone, Debug)]
pub enum BucketChange {
    /// Sets or removes the lifecycle configuration.
    Lifecycle(Option<LifecycleConfiguration>),
    /// Enables or suspends versioning. `InvalidBucketState` when it would be suspended under an object lock, or set back
    /// to unversioned.
    Versioning(Versioning),
    /// Sets the object lock configuration. `InvalidBucketState` unless versioning is enabled.
    ObjectLock(ObjectLockConfiguration),
    /// Sets or removes the quota. What is over it stays.
    Quota(Option<u64>),
    /// Sets or removes a document.
    Document(DocumentKind, Option<String>),
}

/// What a bucket holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketUsage {
    /// Objects and noncurrent versions; no delete markers.
    pub versions: u64,
    /// Their bytes.
    pub version_bytes: u64,
    /// Parts of open uploads.
    pub parts: u64,
    /// Their bytes.
    pub part_bytes: u64,
}
