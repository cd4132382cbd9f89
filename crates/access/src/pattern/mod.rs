//! Pattern: texts of policies with wildcards and variables, compiled once, matched without allocation where there is no variable.

mod reach;

use std::borrow::Cow;

use crate::condition_key::ConditionKey;
use crate::policy::context::Context;
use crate::request::Values;
use crate::truth::Truth;

/// A compiled text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    tokens: Box<[Token]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(Box<str>),
    /// `?`
    AnyChar,
    /// `*`
    AnyRun,
    /// `${key}` or `${key, 'default'}`
    Variable {
        key: ConditionKey,
        default: Option<Box<str>>,
    },
}

/// A token whose variable has its value.
#[derive(Clone, Copy)]
enum Piece<'a> {
    Literal(&'a str),
    AnyChar,
    AnyRun,
}

/// What is special in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// `*` and `?` stand for other text.
    pub(crate) wildcards: bool,
    /// `${...}` is a variable or an escape: policies of version 2012-10-17.
    pub(crate) variables: bool,
}

impl Syntax {
    /// Wildcards only.
    pub(crate) const WILDCARDS: Self = Self { wildcards: true, variables: false };
}

/// A `${` without its end, or with nothing in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadVariable;

impl Pattern {
    /// Compiles `text`.
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, BadVariable> {
        let mut tokens = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            let special = if syntax.variables && rest.starts_with("${") {
                let end = rest.find('}').ok_or(BadVariable)?;
                let inside = &rest[2..end];
                rest = &rest[end + 1..];
                if let "*" | "?" | "$" = inside {
                    literal.push_str(inside);
                    continue;
                }
                variable(inside)?
            } else {
                rest = &rest[char.len_utf8()..];
                match char {
                    '*' if syntax.wildcards => Token::AnyRun,
                    '?' if syntax.wildcards => Token::AnyChar,
                    other => {
                        literal.push(other);
                        continue;
                    }
                }
            };
            if !literal.is_empty() {
                tokens.push(Token::Literal(std::mem::take(&mut literal).into()));
            }
            // Two stars in a row are one.
            if !(special == Token::AnyRun && tokens.last() == Some(&Token::AnyRun)) {
                tokens.push(special);
            }
        }
        if !literal.is_empty() {
            tokens.push(Token::Literal(literal.into()));
        }
        Ok(Self { tokens: tokens.into() })
    }

    /// Is it `*`?
    pub(crate) fn is_everything(&self) -> bool {
        *self.tokens == [Token::AnyRun]
    }

    /// Does it stand for exactly one text?
    pub(crate) fn is_fixed(&self) -> bool {
        self.tokens.iter().all(|token| matches!(token, Token::Literal(_)))
    }

    /// The keys of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ConditionKey> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Variable { key, .. } => Some(key),
            _ => None,
        })
    }

    /// Does it match the whole of `text`? A variable without a value matches nothing, as on AWS.
    pub(crate) fn matches(&self, text: &str, context: &Context<'_>) -> Truth {
        self.matches_or(Truth::No, text, context)
    }

    /// The same, but gives `missing` when a variable has no value.
    pub(crate) fn matches_or(&self, missing: Truth, text: &str, context: &Context<'_>) -> Truth {
        if self.keys().next().is_none() {
            return self.matches_fixed(text).into();
        }
        match self.resolve(context) {
            Ok(values) => glob(&self.pieces(&values), |piece| *piece, text).into(),
            Err(Truth::No) => missing,
            Err(unknown) => unknown,
        }
    }

    /// As [`Pattern::matches`] for a pattern without wildcards, with letter case ignored.
    pub(crate) fn equals_ignoring_case(&self, text: &str, context: &Context<'_>) -> Truth {
        let values = match self.resolve(context) {
            Ok(values) => values,
            Err(unresolved) => return unresolved,
        };
        let mut whole = String::new();
        for piece in self.pieces(&values) {
            if let Piece::Literal(literal) = piece {
                whole.push_str(literal);
            }
        }
        (whole.to_lowercase() == text.to_lowercase()).into()
    }

    /// As [`Pattern::matches`] where nothing can be known of a request: what has variables matches nothing.
    pub(crate) fn matches_fixed(&self, text: &str) -> bool {
        self.keys().next().is_none() && glob(&self.tokens, Token::piece, text)
    }

    /// The values of its variables, in order; what the match is without one of them.
    fn resolve<'a>(&'a self, context: &'a Context<'_>) -> Result<Vec<Cow<'a, str>>, Truth> {
        let mut values = Vec::new();
        for token in &self.tokens {
            let Token::Variable { key, default } = token else { continue };
            values.push(match (context.values(key), default) {
                (Values::One(value), _) => value,
                (Values::Many(mut list), _) if list.len() == 1 => list.remove(0),
                (Values::Absent, Some(default)) => Cow::Borrowed(&**default),
                (Values::Absent | Values::Many(_), _) => return Err(Truth::No),
                (Values::Unknown, _) => return Err(Truth::Unknown),
            });
        }
        Ok(values)
    }

    /// Its tokens with their variables' values. What is in a value is no wildcard.
    fn pieces<'a>(&'a self, values: &'a [Cow<'_, str>]) -> Vec<Piece<'a>> {
        let mut values = values.iter();
        let piece = |token: &'a Token| match token {
            Token::Variable { .. } => Piece::Literal(values.next().map_or("", |value| value)),
            other => other.piece(),
        };
        self.tokens.iter().map(piece).collect()
    }
}

impl Token {
    fn piece(&self) -> Piece<'_> {
        match self {
            Self::Literal(literal) => Piece::Literal(literal),
            Self::AnyChar => Piece::AnyChar,
            Self::AnyRun => Piece::AnyRun,
            Self::Variable { .. } => Piece::Literal(""),
        }
    }
}

fn variable(inside: &str) -> Result<Token, BadVariable> {
    let (name, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((name, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            (name, Some(quoted.ok_or(BadVariable)?.into()))
        }
    };
    let name = name.trim();
    if name.is_empty() {
        return Err(BadVariable);
    }
    Ok(Token::Variable { key: ConditionKey::parse(name), default })
}

/// Does the whole of `text` match? After a star the rest is tried ever later; only the last star matters.
fn glob<T>(items: &[T], piece: impl Fn(&T) -> Piece<'_>, text: &str) -> bool {
    let (mut at, mut rest) = (0, text);
    let mut star: Option<(usize, &str)> = None;
    loop {
        let matched = match items.get(at).map(&piece) {
            Some(Piece::AnyRun) => {
                star = Some((at + 1, rest));
                Some(rest)
            }
            Some(Piece::AnyChar) => rest.chars().next().map(|char| &rest[char.len_utf8()..]),
            Some(Piece::Literal(literal)) => rest.strip_prefix(literal),
            None if rest.is_empty() => return true,
            None => None,
        };
        if let Some(after) = matched {
            (at, rest) = (at + 1, after);
            continue;
        }
        let Some((after_star, from)) = star else { return false };
        let Some(char) = from.chars().next() else { return false };
        let from = &from[char.len_utf8()..];
        star = Some((after_star, from));
        (at, rest) = (after_star, from);
    }
}

#[cfg(test)]
mod tests {
    use super::{BadVariable, Pattern, Syntax};

    fn like(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern, Syntax::WILDCARDS).unwrap().matches_fixed(text)
    }

    #[test]
    fn stars_and_question_marks_match_as_documented() {
        for (pattern, text, matches) in [
            ("*", "", true),
            ("*", "a/b", true),
            ("a*", "a", true),
            ("a*c", "abc", true),
            ("a*c", "abcd", false),
            ("a*b*c", "a-b-b-c", true),
            ("*.jpg", "x.jpg.jpg", true),
            ("?", "", false),
            ("?", "ä", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("**a", "bba", true),
            ("", "", true),
            ("", "a", false),
            ("a*ab", "aab", true),
            ("*ab?d*", "ababcd", true),
            ("A", "a", false),
        ] {
            assert_eq!(like(pattern, text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn hostile_patterns_take_no_exponential_time() {
        let pattern = "*a".repeat(500) + "*b";
        assert!(!like(&pattern, &"a".repeat(1024)));
    }

    #[test]
    fn escapes_stand_for_themselves_and_broken_variables_are_refused() {
        let syntax = Syntax { wildcards: true, variables: true };
        let pattern = Pattern::parse("${*}a${?}${$}", syntax).unwrap();
        assert!(pattern.matches_fixed("*a?$") && !pattern.matches_fixed("xayz") && pattern.is_fixed());
        for bad in ["${", "${aws:username", "${}", "${ }", "${a, b}"] {
            assert_eq!(Pattern::parse(bad, syntax), Err(BadVariable), "{bad}");
        }
        assert!(Pattern::parse("${", Syntax::WILDCARDS).unwrap().matches_fixed("${"));
    }
}
