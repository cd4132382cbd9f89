//! Garbage: blobs that nobody refers to are deleted.
//! The file goes first, durably, and its row after it, so that a crash in between only repeats the delete; names are never
//! reused, so a repeat can hit nothing else.

use drystone_metastore::record::Garbage;
use drystone_types::{BlobHome, limits};
use std::sync::Arc;

use crate::blocking::blocking;
use crate::{Store, StoreError};

/// Garbage that was listed and waits for its readers.
#[derive(Debug, Default)]
pub struct Pending {
    rows: Vec<Garbage>,
    moment: u64, // of listing: see `pin`
}

impl Store {
    /// Deletes what no reader can need; how many rows.
    pub(crate) async fn sweep_garbage(&self) -> Result<usize, StoreError> {
        let mut pending = self.garbage_pending.lock().await;
        let mut swept = 0;
        loop {
            if pending.rows.is_empty() {
                pending.rows = self.meta.list_garbage(0, limits::SWEEP_BATCH).await?;
                pending.moment = self.pins.moment();
            }
            if pending.rows.is_empty() || !self.pins.all_gone_before(pending.moment) {
                return Ok(swept);
            }
            swept += pending.rows.len();
            self.delete_garbage(&pending.rows).await?;
            pending.rows.clear();
        }
    }

    /// Does listed garbage wait for readers?
    pub(crate) async fn garbage_waits(&self) -> bool {
        !self.garbage_pending.lock().await.rows.is_empty()
    }

    async fn delete_garbage(&self, rows: &[Garbage]) -> Result<(), StoreError> {
        let in_store = rows.iter().flat_map(|row| &row.blobs).filter(|blob| blob.home == BlobHome::Store);
        let ids: Vec<_> = in_store.map(|blob| blob.id).collect();
        if !ids.is_empty() {
            let blobs = Arc::clone(&self.blobs);
            let deleted = blocking(move || {
                for id in ids {
                    blobs.delete(id)?;
                }
                Ok(blobs.settle_deletes()?)
            });
            self.watch_syncs(deleted.await)?;
        }
        self.freeing(|| self.meta.forget_garbage(rows.iter().map(|row| row.row).collect())).await
    }
}
