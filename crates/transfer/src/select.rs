//! Select: which names take part, by patterns of which the last that matches counts. Pure.

/// Characters of a pattern, at most.
pub const PATTERN_LEN_MAX: usize = 4096;

/// Patterns in the order in which they were given. At first everything takes part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select(Vec<(Pattern, bool)>);

/// A pattern that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pattern has at most {PATTERN_LEN_MAX} characters, not {0}")]
pub struct PatternTooLong(pub usize);

impl Select {
    /// Lets in again what matches.
    ///
    /// # Errors
    /// [`PatternTooLong`].
    pub fn include(&mut self, pattern: &str) -> Result<(), PatternTooLong> {
        self.0.push((Pattern::new(pattern)?, true));
        Ok(())
    }

    /// Keeps out what matches.
    ///
    /// # Errors
    /// [`PatternTooLong`].
    pub fn exclude(&mut self, pattern: &str) -> Result<(), PatternTooLong> {
        self.0.push((Pattern::new(pattern)?, false));
        Ok(())
    }

    /// Does it take part? `path` is the whole path below the folder or prefix, with `/` between names.
    pub fn takes(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        self.0.iter().rev().find(|(pattern, _)| pattern.matches(&path)).is_none_or(|(_, is_in)| *is_in)
    }

    /// Does everything take part?
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }
}

/// A pattern as shells have them: `*`, `?`, `[seq]`, `[!seq]`; all of them match `/`, too.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// `*`.
    Any,
    /// `?`.
    One,
    /// A character.
    Is(char),
    /// `[a-z]`, `[!a-z]`.
    In { ranges: Vec<(char, char)>, is_negated: bool },
}

impl Pattern {
    fn new(text: &str) -> Result<Self, PatternTooLong> {
        let chars: Vec<char> = text.chars().collect();
        if chars.len() > PATTERN_LEN_MAX {
            return Err(PatternTooLong(chars.len()));
        }
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            at += 1;
            match c {
                '*' if pieces.last() == Some(&Piece::Any) => {}
                '*' => pieces.push(Piece::Any),
                '?' => pieces.push(Piece::One),
                '[' => match set(&chars[at..]) {
                    Some((piece, len)) => {
                        pieces.push(piece);
                        at += len;
                    }
                    None => pieces.push(Piece::Is('[')),
                },
                _ => pieces.push(Piece::Is(c)),
            }
        }
        Ok(Self(pieces))
    }

    /// After a mismatch only the last `*` takes one more character: at most pattern times text steps.
    fn matches(&self, text: &[char]) -> bool {
        let (mut piece, mut at) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(piece), text.get(at)) {
                (None, None) => return true,
                (Some(Piece::Any), _) => {
                    star = Some((piece + 1, at));
                    piece += 1;
                }
                (Some(wanted), Some(&c)) if wanted.is(c) => {
                    piece += 1;
                    at += 1;
                }
                _ => match star {
                    Some((after, taken)) if taken < text.len() => {
                        star = Some((after, taken + 1));
                        (piece, at) = (after, taken + 1);
                    }
                    _ => return false,
                },
            }
        }
    }
}

impl Piece {
    fn is(&self, c: char) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::Is(wanted) => *wanted == c,
            Self::In { ranges, is_negated } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&c)) != *is_negated
            }
        }
    }
}

/// Reads a set after its `[`, and how long it is with its `]`; `None` when there is no `]`: then `[` is a character like others.
fn set(chars: &[char]) -> Option<(Piece, usize)> {
    let is_negated = chars.first() == Some(&'!');
    let begin = usize::from(is_negated);
    // A `]` right at the beginning is one of the characters.
    let end = begin + 1 + chars.get(begin + 1..)?.iter().position(|c| *c == ']')?;
    let inside = &chars[begin..end];
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < inside.len() {
        if inside.get(at + 1) == Some(&'-') && at + 2 < inside.len() {
            ranges.push((inside[at], inside[at + 2]));
            at += 3;
        } else {
            ranges.push((inside[at], inside[at]));
            at += 1;
        }
    }
    Some((Piece::In { ranges, is_negated }, end + 1))
}

#[cfg(test)]
mod tests {
    use super::{Pattern, Select};
    use proptest::prelude::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(&text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn patterns_match_as_pythons_fnmatch() {
        let cases = [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a/b", true),
            ("*.txt", "a/b.txt", true),
            ("*.txt", "a.txt/b", false),
            ("a?c", "a/c", true),
            ("a?c", "ac", false),
            ("?", "é", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXcb", false),
            ("**a**", "bab", true),
            ("[abc]", "b", true),
            ("[!abc]", "b", false),
            ("[!abc]", "/", true),
            ("[a-c]x", "bx", true),
            ("[c-a]", "b", false),
            ("[!c-a]", "b", true),
            ("[]]", "]", true),
            ("[]a]", "a", true),
            ("[!]]", "a", true),
            ("[!]]", "]", false),
            ("[]", "[]", true),
            ("[!]", "[!]", true),
            ("[a", "[a", true),
            ("[a-]", "-", true),
            ("[-a]", "-", true),
            ("[^a]", "^", true),
            ("[^a]", "b", false),
            ("\\*", "\\x", true),
            ("A", "a", false),
            ("a.c", "abc", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    fn select(patterns: &[&str]) -> Select {
        let mut select = Select::default();
        for pattern in patterns {
            let (sign, pattern) = pattern.split_at(1);
            let added = if sign == "+" { select.include(pattern) } else { select.exclude(pattern) };
            added.unwrap();
        }
        select
    }

    #[test]
    fn the_last_pattern_that_matches_counts() {
        let cases: [(&[&str], &str, bool); 8] = [
            (&[], "a", true),
            (&["+*.txt"], "a.jpg", true),
            (&["-*", "+*.txt"], "a.txt", true),
            (&["-*", "+*.txt"], "a.jpg", false),
            (&["+*.txt", "-*"], "a.txt", false),
            (&["-dir/*"], "dir/a/b", false),
            (&["-dir/*"], "dir2/a", true),
            (&["-dir/*", "+dir/keep/*", "-*.tmp"], "dir/keep/x.tmp", false),
        ];
        for (patterns, path, expected) in cases {
            assert_eq!(select(patterns).takes(path), expected, "{patterns:?} {path}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let text = "a".repeat(1024);
        assert!(!matches(&format!("{}b", "*a".repeat(500)), &text));
        assert!(Pattern::new(&"a".repeat(4097)).is_err());
    }

    proptest! {
        #[test]
        fn a_text_matches_itself_escaped_and_between_stars(text in "[a-c/*?!\\[\\]-]{0,12}") {
            let escaped: String = text.chars().map(|c| match c {
                '*' | '?' | '[' => format!("[{c}]"),
                _ => c.to_string(),
            }).collect();
            prop_assert!(matches(&escaped, &text));
            let wider = format!("*{escaped}*");
            let longer = format!("x{text}y");
            prop_assert!(matches(&wider, &longer));
            prop_assert!(!matches(&escaped, &longer));
        }
    }
}
