//! ApiError: what the admin API answers when it does not do what was asked.

use drystone_identity::IdentityError;
use drystone_store::StoreError;
use drystone_wire::S3Error;
use thiserror::Error;

/// Why a request to the admin API was not done.
#[derive(Debug, Error)]
pub(crate) enum ApiError {
    /// 401: nobody signed, or not rightly.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// 429, with the seconds to wait.
    #[error("too many failed logins from this address; wait {0} seconds")]
    TooManyFailures(u64),
    /// 403: not an administrator. The right that is missing.
    #[error("this needs the right {0} in the store's own account")]
    Forbidden(&'static str),
    /// 404.
    #[error("there is no such route; docs/ADMIN-API.md lists them")]
    NoSuchRoute,
    /// 400.
    #[error("{0}")]
    Bad(String),
    /// The body could not be read.
    #[error("{0}")]
    Body(S3Error),
    /// The identities say no.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store failed.
    #[error("{}", store_text(.0))]
    Store(#[from] StoreError),
}

impl ApiError {
    /// HTTP status.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Unauthenticated(_) => 401,
            Self::TooManyFailures(_) => 429,
            Self::Forbidden(_) => 403,
            Self::NoSuchRoute
            | Self::Identity(IdentityError::NotFound(_))
            | Self::Store(StoreError::NoSuchBucket) => 404,
            Self::Bad(_) | Self::Identity(IdentityError::Invalid(_) | IdentityError::TooMany { .. }) => 400,
            Self::Body(error) => error.status(),
            Self::Identity(IdentityError::Exists(_) | IdentityError::InUse(_) | IdentityError::Conflict) => {
                409
            }
            Self::Identity(IdentityError::Broken { .. } | IdentityError::Store { .. }) | Self::Store(_) => {
                500
            }
        }
    }

    /// A word for programs.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "Unauthenticated",
            Self::TooManyFailures(_) => "TooManyFailures",
            Self::Forbidden(_) => "AccessDenied",
            Self::NoSuchRoute => "NoSuchRoute",
            Self::Bad(_) | Self::Body(_) => "BadRequest",
            Self::Store(StoreError::NoSuchBucket) => "NotFound",
            Self::Store(_) => "InternalError",
            Self::Identity(error) => match error {
                IdentityError::NotFound(_) => "NotFound",
                IdentityError::Exists(_) => "Exists",
                IdentityError::Invalid(_) => "Invalid",
                IdentityError::InUse(_) => "InUse",
                IdentityError::TooMany { .. } => "TooMany",
                IdentityError::Conflict => "Conflict",
                IdentityError::Broken { .. } | IdentityError::Store { .. } => "InternalError",
            },
        }
    }
}

fn store_text(error: &StoreError) -> &'static str {
    match error {
        StoreError::NoSuchBucket => "there is no such bucket",
        _ => "the store failed",
    }
}
