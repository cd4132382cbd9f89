//! Pace: how many parts move at once and how fast, for all transfers of a run together.
//!
//! The window of parts grows while growing it makes things faster, and halves when the store asks for less (SlowDown). Then nobody
//! begins anything for a moment: retries wait in the same line as everything else, so that there is no storm of them.

use crate::rate::{Bucket, RateLimit};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Parts at once when nothing else is chosen, at most.
pub const CONCURRENCY_MAX_DEFAULT: usize = 16;
/// Most parts at once that can be chosen.
pub const CONCURRENCY_MAX: usize = 512;
/// Parts at once in the beginning.
const WINDOW_FIRST: usize = 4;
/// Throughput is measured over at least this long.
const ROUND: Duration = Duration::from_millis(500);
/// A wider window has to be this much faster to be worth it.
const GAIN: f64 = 1.05;
/// Nobody begins anything for this long after the first SlowDown; twice as long after the next.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(20);

/// SlowDowns that one part endures for each attempt that it has: with the pauses between them several minutes by default.
pub(crate) const THROTTLES_PER_ATTEMPT: u32 = 3;

/// How many parts may move at once. Pure: the time is passed in.
#[derive(Clone, Debug)]
pub struct Window {
    size: usize,
    max: usize,
    /// Where the round began, and bytes since.
    round: (Duration, u64),
    /// Throughput of the best round, and its window.
    best: (f64, usize),
    /// Rounds in which nothing is tried.
    hold: u32,
    /// Nobody begins before.
    not_before: Duration,
    pause: Duration,
    /// SlowDowns that come before this are of requests sent before the last halving.
    halved_at: Option<Duration>,
}

impl Window {
    /// Grows up to `max`; stays there when `is_fixed`.
    pub fn new(max: usize, is_fixed: bool, now: Duration) -> Self {
        let max = max.clamp(1, CONCURRENCY_MAX);
        let size = if is_fixed { max } else { WINDOW_FIRST.min(max) };
        Self {
            size,
            max,
            round: (now, 0),
            best: (0.0, size),
            hold: 0,
            not_before: Duration::ZERO,
            pause: PAUSE_FIRST,
            halved_at: None,
        }
    }

    /// How many at once.
    pub fn size(&self) -> usize {
        self.size
    }

    /// How long to wait before the next one may begin.
    pub fn wait(&self, now: Duration) -> Duration {
        self.not_before.saturating_sub(now)
    }

    /// A part of `bytes` bytes is done.
    pub fn done(&mut self, bytes: u64, now: Duration) {
        self.round.1 += bytes;
        let took = now.saturating_sub(self.round.0);
        if took < ROUND {
            return;
        }
        let throughput = crate::rate::lossy(self.round.1) / took.as_secs_f64();
        self.round = (now, 0);
        self.pause = (self.pause / 2).max(PAUSE_FIRST);
        self.turn(throughput);
    }

    /// A round is over: grow while that helps, else go back and rest.
    fn turn(&mut self, throughput: f64) {
        if throughput > self.best.0 * GAIN {
            self.best = (throughput, self.size);
            self.size = (self.size + (self.size / 2).max(1)).min(self.max);
            return;
        }
        if self.size > self.best.1 {
            self.size = self.best.1;
            self.hold = 8;
            return;
        }
        self.best = (throughput.max(self.best.0 * 0.95), self.size); // what was fast once is forgotten slowly
        match self.hold.checked_sub(1) {
            Some(hold) => self.hold = hold,
            None => self.size = (self.size + 1).min(self.max),
        }
    }

    /// The store asks for less; it was asked at `asked_at`.
    pub fn slow_down(&mut self, asked_at: Duration, now: Duration) {
        if self.halved_at.is_some_and(|halved_at| asked_at < halved_at) {
            return; // this one was under way when the last halving took place
        }
        self.size = (self.size / 2).max(1);
        self.best = (0.0, self.size);
        self.hold = 8;
        self.halved_at = Some(now);
        self.not_before = now + self.pause;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        self.round = (now, 0);
    }
}

/// The line in which all parts wait. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pace(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    freed: Notify,
    began: Instant,
    limit: Option<RateLimit>,
    /// The second of the local day at which `began` was.
    began_second: u32,
}

#[derive(Debug)]
struct State {
    window: Window,
    in_flight: usize,
    bucket: Bucket,
}

/// The right to move one part. Dropping it makes room for another.
#[derive(Debug)]
pub struct Slot {
    pace: Pace,
    began: Duration,
}

impl Pace {
    /// At most `concurrency` parts at once: exactly so many when it is given, else as many as make it faster.
    pub fn new(concurrency: Option<usize>, limit: Option<RateLimit>, second_of_day: u32) -> Self {
        let max = concurrency.unwrap_or(CONCURRENCY_MAX_DEFAULT);
        let window = Window::new(max, concurrency.is_some(), Duration::ZERO);
        Self(Arc::new(Shared {
            state: Mutex::new(State { window, in_flight: 0, bucket: Bucket::default() }),
            freed: Notify::new(),
            began: Instant::now(),
            limit,
            began_second: second_of_day,
        }))
    }

    /// Waits until another part may move.
    pub async fn slot(&self) -> Slot {
        loop {
            let freed = self.0.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            let now = self.now();
            let wait = {
                let mut state = self.state();
                let wait = state.window.wait(now);
                if wait.is_zero() && state.in_flight < state.window.size() {
                    state.in_flight += 1;
                    return Slot { pace: self.clone(), began: now };
                }
                wait
            };
            if wait.is_zero() {
                freed.await;
            } else {
                tokio::time::sleep(wait).await;
            }
        }
    }

    /// Most parts that may move at once, now.
    pub fn window(&self) -> usize {
        self.state().window.size()
    }

    /// Waits until `bytes` more bytes may move under the rate limit.
    pub async fn take(&self, bytes: u64) {
        let Some(limit) = &self.0.limit else { return };
        let now = self.now();
        let second = self.0.began_second.wrapping_add(u32::try_from(now.as_secs()).unwrap_or(0));
        let Some(rate) = limit.at(second) else { return };
        let wait = self.state().bucket.take(bytes, rate, now);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    fn now(&self) -> Duration {
        self.0.began.elapsed()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// `bytes` bytes arrived.
    pub fn done(self, bytes: u64) {
        let now = self.pace.now();
        self.pace.state().window.done(bytes, now);
    }

    /// The store asked for less.
    pub fn slow_down(self) {
        let now = self.pace.now();
        self.pace.state().window.slow_down(self.began, now);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.pace.state().in_flight -= 1;
        self.pace.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSE_FIRST, Pace, Window};
    use std::time::Duration;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_window_grows_while_it_gets_faster_and_goes_back_when_not() {
        let mut window = Window::new(16, false, Duration::ZERO);
        let mut now = Duration::ZERO;
        for _ in 0..12 {
            now += millis(500);
            let useful = window.size().min(8) as u64; // the link is full with eight
            window.done(useful * 1_000_000, now);
        }
        assert!((8..=9).contains(&window.size()), "{window:?}");
    }

    #[test]
    fn slow_down_halves_once_and_makes_everybody_wait() {
        let mut window = Window::new(16, true, Duration::ZERO);
        window.slow_down(millis(900), millis(1000));
        window.slow_down(millis(950), millis(1010));
        window.slow_down(millis(999), millis(1020));
        assert_eq!(window.size(), 8);
        assert_eq!(window.wait(millis(1000)), PAUSE_FIRST);
        assert_eq!(window.wait(millis(1500)), Duration::ZERO);
        window.slow_down(millis(1500), millis(1600));
        assert_eq!(window.size(), 4);
        assert_eq!(window.wait(millis(1600)), PAUSE_FIRST * 2);
    }

    #[test]
    fn the_window_never_closes() {
        let mut window = Window::new(1, false, Duration::ZERO);
        for n in 1..10 {
            window.slow_down(millis(n * 100), millis(n * 100));
        }
        assert_eq!(window.size(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_that_is_dropped_makes_room() {
        let pace = Pace::new(Some(1), None, 0);
        let slot = pace.slot().await;
        let waiting = tokio::spawn({
            let pace = pace.clone();
            async move { drop(pace.slot().await) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(slot);
        waiting.await.unwrap();
    }
}
