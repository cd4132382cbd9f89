//! IdentityError: why identities could not be read or changed.

use thiserror::Error;

/// Why identities could not be read or changed.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// What was named does not exist.
    #[error("{0} does not exist")]
    NotFound(String),
    /// What was to be made exists.
    #[error("{0} exists already")]
    Exists(String),
    /// A name, policy or other value cannot be.
    #[error("{0}")]
    Invalid(String),
    /// It is still in use.
    #[error("{0}")]
    InUse(String),
    /// One of the named limits is reached.
    #[error("there may be at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        max: usize,
    },
    /// Others keep changing the identities.
    #[error("the identities were changed at the same time; try again")]
    Conflict,
    /// What is stored cannot be understood: the server must not go on as if it were not there.
    #[error("identity document {name:?} cannot be used: {why}")]
    Broken {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// The store failed.
    #[error("failed to {what} the identities")]
    Store {
        /// read or write.
        what: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl IdentityError {
    /// Invalid, with its reason.
    pub(crate) fn invalid(why: impl Into<String>) -> Self {
        Self::Invalid(why.into())
    }

    /// Broken, with its reason.
    pub(crate) fn broken(name: &str, why: impl std::fmt::Display) -> Self {
        Self::Broken { name: name.to_owned(), why: why.to_string() }
    }
}
