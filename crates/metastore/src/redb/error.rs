//! What a step can meet: an outcome for its caller, or a failure of the engine below it.

use crate::MetaError;

/// Why a step or read stopped.
#[derive(Debug)]
pub(super) enum Fault {
    /// An outcome: this step changed nothing, its group goes on.
    Outcome(MetaError),
    /// The engine failed: the whole group fails with it.
    Engine(redb::Error),
}

/// Result within a step or read.
pub(super) type Step<T> = Result<T, Fault>;

impl Fault {
    pub(super) fn corrupt(what: String) -> Self {
        Self::Outcome(MetaError::Corrupt(what))
    }

    /// What happened, as text.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Outcome(outcome) => outcome.to_string(),
            Self::Engine(error) => error.to_string(),
        }
    }

    /// The error for the caller of an operation that tried to `action`.
    pub(super) fn into_meta(self, action: &'static str) -> MetaError {
        match self {
            Self::Outcome(outcome) => outcome,
            Self::Engine(redb::Error::Corrupted(what)) => MetaError::Corrupt(what),
            Self::Engine(error) => engine_error(action, error),
        }
    }
}

pub(super) fn engine_error(
    action: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> MetaError {
    MetaError::Engine { action, source: source.into() }
}

impl From<MetaError> for Fault {
    fn from(outcome: MetaError) -> Self {
        Self::Outcome(outcome)
    }
}

macro_rules! engine_faults {
    ($($error:ty),+) => {
        $(impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self::Engine(error.into())
            }
        })+
    };
}

engine_faults!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::SetDurabilityError,
    redb::DatabaseError
);
