//! Sizes as people type them: 1000000, 500MB, 2TiB.

const UNITS: [(&str, u64); 13] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("B", 1),
    ("", 1),
];

/// Reads whole numbers with or without a unit.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let wanted = || format!("{text:?} is no size, as 1000000, 500MB and 2TiB are");
    let (unit, factor) =
        UNITS.iter().find(|(unit, _)| text.ends_with(unit)).expect("every text ends with nothing");
    let number = text[..text.len() - unit.len()].trim_end();
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.then(|| number.parse().ok()).flatten().ok_or_else(wanted)?;
    number.checked_mul(*factor).ok_or_else(wanted)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_are_whole_numbers_with_units() {
        let cases = [
            ("0", 0),
            ("17", 17),
            ("5B", 5),
            ("500MB", 500_000_000),
            ("2 TiB", 2 << 40),
            ("1kB", 1000),
            ("1KiB", 1024),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for bad in ["", "MB", "-1", "1.5GB", "1XB", "20000PiB", "1 2", "0x10"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
