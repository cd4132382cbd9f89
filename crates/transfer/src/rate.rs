//! RateLimit: bytes per second that all transfers of a run share, also by the time of day.

use std::time::Duration;

/// Bytes per second by the time of day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// From which second of the day on, and how many bytes per second; `None` is without limit. Sorted; the last entry also holds
    /// before the first.
    entries: Vec<(u32, Option<u64>)>,
}

const DAY_SECONDS: u32 = 86_400;
/// The slowest limit: slower ones would let connections time out.
pub const RATE_MIN_BYTES: u64 = 1024;

impl RateLimit {
    /// The same all day.
    pub fn constant(bytes_per_second: u64) -> Self {
        Self { entries: vec![(0, Some(bytes_per_second))] }
    }

    /// Reads `50MiB/s`, `10MB`, or a timetable: `08:00,512KiB/s 18:00,10MiB/s 23:00,off`. `size` reads a size.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, size: impl Fn(&str) -> Result<u64, String>) -> Result<Self, String> {
        let rate = |text: &str| -> Result<Option<u64>, String> {
            if text == "off" {
                return Ok(None);
            }
            let bytes = size(text.strip_suffix("/s").unwrap_or(text))?;
            if bytes < RATE_MIN_BYTES {
                return Err(format!("{text}: the slowest rate is {RATE_MIN_BYTES} bytes per second"));
            }
            Ok(Some(bytes))
        };
        if !text.contains(',') {
            return Ok(Self { entries: vec![(0, rate(text.trim())?)] });
        }
        let mut entries = Vec::new();
        for entry in text.split_whitespace() {
            let wrong = || format!("{entry:?} is no entry of a timetable, as 08:00,512KiB/s is");
            let (at, limit) = entry.split_once(',').ok_or_else(wrong)?;
            let (hour, minute) = at.split_once(':').ok_or_else(wrong)?;
            let number =
                |text: &str, below: u32| text.parse().ok().filter(|n: &u32| *n < below).ok_or_else(wrong);
            entries.push((number(hour, 24)? * 3600 + number(minute, 60)? * 60, rate(limit)?));
        }
        entries.sort_by_key(|(at, _)| *at);
        Ok(Self { entries })
    }

    /// Bytes per second at a second of the (local) day; `None` without limit.
    pub fn at(&self, second_of_day: u32) -> Option<u64> {
        let past = self.entries.iter().rev().find(|(at, _)| *at <= second_of_day % DAY_SECONDS);
        past.or(self.entries.last()).and_then(|(_, rate)| *rate)
    }
}

/// When the next bytes may move: a bucket that holds a tenth of a second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    /// Until when what moved is paid for, on the clock of the caller.
    paid_until: Duration,
}

impl Bucket {
    /// Takes `bytes` at `now` and returns how long to wait first.
    pub fn take(&mut self, bytes: u64, bytes_per_second: u64, now: Duration) -> Duration {
        let burst = Duration::from_millis(100);
        let start = self.paid_until.max(now.saturating_sub(burst));
        let costs = Duration::from_secs_f64(lossy(bytes) / lossy(bytes_per_second));
        self.paid_until = start + costs;
        start.saturating_sub(now)
    }
}

#[expect(clippy::cast_precision_loss, reason = "rates need no 53 bits")]
pub(crate) fn lossy(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::{Bucket, RateLimit};
    use std::time::Duration;

    fn size(text: &str) -> Result<u64, String> {
        let (digits, factor) = text.strip_suffix("KiB").map_or((text, 1), |digits| (digits, 1024));
        digits.parse::<u64>().map(|n| n * factor).map_err(|_| text.to_owned())
    }

    #[test]
    fn rates_and_timetables() {
        let at = |text: &str, hour: u32| RateLimit::parse(text, size).unwrap().at(hour * 3600);
        assert_eq!(at("64KiB/s", 3), Some(65_536));
        assert_eq!(at("65536", 23), Some(65_536));
        assert_eq!(at("off", 0), None);
        let table = "18:00,off 08:00,2KiB/s";
        assert_eq!([7, 8, 17, 18].map(|hour| at(table, hour)), [None, Some(2048), Some(2048), None]);
        for bad in ["", "x", "100", "8,1KiB", "24:00,2KiB", "08:60,2KiB", "08:00,", "08:00"] {
            assert!(RateLimit::parse(bad, size).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bucket_lets_through_what_the_rate_allows() {
        let mut bucket = Bucket::default();
        let mut now = Duration::from_secs(100);
        let begin = now;
        for _ in 0..100 {
            now += bucket.take(10_000, 100_000, now);
        }
        let took = now.saturating_sub(begin).as_secs_f64();
        assert!((9.7..10.1).contains(&took), "{took}");
    }
}
