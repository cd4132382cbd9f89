//! StoreError: the outcomes of S3's rules. `s3` gives each its code, once.

use drystone_blobstore::BlobError;
use drystone_metastore::MetaError;
use drystone_types::precondition::PreconditionFailure;
use drystone_types::{ChecksumAlgorithm, ChecksumType, Timestamp, Version};
use thiserror::Error;

use crate::BodyError;
use crate::encryption::EncryptionError;

/// Why a request was refused or failed. Nothing was changed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// b12.
    #[error("no such bucket")]
    NoSuchBucket,
    /// The name is taken; whose it is, the caller can look up.
    #[error("the bucket exists already")]
    BucketAlreadyExists,
    /// Objects are in it, or versions or delete markers.
    #[error("the bucket is not empty")]
    BucketNotEmpty {
        /// Is versioning enabled, or was it?
        versioned: bool,
    },
    /// No object under the key.
    #[error("no such key")]
    NoSuchKey,
    /// The key has no version of that id, nor a null one where that was named.
    #[error("no such version")]
    NoSuchVersion,
    /// A version was named by id in a bucket that never had any.
    #[error("the bucket has no version ids")]
    InvalidVersion,
    /// The version named, or the current one when none was, is a delete marker.
    #[error("the version {version} is a delete marker")]
    DeleteMarker {
        /// Which.
        version: Version,
        /// When it was made.
        last_modified: Timestamp,
    },
    /// Retention or legal hold forbids it (b195).
    #[error("the version is locked")]
    Locked,
    /// A lock is asked for, and the bucket has no object lock (b31).
    #[error("the bucket has no object lock")]
    NoObjectLock,
    /// The bucket would hold more than its quota.
    #[error("the bucket's quota of {quota_bytes} bytes is used up")]
    QuotaExceeded {
        /// The quota.
        quota_bytes: u64,
    },
    /// The bucket's other settings forbid the change.
    #[error("the bucket's state does not allow this: {0}")]
    InvalidBucketState(&'static str),
    /// The identities were changed meanwhile: read them again.
    #[error("the identities were changed meanwhile")]
    IdentitiesChanged,
    /// b41, b86, b161.
    #[error("no such upload")]
    NoSuchUpload,
    /// The bucket has no lifecycle configuration.
    #[error("no lifecycle configuration")]
    NoSuchLifecycleConfiguration,
    /// b147-b154.
    #[error("precondition failed: {0:?}")]
    Precondition(PreconditionFailure),
    /// b97.
    #[error("the upload id marker does not belong to the key marker")]
    InvalidUploadIdMarker,
    /// Content-MD5 does not match (b44).
    #[error("content md5 does not match")]
    BadContentMd5 {
        /// As sent.
        expected: [u8; 16],
        /// As computed.
        calculated: [u8; 16],
    },
    /// x-amz-checksum-* does not match (b46).
    #[error("{} does not match", .0.name())]
    ChecksumMismatch(ChecksumAlgorithm),
    /// b49, b50: the part's algorithm is not the upload's.
    #[error("the part's checksum algorithm is not the upload's")]
    PartChecksumAlgorithm {
        /// Of the upload.
        expected: ChecksumAlgorithm,
        /// Of the part.
        actual: Option<ChecksumAlgorithm>,
    },
    /// b3, b5.
    #[error("{proposed} bytes are more than {max}")]
    EntityTooLarge {
        /// Size sent or announced.
        proposed: u64,
        /// Size allowed.
        max: u64,
    },
    /// CopyObject, UploadPartCopy: more than 5 GiB would be copied (b5, b64).
    #[error("the copy source is too large")]
    CopySourceTooLarge,
    /// Complete was refused.
    #[error(transparent)]
    Complete(#[from] CompleteError),
    /// Keys: missing, wrong, unknown or unwanted (b198-b200).
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The body ended early, for a reason that its carrier knows.
    #[error("the body could not be read")]
    Body(BodyError),
    /// The body's length is not what was announced (b53).
    #[error("the body is shorter or longer than announced")]
    IncompleteBody,
    /// No room on disk.
    #[error("no space is left")]
    Full,
    /// Try again: others changed the same upload too often.
    #[error("too many changes at once")]
    Busy,
    /// Stored data failed verification.
    #[error("stored data is corrupt: {0}")]
    Corrupt(String),
    /// A sync failed: what the page cache holds can no longer be trusted, and the process must end.
    #[error("a sync failed")]
    SyncFailed(#[source] BlobError),
    /// An engine failed.
    #[error("{what}")]
    Internal {
        /// What was tried.
        what: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why a Complete was refused; the upload stays as it was (b121).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CompleteError {
    /// b111.
    #[error("the parts are not in ascending order")]
    InvalidPartOrder,
    /// b112, b113, b114, b135, b142. The ETag as the client sent it, without quotes.
    #[error("part {part_number} is not one of the upload's")]
    InvalidPart {
        /// As sent.
        part_number: u64,
        /// As sent, unquoted.
        etag: String,
    },
    /// b115.
    #[error("part {part_number} is too small")]
    EntityTooSmall {
        /// Its size.
        proposed: u64,
        /// Its number.
        part_number: u16,
        /// Its ETag, unquoted.
        etag: String,
    },
    /// b134.
    #[error("the checksum of part {part_number} is missing")]
    PartChecksumMissing {
        /// Of the upload.
        algorithm: ChecksumAlgorithm,
        /// Which part.
        part_number: u16,
    },
    /// b136.
    #[error("part {part_number} names another algorithm")]
    PartChecksumOther {
        /// As sent.
        algorithm: ChecksumAlgorithm,
        /// Which part.
        part_number: u16,
    },
    /// b139; b144: or a composite value without its `-N`.
    #[error("the checksum of the object does not match")]
    FinalChecksumMismatch(ChecksumAlgorithm),
    /// b140, b142.
    #[error("the checksum type is not the upload's")]
    ChecksumTypeMismatch {
        /// Of the upload; `None` when it declared no algorithm.
        upload: Option<ChecksumType>,
    },
    /// b122.
    #[error("the object has {computed} bytes, not {given}")]
    ObjectSizeMismatch {
        /// As sent.
        given: u64,
        /// As computed.
        computed: u64,
    },
}

impl From<MetaError> for StoreError {
    fn from(error: MetaError) -> Self {
        match error {
            MetaError::NoSuchBucket => Self::NoSuchBucket,
            MetaError::BucketAlreadyExists => Self::BucketAlreadyExists,
            MetaError::BucketNotEmpty => Self::BucketNotEmpty { versioned: false },
            MetaError::NoSuchKey => Self::NoSuchKey,
            MetaError::NoSuchVersion => Self::NoSuchVersion,
            MetaError::DeleteMarker { version, last_modified } => {
                Self::DeleteMarker { version, last_modified }
            }
            MetaError::Locked => Self::Locked,
            MetaError::QuotaExceeded { quota_bytes } => Self::QuotaExceeded { quota_bytes },
            MetaError::InvalidBucketState(why) => Self::InvalidBucketState(why),
            MetaError::IdentitiesChanged => Self::IdentitiesChanged,
            MetaError::NoSuchUpload => Self::NoSuchUpload,
            MetaError::Precondition(failure) => Self::Precondition(failure),
            MetaError::InvalidUploadIdMarker => Self::InvalidUploadIdMarker,
            MetaError::PartsChanged => Self::Busy,
            MetaError::Full => Self::Full,
            MetaError::Corrupt(what) => Self::Corrupt(what),
            other @ (MetaError::LeaseLost | MetaError::TooNew { .. } | MetaError::Engine { .. }) => {
                Self::Internal { what: "the metadata step failed", source: Box::new(other) }
            }
        }
    }
}

impl From<BlobError> for StoreError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Full => Self::Full,
            BlobError::Corrupt { .. } | BlobError::Missing(_) => Self::Corrupt(error.to_string()),
            BlobError::Io { action: "sync", .. } => Self::SyncFailed(error),
            other => Self::Internal { what: "the blob engine failed", source: Box::new(other) },
        }
    }
}
