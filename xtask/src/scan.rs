//! Citations of numbered behaviours in text: `b124`, `b36_b76`, `b147_to_b154`, `b19-b25`.

use std::collections::BTreeSet;

/// No number is higher; what looks like a higher one is something else.
const HIGHEST: u16 = 236;

/// Every line that `text` cites. A range counts for all within it.
pub(crate) fn citations(text: &str) -> BTreeSet<u16> {
    let bytes = text.as_bytes();
    let mut found = BTreeSet::new();
    let mut at = 0;
    let mut last: Option<(u16, usize)> = None;
    while at < bytes.len() {
        let Some((number, end)) = citation_at(bytes, at) else {
            at += 1;
            continue;
        };
        let joins =
            last.is_some_and(|(first, first_end)| first < number && is_range_word(&text[first_end..at]));
        let first = last.filter(|_| joins).map_or(number, |(first, _)| first);
        found.extend(first..=number);
        last = Some((number, end));
        at = end;
    }
    found
}

/// `b` and one to three digits, with neither a letter nor a digit on either side.
fn citation_at(bytes: &[u8], at: usize) -> Option<(u16, usize)> {
    let before = at.checked_sub(1).map(|index| bytes[index]);
    if bytes[at] != b'b' || before.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let end = at + 1 + digits;
    let after = bytes.get(end).copied();
    if !(1..=3).contains(&digits) || after.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let number = std::str::from_utf8(&bytes[at + 1..end]).ok()?.parse().ok()?;
    (1..=HIGHEST).contains(&number).then_some((number, end))
}

fn is_range_word(between: &str) -> bool {
    matches!(between.trim(), "-" | "–" | ".." | "to" | "_to_")
}

#[cfg(test)]
mod tests {
    use super::citations;

    #[test]
    fn citations_are_found_alone_joined_and_in_ranges() {
        let cases: &[(&str, &[u16])] = &[
            ("b124", &[124]),
            ("fn b36_b76_b90_permissions", &[36, 76, 90]),
            ("b147_to_b150_the_table", &[147, 148, 149, 150]),
            ("see b19-b22, b30", &[19, 20, 21, 22, 30]),
            ("b5 to b7 and b9–b10", &[5, 6, 7, 9, 10]),
            ("(b8).", &[8]),
            ("ab12 b12c b1234 b0 b999 blob b", &[]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(citations(text).into_iter().collect::<Vec<_>>(), *expected, "{text}");
        }
    }

    #[test]
    fn a_falling_range_counts_for_its_ends_only() {
        assert_eq!(citations("b9-b3").into_iter().collect::<Vec<_>>(), [3, 9]);
    }
}
