//! Credentials: who asks; and where they are found, as the AWS tools find them.

use drystone_types::Timestamp;
use drystone_wire::auth::Secret;
use std::fmt::Debug;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The public half.
    pub access_key_id: String,
    /// The other half.
    pub secret: Secret,
    /// Of temporary credentials.
    pub session_token: Option<Secret>,
    /// When they end; `None` if they do not.
    pub expires: Option<Timestamp>,
}

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// Nowhere was anything. The text says where was looked.
    #[error("no credentials: {0}")]
    Missing(String),
    /// Something was there and could not be used.
    #[error("cannot get credentials from {from}: {why}")]
    Unusable {
        /// Where they were to come from.
        from: String,
        /// What went wrong, and what to do.
        why: String,
    },
}

/// A source of credentials.
#[async_trait::async_trait]
pub trait Provider: Send + Sync + Debug {
    /// Credentials that are good now. A provider keeps what it got and renews it before it ends.
    async fn credentials(&self) -> Result<Credentials, CredentialsError>;

    /// The store refused the last ones as expired: the next call gets fresh ones, if there are any.
    fn forget(&self) {}
}

/// Always the same credentials.
#[derive(Clone, Debug)]
pub struct Fixed(pub Credentials);

#[async_trait::async_trait]
impl Provider for Fixed {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        Ok(self.0.clone())
    }
}
