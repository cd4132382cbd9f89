//! Events: told in the step that they tell of.

use crate::format::v2::encode_event;
use crate::record::EventSeed;
use crate::redb::error::Step;
use crate::redb::writing::Writing;
use crate::rules::{self, Scene, Seen};

impl Writing<'_> {
    /// Keeps an event for delivery.
    pub(super) fn tell(&mut self, seed: Option<EventSeed>, scene: Scene<'_>, seen: Seen) -> Step<()> {
        let Some(seed) = seed else { return Ok(()) };
        self.counters.event += 1;
        let event = rules::event(self.counters.event, seed, scene, seen);
        self.events.put(&event.row, |place| encode_event(&event, place))
    }

    pub(in crate::redb) fn forget_events(&mut self, rows: &[u64]) -> Step<()> {
        for row in rows {
            self.events.remove(row)?;
        }
        Ok(())
    }
}
