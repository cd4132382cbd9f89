//! StoreOptions: what an operator may set, with defaults from the limits.

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
}

impl StoreOptions {
    /// The defaults, for `owner`.
    pub fn new(owner: Owner) -> Self {
        Self {
            owner,
            day: Duration::from_secs(86_400),
            idle_upload_ttl: Some(limits::IDLE_UPLOAD_TTL),
            completed_kept: limits::COMPLETED_KEPT,
        }
    }
}
