//! TransferError: how a transfer can end badly, by what its user does next.

use drystone_client::CallError;
use std::io;
use std::path::PathBuf;

/// Why a transfer failed.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The store did not do what it was asked to, however often.
    #[error("{what}: {source}")]
    Call {
        /// What was tried: `part 7 of 93, attempt 8`.
        what: String,
        /// The cause.
        source: CallError,
    },
    /// A file or folder of this machine.
    #[error("cannot {what} {path}: {source}", path = path.display())]
    Local {
        /// What was tried: `read`, `write`.
        what: &'static str,
        /// Of what.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file that is sent is not what it was when the transfer began.
    #[error("{path} changed while it was sent: {how}", path = path.display())]
    SourceChanged {
        /// Which.
        path: PathBuf,
        /// What is different.
        how: String,
    },
    /// The object that is read is not what it was when the transfer began.
    #[error("s3://{bucket}/{key} changed while it was read")]
    ObjectChanged {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
    },
    /// What arrived is not what was sent. Nothing of it is used.
    #[error("{what}: {how}")]
    Corrupt {
        /// What.
        what: String,
        /// How it differs.
        how: String,
    },
    /// No plan can hold it.
    #[error("{0}")]
    Plan(#[from] crate::plan::PlanError),
    /// A key that would leave the target folder, or that this file system cannot hold.
    #[error("the key {key:?} cannot be a file here: {why}")]
    UnsafeKey {
        /// The key.
        key: String,
        /// Why.
        why: String,
    },
    /// The journal.
    #[error("cannot {what} the journal {path}: {source}", path = path.display())]
    Journal {
        /// What was tried.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Something that only the user can decide.
    #[error("{0}")]
    Refused(String),
}

impl TransferError {
    /// A call that failed, and what it was for.
    pub fn call(what: impl Into<String>) -> impl FnOnce(CallError) -> Self {
        let what = what.into();
        move |source| Self::Call { what, source }
    }

    /// The call's error, if it was one.
    pub fn call_error(&self) -> Option<&CallError> {
        match self {
            Self::Call { source, .. } => Some(source),
            _ => None,
        }
    }
}
