//! Config: what flags, environment and the shared files of the AWS tools say.

mod ini;
mod settings;
pub(crate) mod shared;
pub(crate) mod words;

pub use settings::{AddressingStyle, Asked, EndpointUrl, Settings, WhenToChecksum};
pub(crate) use settings::{REGION_DEFAULT, endpoint, profile, region};

use std::sync::Arc;

/// The environment: the value of a variable.
pub type Env = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A configuration that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {path}: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// The cause.
        why: String,
    },
    /// A file cannot be understood.
    #[error("{path}, line {line}: {why}")]
    Malformed {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A profile was named that is not there.
    #[error("no profile {name:?} in {files}; {known}")]
    NoProfile {
        /// Its name.
        name: String,
        /// The profiles that there are.
        known: String,
        /// Where was looked.
        files: String,
    },
    /// A value that is none.
    #[error("{from} is {value:?}, and has to be {expected}")]
    Value {
        /// The setting.
        from: String,
        /// Its value.
        value: String,
        /// What it has to be.
        expected: &'static str,
    },
}

/// A variable that is set and not empty.
pub(crate) fn set(env: &Env, name: &str) -> Option<String> {
    env(name).filter(|value| !value.is_empty())
}

/// Is a variable `true`?
pub(crate) fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

/// An environment for tests.
#[cfg(test)]
pub(crate) fn env_of(variables: &[(&str, &str)]) -> Env {
    let variables: std::collections::HashMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Arc::new(move |name| variables.get(name).cloned())
}
