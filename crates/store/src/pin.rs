//! ReadPins: readers in progress, so that the sweep never deletes a blob under one.
//!
//! A reader takes a pin *before* it looks up the object. Garbage listed at moment `t` is deleted only when every pin taken
//! before `t` is gone: whoever pinned later cannot have found it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The pins of all readers.
#[derive(Debug, Default)]
pub struct ReadPins(Mutex<Pins>);

#[derive(Debug, Default)]
struct Pins {
    next: u64,
    active: BTreeSet<u64>,
}

/// A reader's pin; dropped when the last byte is sent or the reader gives up.
#[derive(Debug)]
pub struct Pin {
    pins: Arc<ReadPins>,
    ticket: u64,
}

impl ReadPins {
    /// Takes a pin.
    pub fn pin(self: &Arc<Self>) -> Pin {
        let mut pins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = pins.next;
        pins.next += 1;
        pins.active.insert(ticket);
        Pin { pins: Arc::clone(self), ticket }
    }

    /// A moment: pins taken from now on are later.
    pub fn moment(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next
    }

    /// Are all pins taken before `moment` gone?
    pub fn all_gone_before(&self, moment: u64) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .active
            .first()
            .is_none_or(|oldest| *oldest >= moment)
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.pins.0.lock().unwrap_or_else(PoisonError::into_inner).active.remove(&self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::ReadPins;
    use std::sync::Arc;

    #[test]
    fn garbage_waits_for_readers_that_came_before_it_and_for_no_others() {
        let pins = Arc::new(ReadPins::default());
        let early = pins.pin();
        let moment = pins.moment();
        let late = pins.pin();
        assert!(!pins.all_gone_before(moment));
        drop(early);
        assert!(pins.all_gone_before(moment));
        drop(late);
        assert!(pins.all_gone_before(pins.moment()));
    }
}
