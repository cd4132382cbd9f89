//! BlobError: the outcomes of a blob engine that callers tell apart.

use drystone_types::BlobId;
use std::io;
use thiserror::Error;

/// Why a blob engine could not do as asked.
#[derive(Debug, Error)]
pub enum BlobError {
    /// The name was used before: our bug or a metastore older than the blobs. Never overwrite.
    #[error("blob {0} exists already")]
    AlreadyExists(BlobId),
    /// The blob should be there and is not.
    #[error("blob {0} is missing")]
    Missing(BlobId),
    /// Stored bytes fail their checksum, or the file is not what its name says.
    #[error("blob {id} is corrupt: {what}")]
    Corrupt {
        /// Which blob.
        id: BlobId,
        /// What is wrong, and where.
        what: String,
    },
    /// No room.
    #[error("no space is left for blobs")]
    Full,
    /// Any other failure of the medium.
    #[error("failed to {action} blob {id}")]
    Io {
        /// Which blob; 0 where none is meant.
        id: BlobId,
        /// Verb: create, write, sync, read, delete, list.
        action: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl BlobError {
    /// Names the outcome of a failed call that creates or opens the blob by its name.
    pub fn io(id: BlobId, action: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::NotFound => Self::Missing(id),
            io::ErrorKind::AlreadyExists => Self::AlreadyExists(id),
            _ => Self::Io { id, action, source },
        }
    }
    /// Names the outcome of a failed call on a blob that is open, or on its directory: that something is not found then
    /// says nothing about the blob.
    pub fn medium(id: BlobId, action: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io { id, action, source },
        }
    }
}
