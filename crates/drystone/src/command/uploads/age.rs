//! Ages as people type them: 7d, 12h, 90m, 30s, 2w. Pure.

use std::time::Duration;

const UNITS: [(char, u64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];

/// Reads a whole number with its unit.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let wanted = || format!("{text:?} is no age, as 7d, 12h and 2w are");
    let unit = text.chars().next_back().ok_or_else(wanted)?;
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wanted)?;
    let digits = &text[..text.len() - unit.len_utf8()];
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = is_number.then(|| digits.parse().ok()).flatten().ok_or_else(wanted)?;
    number.checked_mul(*seconds).map(Duration::from_secs).ok_or_else(wanted)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    #[test]
    fn ages_are_whole_numbers_with_a_unit() {
        let cases = [("0s", 0), ("90m", 5400), ("12h", 43_200), ("7d", 604_800), ("2w", 1_209_600)];
        for (text, seconds) in cases {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for bad in ["", "7", "d", "-7d", "1.5d", "7 d", "7é", "99999999999999999w"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
