//! Events: told by steps in their own transaction, kept until somebody delivered them.

use drystone_metastore::record::BucketRecord;
pub use drystone_metastore::record::{Event, EventSeed};
use drystone_types::Key;
use std::sync::Arc;
use tokio::sync::watch;

use crate::{Store, StoreError};

/// Which of its own doings the store tells: what lifecycle rules delete. Requests bring their seeds themselves.
pub trait EventRules: Send + Sync {
    /// The seed of the event `name` about `key`, if a rule of the bucket asks for it.
    fn seed(&self, bucket: &BucketRecord, name: &str, key: &Key) -> Option<EventSeed>;
}

impl Store {
    /// From now on the store tells events of its own by these rules. Only the first call counts.
    pub fn tell_by(&self, rules: Arc<dyn EventRules>) {
        let _ = self.event_rules.set(rules);
    }

    /// At most `max` events with row numbers greater than `after`, ascending.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn list_events(&self, after: u64, max: usize) -> Result<Vec<Event>, StoreError> {
        Ok(self.meta.list_events(after, max).await?)
    }

    /// Forgets events that were delivered, or given up.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn forget_events(&self, rows: Vec<u64>) -> Result<(), StoreError> {
        self.freeing(|| self.meta.forget_events(rows.clone())).await
    }

    /// Changes whenever events may have been told.
    pub fn events_told(&self) -> watch::Receiver<()> {
        self.events_told.subscribe()
    }

    /// A step took place; `tells` says whether it had an event to tell.
    pub(crate) fn told(&self, tells: bool) {
        if tells {
            self.events_told.send_replace(());
        }
    }

    pub(crate) fn own_seed(&self, bucket: &BucketRecord, name: &str, key: &Key) -> Option<EventSeed> {
        self.event_rules.get()?.seed(bucket, name, key)
    }
}
