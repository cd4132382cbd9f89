//! LeasePool: blob names leased ahead of need, so that a part waits for no metadata before its first byte is written.

use drystone_metastore::MetaStore;
use drystone_metastore::record::SessionId;
use drystone_types::{BlobId, limits};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

use crate::StoreError;

/// Leased names: free ones, and those given up by writers that failed or were dropped.
#[derive(Debug)]
pub struct LeasePool {
    meta: Arc<dyn MetaStore>,
    session: SessionId,
    free: tokio::sync::Mutex<Vec<BlobId>>,
    abandoned: Mutex<Vec<BlobId>>,
    sweep_wanted: Arc<Notify>,
}

/// The right to write one blob. Unless it is [`Lease::spent`], dropping it hands the name to the sweep.
#[derive(Debug)]
pub struct Lease {
    pool: Arc<LeasePool>,
    id: BlobId,
    spent: bool,
}

impl LeasePool {
    /// An empty pool.
    pub fn new(meta: Arc<dyn MetaStore>, session: SessionId, sweep_wanted: Arc<Notify>) -> Self {
        let free = tokio::sync::Mutex::default();
        Self { meta, session, free, abandoned: Mutex::default(), sweep_wanted }
    }

    /// Takes a lease; one time in [`limits::LEASE_BATCH`] it waits for a metastore step.
    ///
    /// # Errors
    /// Those of the metastore.
    pub async fn take(self: &Arc<Self>) -> Result<Lease, StoreError> {
        let mut free = self.free.lock().await;
        if free.is_empty() {
            *free = self.meta.grant_leases(self.session, limits::LEASE_BATCH).await?;
        }
        let id = free.pop().expect("a grant is never empty");
        Ok(Lease { pool: Arc::clone(self), id, spent: false })
    }

    /// The names given up since the last call.
    pub fn take_abandoned(&self) -> Vec<BlobId> {
        std::mem::take(&mut *self.abandoned.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Hands names back to be taken by a later sweep.
    pub fn abandon(&self, ids: impl IntoIterator<Item = BlobId>) {
        self.abandoned.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
        self.sweep_wanted.notify_one();
    }
}

impl Lease {
    /// The name.
    pub fn id(&self) -> BlobId {
        self.id
    }

    /// The metastore took the lease over: the blob has an owner.
    pub fn spent(mut self) {
        self.spent = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.spent {
            self.pool.abandon([self.id]);
        }
    }
}
