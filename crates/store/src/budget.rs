//! Budget: memory for bytes on their way in or out, shared by all requests.
//!
//! Nobody waits for a slow client to give memory back. While little is in use everybody moves in large steps; the more is
//! in use the smaller the steps, so that a client that stands still holds little; and when all is in use, new requests are
//! told to come back later.

use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Memory of one kind.
#[derive(Debug)]
pub struct Budget {
    max: u64,
    used: AtomicU64,
}

/// A part of a budget, given back when dropped.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Budget>,
    bytes: u64,
}

/// Steps are never smaller than this: a block of a blob.
pub const STEP_MIN_BYTES: u64 = 64 << 10;
/// Steps while little is in use.
const STEP_MAX_BYTES: u64 = 1 << 20;

impl Budget {
    /// A budget of `max` bytes.
    pub fn new(max: u64) -> Arc<Self> {
        Arc::new(Self { max, used: AtomicU64::new(0) })
    }

    /// Bytes to move at a time: 1 MiB, 256 KiB or 64 KiB.
    pub fn step(&self) -> u64 {
        match self.used.load(Ordering::Relaxed) {
            used if used < self.max / 3 => STEP_MAX_BYTES,
            used if used < self.max / 2 => STEP_MAX_BYTES / 4,
            _ => STEP_MIN_BYTES,
        }
    }

    /// May a new request begin?
    pub fn has_room(&self) -> bool {
        self.used.load(Ordering::Relaxed) < self.max
    }

    /// A share of `bytes`.
    pub fn share(self: &Arc<Self>, bytes: u64) -> Share {
        self.used.fetch_add(bytes, Ordering::Relaxed);
        Share { budget: Arc::clone(self), bytes }
    }
}

impl Share {
    /// Makes the share `bytes` large.
    pub fn set(&mut self, bytes: u64) {
        self.budget.used.fetch_add(bytes, Ordering::Relaxed);
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = bytes;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Bytes that count against a budget until the last copy of them is dropped.
pub fn counted(data: Bytes, budget: &Arc<Budget>) -> Bytes {
    struct Counted(Bytes, #[expect(dead_code, reason = "dropping it is its use")] Share);
    impl AsRef<[u8]> for Counted {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    let share = budget.share(data.len() as u64);
    Bytes::from_owner(Counted(data, share))
}

#[cfg(test)]
mod tests {
    use super::{Budget, counted};
    use bytes::Bytes;

    #[test]
    fn steps_shrink_as_the_budget_is_used_up_and_grow_again() {
        let budget = Budget::new(6 << 20);
        assert_eq!(budget.step(), 1 << 20);
        let mut share = budget.share(2 << 20);
        assert_eq!(budget.step(), 256 << 10);
        share.set(3 << 20);
        assert_eq!((budget.step(), budget.has_room()), (64 << 10, true));
        let data = counted(Bytes::from(vec![7; 3 << 20]), &budget);
        assert!(!budget.has_room());
        let piece = data.slice(5..6);
        drop(data);
        assert!(!budget.has_room(), "a slice keeps the whole");
        assert_eq!(&piece[..], [7]);
        drop((piece, share));
        assert_eq!(budget.step(), 1 << 20);
    }
}
