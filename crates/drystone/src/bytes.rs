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

/// Units of split(1) that mean something else in [`parse`], or nothing.
const SPLIT_UNITS: [(char, u64); 9] = [
    ('b', 512),
    ('k', 1 << 10),
    ('K', 1 << 10),
    ('m', 1 << 20),
    ('M', 1 << 20),
    ('g', 1 << 30),
    ('G', 1 << 30),
    ('t', 1 << 40),
    ('T', 1 << 40),
];

/// Reads sizes as split(1) does: `40m` is 40 MiB; with two or three letters as everywhere. At least 1.
pub(crate) fn parse_like_split(text: &str) -> Result<u64, String> {
    let short = SPLIT_UNITS.iter().find_map(|(unit, factor)| {
        let digits = text.strip_suffix(*unit)?;
        let number: u64 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
        number.checked_mul(*factor)
    });
    let bytes = short.map_or_else(|| parse(text), Ok)?;
    if bytes == 0 { Err("pieces have at least one byte".to_owned()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_like_split};

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

    #[test]
    fn sizes_of_split_are_those_of_split() {
        let cases = [
            ("40m", 40 << 20),
            ("1K", 1024),
            ("1KB", 1000),
            ("2GiB", 2 << 30),
            ("3b", 1536),
            ("100", 100),
            ("1MB", 1_000_000),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse_like_split(text), Ok(bytes), "{text}");
        }
        for bad in ["", "m", "0", "-1m", "1.5m", "99999999999999t", "4 0m"] {
            assert!(parse_like_split(bad).is_err(), "{bad}");
        }
    }
}
