//! Room on a full disk: steps that give space back get the ballast for their records.

use drystone_metastore::MetaError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::warn;

use crate::blocking::blocking;
use crate::{Store, StoreError};

/// Does the ballast lack? At the start it is to be looked after, too.
#[derive(Debug)]
pub(crate) struct BallastWatch(AtomicBool);

impl Default for BallastWatch {
    fn default() -> Self {
        Self(AtomicBool::new(true))
    }
}

impl Store {
    /// Takes a step that frees space; when there is no room for its record, once more without the ballast.
    pub(crate) async fn freeing<T, F>(&self, step: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, MetaError>>,
    {
        match step().await {
            Err(MetaError::Full) => {
                let blobs = Arc::clone(&self.blobs);
                if blocking(move || Ok(blobs.throw_ballast()?)).await? {
                    warn!("the disk is full: the ballast was given up for the records of deletes");
                }
                self.ballast.0.store(true, Ordering::SeqCst);
                self.sweep_wanted.notify_one();
                Ok(step().await?)
            }
            result => Ok(result?),
        }
    }

    /// Takes the ballast in again where it lacks and there is room.
    pub(crate) async fn keep_ballast(&self) -> Result<(), StoreError> {
        if !self.ballast.0.load(Ordering::SeqCst) {
            return Ok(());
        }
        let blobs = Arc::clone(&self.blobs);
        if blocking(move || Ok(blobs.restore_ballast()?)).await? {
            self.ballast.0.store(false, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Must the sweep look after the ballast?
    pub(crate) fn lacks_ballast(&self) -> bool {
        self.ballast.0.load(Ordering::SeqCst)
    }
}
