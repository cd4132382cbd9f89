//! Credentials: who asks; and where they are found, as the AWS tools find them.

mod chain;
mod container;
mod document;
mod exchange;
#[cfg(test)]
mod fake;
mod instance;
mod process;
mod renewing;
mod source;
mod sts;

pub use chain::{ChainOptions, chain};

use drystone_types::Timestamp;
use drystone_wire::auth::Secret;
use std::fmt::Debug;
use std::io::Read as _;
use std::path::Path;

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
#[derive(Clone, Debug, thiserror::Error)]
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

fn unusable(from: &str, why: impl Into<String>) -> CredentialsError {
    CredentialsError::Unusable { from: from.to_owned(), why: why.into() }
}

/// The text of a file that has one, without the space around it.
fn small_file(path: &Path, max_bytes: u64) -> Result<String, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("cannot read {}: {why}", path.display());
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| wrong(&error))?;
    let length = file.take(max_bytes + 1).read_to_string(&mut text).map_err(|error| wrong(&error))?;
    if length as u64 > max_bytes {
        return Err(wrong(&format!("it is larger than {} KiB", max_bytes >> 10)));
    }
    Ok(text.trim().to_owned())
}
