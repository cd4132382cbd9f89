//! Sweep: the background work that reclaims. Every pass is a set of small steps, safe to repeat after a crash at any point.

mod expiry;
pub mod garbage;
pub mod leases;
pub mod lifecycle;
pub mod uploads;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tracing::{debug, warn};

use crate::{Store, StoreError};

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Leases of writers that gave up, and of earlier sessions, turned into garbage.
    pub leases: usize,
    /// Rows of ended uploads and deleted buckets cleared.
    pub ended_rows: usize,
    /// Rows of garbage whose blobs were deleted.
    pub garbage_rows: usize,
}

/// What one lifecycle pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LifecycleReport {
    /// Uploads aborted by a rule.
    pub uploads_aborted: usize,
    /// Uploads aborted because they were idle (our addition).
    pub uploads_idle: usize,
    /// Current objects expired by a rule: deleted, or hidden by a delete marker.
    pub objects_expired: usize,
    /// Versions and delete markers that were no longer current, deleted by a rule.
    pub versions_expired: usize,
    /// Delete markers that were all that was left of their key, deleted by a rule.
    pub markers_expired: usize,
}

/// Longest wait between two sweeps that nobody asked for.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// A sweep that was asked for waits this long, so that one pass serves many requests.
const GATHER: Duration = Duration::from_millis(100);
/// A sweep that waits for readers looks again after this long.
const RETRY_EVERY: Duration = Duration::from_millis(500);

impl Store {
    /// Reclaims all that can be reclaimed now. Garbage that readers may still need stays.
    ///
    /// # Errors
    /// Those of the engines; the next sweep goes on where this one stopped.
    pub async fn sweep(&self) -> Result<SweepReport, StoreError> {
        let report = SweepReport {
            leases: self.sweep_leases().await?,
            ended_rows: self.sweep_ended().await?,
            garbage_rows: self.sweep_garbage().await?,
        };
        self.keep_ballast().await?;
        Ok(report)
    }

    /// Sweeps and applies lifecycle rules until `stop` is done. Failures are logged and tried again.
    pub async fn run_sweeper(self: Arc<Self>, stop: impl Future<Output = ()> + Send) {
        tokio::pin!(stop);
        let lifecycle_every = lifecycle_interval(self.options.day);
        let mut lifecycle_due = tokio::time::interval(lifecycle_every);
        lifecycle_due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut wait = RETRY_EVERY;
        loop {
            tokio::select! {
                () = &mut stop => return,
                _ = lifecycle_due.tick() => {
                    if let Err(error) = self.apply_lifecycle().await {
                        warn!(error = &error as &dyn std::error::Error, "lifecycle pass failed; it will be tried again");
                    }
                    continue;
                }
                () = self.sweep_wanted.notified() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(wait) => {}
            }
            wait = match self.sweep().await {
                Ok(report) if report != SweepReport::default() => {
                    debug!(?report, "swept");
                    RETRY_EVERY
                }
                Ok(_) if self.garbage_waits().await || self.lacks_ballast() => RETRY_EVERY,
                Ok(_) => SWEEP_EVERY,
                Err(error) => {
                    warn!(error = &error as &dyn std::error::Error, "sweep failed; it will be tried again");
                    SWEEP_EVERY
                }
            };
        }
    }
}

/// How often rules are applied: 24 times a day, but at least hourly and at most twice a second.
fn lifecycle_interval(day: Duration) -> Duration {
    (day / 24).clamp(Duration::from_millis(500), Duration::from_secs(3600))
}
