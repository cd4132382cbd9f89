//! SealError: why something sealed stays closed. KeyFileError: what is wrong in a file of keys.

/// Why something sealed cannot be opened, or nothing be sealed. Never says anything about a key but its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key that was given does not open it, or it is not what was sealed: another key, another place, damage.
    #[error("the key does not open what is sealed")]
    DoesNotOpen,
    /// It was sealed by a master key that is not at hand.
    #[error("master key v{0} is missing")]
    NoMasterKey(u32),
    /// It was, or is to be, sealed by a named key that is not configured.
    #[error("there is no key named {0:?}")]
    NoNamedKey(String),
    /// Only the client holds the key, and it was not given.
    #[error("the customer's key is missing")]
    NoCustomerKey,
    /// It was written by a newer program.
    #[error("sealed in format {0}; this program knows format 1")]
    TooNew(u8),
    /// Its length or beginning is not that of anything sealed.
    #[error("not a sealed {0}")]
    Malformed(&'static str),
}

/// What is wrong in a file of keys. Says the line, never what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// A line is not a key.
    #[error("line {line}: {why}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// There is no master key in it.
    #[error("there is no master key; one is a line `v1:` and 32 bytes in base64")]
    NoMasterKey,
    /// It is longer than a file of keys can be.
    #[error("longer than {0} bytes")]
    TooLong(usize),
}
