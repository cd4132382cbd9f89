//! MetaError: the outcomes of a step that callers tell apart.

use drystone_types::precondition::PreconditionFailure;
use drystone_types::{Timestamp, Version};
use thiserror::Error;

/// Why a step did not take place. No step leaves a partial change behind.
#[derive(Debug, Error)]
pub enum MetaError {
    /// No bucket of that name.
    #[error("no such bucket")]
    NoSuchBucket,
    /// CreateBucket: the name is taken.
    #[error("the bucket exists already")]
    BucketAlreadyExists,
    /// DeleteBucket: objects are in it.
    #[error("the bucket is not empty")]
    BucketNotEmpty,
    /// No object under the key.
    #[error("no such key")]
    NoSuchKey,
    /// The key exists, the version does not.
    #[error("no such version")]
    NoSuchVersion,
    /// The version is a delete marker.
    #[error("the version {version} is a delete marker")]
    DeleteMarker {
        /// Which.
        version: Version,
        /// When it was made.
        last_modified: Timestamp,
    },
    /// Retention or legal hold forbids it.
    #[error("the version is locked")]
    Locked,
    /// The bucket would hold more than its quota.
    #[error("the bucket's quota of {quota_bytes} bytes is used up")]
    QuotaExceeded {
        /// The quota.
        quota_bytes: u64,
    },
    /// The bucket's other settings forbid the change.
    #[error("the bucket's state does not allow this: {0}")]
    InvalidBucketState(&'static str),
    /// The identities were changed meanwhile.
    #[error("the identities were changed meanwhile; read them again")]
    IdentitiesChanged,
    /// The upload is not open: it never was, belongs to another key, or has ended.
    #[error("no such upload")]
    NoSuchUpload,
    /// A conditional write's condition does not hold.
    #[error("precondition failed: {0:?}")]
    Precondition(PreconditionFailure),
    /// Complete: a chosen part was replaced since it was read. Read again and decide anew.
    #[error("a part changed while the upload was being completed")]
    PartsChanged,
    /// The lease of the written blob is gone: it expired, so the blob may already be garbage.
    #[error("the lease of the blob was lost")]
    LeaseLost,
    /// ListMultipartUploads: the upload-id marker does not belong to the key marker (b97).
    #[error("the upload id marker does not belong to the key marker")]
    InvalidUploadIdMarker,
    /// No room for metadata.
    #[error("no space is left for metadata")]
    Full,
    /// Stored data was written by a newer version.
    #[error("the metadata has format version {found}; this version reads up to {supported}")]
    TooNew {
        /// Version found.
        found: u32,
        /// Highest version that we read.
        supported: u32,
    },
    /// A stored record cannot be what we wrote.
    #[error("metadata is corrupt: {0}")]
    Corrupt(String),
    /// The engine failed; nothing is known to be durable since. After a failed sync the process must end.
    #[error("the metadata engine failed to {action}")]
    Engine {
        /// Verb: open, commit, read.
        action: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
