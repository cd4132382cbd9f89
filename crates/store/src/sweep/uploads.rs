//! What ended uploads and deleted buckets leave behind: part rows, and answers kept for a repeat.

use drystone_types::{Timestamp, limits};

use crate::{Store, StoreError};

impl Store {
    /// Clears them in bounded batches; how many rows.
    pub(crate) async fn sweep_ended(&self) -> Result<usize, StoreError> {
        let kept_ms = u64::try_from(self.options.completed_kept.as_millis()).unwrap_or(u64::MAX);
        let forget_before = Timestamp(self.now().0.saturating_sub(kept_ms));
        let mut swept = 0;
        loop {
            let batch = self.freeing(|| self.meta.sweep_ended(forget_before, limits::SWEEP_BATCH)).await?;
            swept += batch;
            if batch == 0 {
                return Ok(swept);
            }
        }
    }
}
