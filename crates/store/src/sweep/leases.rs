//! Leases that nobody will use: of writers that failed or were dropped, and of earlier runs of the server.

use drystone_types::limits;

use crate::{Store, StoreError};

impl Store {
    /// Turns them into garbage; how many.
    pub(crate) async fn sweep_leases(&self) -> Result<usize, StoreError> {
        let abandoned = self.leases.take_abandoned();
        let mut swept = abandoned.len();
        if swept > 0
            && let Err(error) = self.freeing(|| self.meta.abandon_leases(abandoned.clone())).await
        {
            self.leases.abandon(abandoned);
            return Err(error);
        }
        loop {
            let batch = self.freeing(|| self.meta.sweep_leases(limits::SWEEP_BATCH)).await?;
            swept += batch;
            if batch == 0 {
                return Ok(swept);
            }
        }
    }
}
