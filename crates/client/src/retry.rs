//! Backoff: how long to wait before another attempt. Pure.

use std::time::Duration;

/// How often and how patiently something is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Attempts in all, at least 1.
    pub attempts_max: u32,
    /// Longest wait after the first attempt; it doubles with each further one.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { attempts_max: 8, first: Duration::from_millis(250), longest: Duration::from_secs(20) }
    }
}

impl Backoff {
    /// The wait after attempt number `attempt` (from 1) failed; `None` when it was the last. `random` spreads the waits evenly
    /// between half of the longest and the longest, so that clients which failed together do not come back together. What the
    /// store asked for (Retry-After) is the least wait.
    pub fn wait(&self, attempt: u32, random: u64, asked: Option<Duration>) -> Option<Duration> {
        if attempt >= self.attempts_max {
            return None;
        }
        let doubled = self.first.saturating_mul(1 << (attempt - 1).min(20)).min(self.longest);
        let half = doubled / 2;
        let share = u32::try_from(random >> 32).unwrap_or(u32::MAX);
        let spread = half.mul_f64(f64::from(share) / f64::from(u32::MAX));
        let wait = half + spread;
        Some(asked.map_or(wait, |asked| wait.max(asked.min(self.longest))))
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use std::time::Duration;

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let backoff = Backoff {
            attempts_max: 5,
            first: Duration::from_millis(100),
            longest: Duration::from_millis(300),
        };
        let longest: Vec<_> = (1..=5).map(|attempt| backoff.wait(attempt, u64::MAX, None)).collect();
        let millis = |millis| Some(Duration::from_millis(millis));
        assert_eq!(longest, [millis(100), millis(200), millis(300), millis(300), None]);
        let shortest: Vec<_> = (1..=4).map(|attempt| backoff.wait(attempt, 0, None)).collect();
        assert_eq!(shortest, [millis(50), millis(100), millis(150), millis(150)]);
    }

    #[test]
    fn the_store_may_ask_for_more_but_not_for_ever() {
        let backoff = Backoff::default();
        assert_eq!(backoff.wait(1, 0, Some(Duration::from_secs(3))), Some(Duration::from_secs(3)));
        assert_eq!(backoff.wait(1, 0, Some(Duration::from_secs(3600))), Some(Duration::from_secs(20)));
    }
}
