//! CallError: how a request can end badly, by what the caller does next.

use crate::credentials::CredentialsError;
use std::time::Duration;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The store answered with an error.
    #[error(transparent)]
    Service(#[from] Box<ServiceError>),
    /// No connection. Nothing was sent.
    #[error("cannot reach {endpoint}: {source}")]
    Unreachable {
        /// Where.
        endpoint: String,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection broke, or nothing moved on it for too long. What the store did is unknown.
    #[error("{action}: {why}")]
    Broken {
        /// AWS's name of the action.
        action: &'static str,
        /// What was seen.
        why: String,
    },
    /// What was to be sent could not be read.
    #[error("{action}: cannot read what is to be sent: {source}")]
    Source {
        /// AWS's name of the action.
        action: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// The answer makes no sense as an answer of S3.
    #[error("{action}: the answer is none of S3: {why}")]
    BadAnswer {
        /// AWS's name of the action.
        action: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// No credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The request cannot be made of these values.
    #[error("{action}: {why}")]
    Unsendable {
        /// AWS's name of the action.
        action: &'static str,
        /// Which value, and what is wrong with it.
        why: String,
    },
}

/// An `<Error>` that the store sent, or a status without one.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{action}: {message} ({status} {code}, request {request_id})")]
pub struct ServiceError {
    /// AWS's name of the action.
    pub action: &'static str,
    /// Status; 200 when the error came in the body of one.
    pub status: u16,
    /// S3's code; made from the status when there was no document.
    pub code: String,
    /// Message.
    pub message: String,
    /// x-amz-request-id, or `-`.
    pub request_id: String,
    /// Retry-After.
    pub retry_after: Option<Duration>,
    /// The region in which the bucket is, when the store says that it is another one.
    pub region: Option<String>,
    /// The time of the store, when ours is refused.
    pub server_time: Option<drystone_types::Timestamp>,
}

impl CallError {
    /// The store's error, if it was one.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }

    /// S3's code, if the store sent one.
    pub fn code(&self) -> Option<&str> {
        self.service().map(|error| error.code.as_str())
    }

    /// The status, if the store sent one.
    pub fn status(&self) -> Option<u16> {
        self.service().map(|error| error.status)
    }

    /// Does the store ask to be asked less often?
    pub fn is_throttle(&self) -> bool {
        self.service().is_some_and(|error| {
            let codes =
                ["SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests"];
            codes.contains(&error.code.as_str())
                || error.status == 429
                || (error.status == 503 && error.code == "ServiceUnavailable")
        })
    }

    /// Have the credentials ended, so that fresh ones may do?
    pub fn is_expired(&self) -> bool {
        matches!(
            self.code(),
            Some("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired")
        )
    }

    /// May the same request do better at another time? Nothing that the same request would meet again.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Service(error) => {
                let codes = [
                    "RequestTimeout",
                    "InternalError",
                    "IncompleteBody",
                    "BadDigest",
                    "XAmzContentChecksumMismatch",
                    "OperationAborted",
                ];
                error.status >= 500 && error.status != 501
                    || error.status == 408
                    || codes.contains(&error.code.as_str())
                    || self.is_throttle()
                    || self.is_expired()
            }
            Self::Unreachable { .. } | Self::Broken { .. } | Self::BadAnswer { .. } => true,
            Self::Source { .. } | Self::Credentials(_) | Self::Unsendable { .. } => false,
        }
    }

    /// Was nothing of it seen by the store?
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Credentials(_) | Self::Unsendable { .. })
    }
}
