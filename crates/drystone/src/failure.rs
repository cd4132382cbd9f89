//! Failure: why a command ended without doing what it was asked to, and the exit code that stands for it.

use drystone_client::CallError;
use drystone_transfer::TransferError;

/// Exit codes are the AWS CLI's, so that scripts carry over.
mod exit {
    /// Some transfers failed, or the thing looked at is not as it should be.
    pub(super) const FAILED: u8 = 1;
    /// Some files were skipped.
    pub(super) const SKIPPED: u8 = 2;
    /// SIGINT or SIGTERM.
    pub(crate) const INTERRUPTED: u8 = 130;
    /// Wrong usage.
    pub(crate) const USAGE: u8 = 252;
    /// Configuration missing or wrong.
    pub(super) const CONFIG: u8 = 253;
    /// The server refused.
    pub(crate) const REFUSED: u8 = 254;
    /// Anything else.
    pub(crate) const OTHER: u8 = 255;
}

/// Why a command ended without doing what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Transfers failed, or what was asked for is found wanting; it was said already.
    #[error("failed")]
    Found,
    /// Some files were skipped; it was said already.
    #[error("some files were skipped")]
    Skipped,
    /// A signal ended it; what was done and how to go on was said already.
    #[error("interrupted")]
    Interrupted,
    /// It was said already; the program ends with this code.
    #[error("failed with {0}")]
    Said(u8),
    /// What was typed makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The configuration is at fault.
    #[error("{0}")]
    Config(String),
    /// The server refused.
    #[error("{0}")]
    Refused(String),
    /// A request to a store failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A transfer failed.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// Anything else.
    #[error("{what}")]
    Other {
        /// What was tried.
        what: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Failure {
    /// Anything else.
    pub(crate) fn other(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Other { what: what.into(), source: source.into() }
    }

    /// Was it said already, where it happened?
    pub(crate) fn is_said(&self) -> bool {
        matches!(self, Self::Found | Self::Skipped | Self::Interrupted | Self::Said(_))
    }

    /// The code that the program ends with.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Found => exit::FAILED,
            Self::Skipped => exit::SKIPPED,
            Self::Interrupted => exit::INTERRUPTED,
            Self::Usage(_) | Self::Transfer(TransferError::Plan(_)) => exit::USAGE,
            Self::Said(code) => *code,
            Self::Config(_) => exit::CONFIG,
            Self::Refused(_) => exit::REFUSED,
            Self::Call(error) => code_of_call(error),
            Self::Transfer(error) => error.call_error().map_or(exit::OTHER, code_of_call),
            Self::Other { .. } => exit::OTHER,
        }
    }
}

fn code_of_call(error: &CallError) -> u8 {
    match error {
        CallError::Credentials(_) => exit::CONFIG,
        CallError::Service(_) => exit::REFUSED,
        CallError::Unsendable { .. } => exit::USAGE,
        _ => exit::OTHER,
    }
}

/// Codes that others than [`Failure::exit_code`] need.
pub(crate) use exit::{INTERRUPTED, OTHER, REFUSED, USAGE};

#[cfg(test)]
mod tests {
    use super::Failure;
    use drystone_client::{CallError, CredentialsError};
    use drystone_transfer::TransferError;
    use drystone_transfer::plan::PlanError;

    #[test]
    fn exit_codes_are_the_aws_clis() {
        let broken = || CallError::Broken { action: "UploadPart", why: "x".into() };
        let missing = || CallError::Credentials(CredentialsError::Missing("x".into()));
        let of = |source| TransferError::Call { what: "part 1 of 2, attempt 8".into(), source };
        let cases = [
            (Failure::Found, 1),
            (Failure::Skipped, 2),
            (Failure::Interrupted, 130),
            (Failure::Usage("x".into()), 252),
            (TransferError::Plan(PlanError::TooLarge(1)).into(), 252),
            (Failure::Config("x".into()), 253),
            (missing().into(), 253),
            (of(missing()).into(), 253),
            (Failure::Refused("x".into()), 254),
            (broken().into(), 255),
            (of(broken()).into(), 255),
            (TransferError::Refused("x".into()).into(), 255),
        ];
        for (failure, code) in cases {
            assert_eq!(failure.exit_code(), code, "{failure:?}");
        }
    }
}
