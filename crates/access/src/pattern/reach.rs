//! Reach: what a pattern could match of a bucket, whatever its variables stand for.

use super::{Pattern, Token};

impl Pattern {
    /// Could it match `start` itself, and could it match `start` followed by `/` and more? Variables could be anything.
    pub(crate) fn could_match_bucket(&self, start: &str) -> (bool, bool) {
        // Single characters, so that all states of the match can be followed at once.
        let atoms: Vec<Atom> = self.tokens.iter().flat_map(Token::atoms).collect();
        let mut states = vec![false; atoms.len() + 1];
        states[0] = true;
        for char in start.chars() {
            states = step(&atoms, &states, char);
        }
        skip_runs(&atoms, &mut states);
        let whole = states[atoms.len()];
        (whole, step(&atoms, &states, '/').contains(&true))
    }
}

/// One character of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Atom {
    Char(char),
    AnyChar,
    AnyRun,
}

/// A run may be empty: whoever stands before it also stands behind it.
fn skip_runs(atoms: &[Atom], states: &mut [bool]) {
    for (at, atom) in atoms.iter().enumerate() {
        if states[at] && *atom == Atom::AnyRun {
            states[at + 1] = true;
        }
    }
}

/// Where the match can stand after one more character.
fn step(atoms: &[Atom], states: &[bool], char: char) -> Vec<bool> {
    let mut states = states.to_vec();
    skip_runs(atoms, &mut states);
    let mut next = vec![false; states.len()];
    for (at, atom) in atoms.iter().enumerate().filter(|(at, _)| states[*at]) {
        match atom {
            Atom::AnyRun => next[at] = true,
            Atom::AnyChar => next[at + 1] = true,
            Atom::Char(expected) => next[at + 1] |= *expected == char,
        }
    }
    next
}

impl Token {
    fn atoms(&self) -> Vec<Atom> {
        match self {
            Self::Literal(literal) => literal.chars().map(Atom::Char).collect(),
            Self::AnyChar => vec![Atom::AnyChar],
            Self::AnyRun | Self::Variable { .. } => vec![Atom::AnyRun],
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pattern::{Pattern, Syntax};

    #[test]
    fn what_a_pattern_could_match_of_a_bucket() {
        for (pattern, expected) in [
            ("bucket", (true, false)),
            ("bucket/*", (false, true)),
            ("bucket*", (true, true)),
            ("*", (true, true)),
            ("buck??", (true, false)),
            ("buck??/a", (false, true)),
            ("other*", (false, false)),
            ("prefix-bucket", (false, false)),
            ("bucket/", (false, true)),
            ("/bucket", (false, false)),
            ("*/*", (false, true)),
        ] {
            let pattern_ = Pattern::parse(pattern, Syntax::WILDCARDS).unwrap();
            assert_eq!(pattern_.could_match_bucket("bucket"), expected, "{pattern}");
        }
    }
}
