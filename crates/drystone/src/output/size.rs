//! Sizes, rates and times as people read them: 12.3 GB, 95 MB/s, 7 min. Pure.

use std::time::Duration;

const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];

/// `980 B`, `12.3 GB`: three digits and a decimal unit.
pub(crate) fn bytes_text(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = lossy(bytes);
    let mut unit = "B";
    for larger in UNITS {
        // What would be shown as 1000 is shown as 1.00 of the next unit.
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    match value {
        value if value < 9.995 => format!("{value:.2} {unit}"),
        value if value < 99.95 => format!("{value:.1} {unit}"),
        value => format!("{value:.0} {unit}"),
    }
}

/// `95.0 MB/s`.
pub(crate) fn rate_text(bytes_per_second: u64) -> String {
    format!("{}/s", bytes_text(bytes_per_second))
}

/// `45 s`, `7 min`, `3 h 20 min`, `2 d 4 h`.
pub(crate) fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0 && duration.as_secs() < 100);
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=5999 => format!("{} min", (seconds + 30) / 60),
        6000..=172_799 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(super) fn lossy(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::{bytes_text, duration_text};
    use std::time::Duration;

    #[test]
    fn sizes_have_three_digits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (9_996, "10.0 kB"),
            (99_960, "100 kB"),
            (104_857_600, "105 MB"),
            (999_499_999, "999 MB"),
            (999_500_000, "1.00 GB"),
            (12_345_678_901, "12.3 GB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(bytes_text(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn times_have_one_or_two_units() {
        let cases = [
            (0.0, "0 s"),
            (0.2, "1 s"),
            (45.0, "45 s"),
            (100.0, "2 min"),
            (420.0, "7 min"),
            (12_000.0, "3 h 20 min"),
            (187_200.0, "2 d 4 h"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration_text(Duration::from_secs_f64(seconds)), text, "{seconds}");
        }
    }
}
