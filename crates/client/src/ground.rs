//! Ground: time and chance, passed in by the program.

use drystone_types::Timestamp;
use std::fmt;
use std::sync::Arc;

/// Where the time and random numbers come from. Cheap to clone.
#[derive(Clone)]
pub struct Ground {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    random: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Ground {
    /// From a clock and a source of random bits.
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        random: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), random: Arc::new(random) }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// 64 random bits.
    pub fn random(&self) -> u64 {
        (self.random)()
    }
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ground")
    }
}
