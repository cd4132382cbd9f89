//! StoreOptions: what an operator may set, with defaults from the limits.

use drystone_seal::Keyring;
use drystone_types::{Owner, limits};
use std::time::Duration;

/// Settings of a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Owner of all buckets.
    pub owner: Owner,
    /// Length of a lifecycle day; 24 hours except in tests (b175).
    pub day: Duration,
    /// Uploads idle for this long are aborted; `None` for never. Our addition.
    pub idle_upload_ttl: Option<Duration>,
    /// How long a finished Complete is remembered for a repeat.
    pub completed_kept: Duration,
    /// The keys that encrypt objects.
    pub keyring: Keyring,
    /// Encrypt objects (SSE-S3) whose request and bucket ask for nothing, as S3 does since 2023.
    pub encrypt_by_default: bool,
}

impl StoreOptions {
    /// The defaults, for `owner` and with these keys, which must be those of every earlier start.
    pub fn new(owner: Owner, keyring: Keyring) -> Self {
        Self {
            owner,
            day: Duration::from_secs(86_400),
            idle_upload_ttl: Some(limits::IDLE_UPLOAD_TTL),
            completed_kept: limits::COMPLETED_KEPT,
            keyring,
            encrypt_by_default: true,
        }
    }
}
