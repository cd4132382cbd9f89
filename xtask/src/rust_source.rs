//! Rust tests and their words: each test function with its name, its comments and the comments within it.

/// A test found in Rust source.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RustTest {
    /// Its name.
    pub(crate) name: String,
    /// Name, doc comment and all comments inside, where it says what it shows.
    pub(crate) words: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Comment(&'a str),
    Mark(u8),
}

/// Finds the tests of one file: functions with a `test` attribute, and with `all` every function (a conformance suite
/// is called by the engines' tests).
pub(crate) fn tests(source: &str, all: bool) -> Vec<RustTest> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let (Token::Word("fn"), Some(Token::Word(name))) = (&tokens[at], tokens.get(at + 1)) else {
            continue;
        };
        let head = head(&tokens[..at]);
        if !all && !has_test_attribute(head) {
            continue;
        }
        let mut words = (*name).to_owned();
        for token in head.iter().chain(body(&tokens[at..])) {
            if let Token::Comment(text) = token {
                words.push('\n');
                words.push_str(text);
            }
        }
        found.push(RustTest { name: (*name).to_owned(), words });
    }
    found
}

/// The comments, attributes and keywords before `fn`: back to the end of what came before.
fn head<'a, 'b>(before: &'b [Token<'a>]) -> &'b [Token<'a>] {
    let mut brackets = 0usize;
    for (index, token) in before.iter().enumerate().rev() {
        match token {
            Token::Mark(b']') => brackets += 1,
            Token::Mark(b'[') => brackets = brackets.saturating_sub(1),
            Token::Mark(b';' | b'{' | b'}') if brackets == 0 => return &before[index + 1..],
            _ => {}
        }
    }
    before
}

fn has_test_attribute(head: &[Token<'_>]) -> bool {
    head.iter().enumerate().any(|(at, token)| {
        let configured = at >= 2 && head[at - 2] == Token::Word("cfg");
        *token == Token::Word("test") && !configured
    })
}

/// From `fn` to the brace that ends its body.
fn body<'a, 'b>(from: &'b [Token<'a>]) -> &'b [Token<'a>] {
    let mut depth = 0usize;
    for (index, token) in from.iter().enumerate() {
        match token {
            Token::Mark(b'{') => depth += 1,
            Token::Mark(b'}') if depth <= 1 => return &from[..=index],
            Token::Mark(b'}') => depth -= 1,
            Token::Mark(b';') if depth == 0 => return &from[..index],
            _ => {}
        }
    }
    from
}

/// Words, comments and marks; strings, characters and numbers are passed over.
fn tokens(source: &str) -> Vec<Token<'_>> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let len = match rest[0] {
            b'/' if rest.starts_with(b"//") => {
                let len = line_len(rest);
                found.push(Token::Comment(&source[at..at + len]));
                len
            }
            b'/' if rest.starts_with(b"/*") => {
                let len = block_comment_len(rest);
                found.push(Token::Comment(&source[at..at + len]));
                len
            }
            b'"' => string_len(rest, 0),
            b'r' | b'b' | b'c' if literal_prefix(rest).is_some() => {
                let (prefix, raw, hashes) = literal_prefix(rest).unwrap_or_default();
                if raw { raw_string_len(rest, prefix, hashes) } else { string_len(rest, prefix) }
            }
            b'\'' => character_len(rest),
            byte if byte == b'_' || byte.is_ascii_alphabetic() => {
                let len =
                    rest.iter().take_while(|byte| **byte == b'_' || byte.is_ascii_alphanumeric()).count();
                found.push(Token::Word(&source[at..at + len]));
                len
            }
            byte if byte.is_ascii_digit() => {
                rest.iter().take_while(|byte| **byte == b'_' || byte.is_ascii_alphanumeric()).count()
            }
            byte => {
                if byte.is_ascii_punctuation() {
                    found.push(Token::Mark(byte));
                }
                1
            }
        };
        at += len.max(1);
    }
    found
}

fn line_len(rest: &[u8]) -> usize {
    rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
}

fn block_comment_len(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// Of `b"`, `c"`, `r"`, `r#"`, `br##"`...: bytes before the quote, is it raw, and its hashes.
fn literal_prefix(rest: &[u8]) -> Option<(usize, bool, usize)> {
    let letters = rest.iter().take_while(|byte| matches!(byte, b'b' | b'c' | b'r')).count();
    let hashes = rest[letters..].iter().take_while(|byte| **byte == b'#').count();
    let raw = rest[..letters].contains(&b'r');
    let quoted = rest.get(letters + hashes) == Some(&b'"');
    (letters <= 2 && quoted && (raw || hashes == 0)).then_some((letters + hashes, raw, hashes))
}

fn string_len(rest: &[u8], prefix: usize) -> usize {
    let mut at = prefix + 1;
    while at < rest.len() && rest[at] != b'"' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

fn raw_string_len(rest: &[u8], prefix: usize, hashes: usize) -> usize {
    let end = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    let body = &rest[prefix + 1..];
    body.windows(end.len())
        .position(|window| window == end)
        .map_or(rest.len(), |at| prefix + 1 + at + end.len())
}

/// A character, or the quote alone when it begins a lifetime.
fn character_len(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return rest.iter().skip(3).position(|byte| *byte == b'\'').map_or(rest.len(), |at| at + 4);
    }
    // The widest character has four bytes.
    let end = rest.iter().take(6).skip(2).position(|byte| *byte == b'\'');
    let is_lifetime =
        rest.get(1).is_some_and(|byte| *byte == b'_' || byte.is_ascii_alphabetic()) && end != Some(0);
    match end {
        Some(at) if !is_lifetime => at + 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::tests;

    fn names(source: &str, all: bool) -> Vec<String> {
        tests(source, all).into_iter().map(|test| test.name).collect()
    }

    #[test]
    fn functions_with_a_test_attribute_are_found() {
        let source = r##"
            fn helper() { let brace = "{ fn no() }"; let c = '{'; let l: &'static str = r#"}"}"#; }
            #[cfg(test)]
            mod tests {
                /// Shows b1.
                #[test]
                fn first() { if true { /* b2 */ } }
                #[cfg(test)]
                fn not_a_test() {}
                #[tokio::test(flavor = "current_thread")]
                async fn second() { // b3
                }
            }"##;
        assert_eq!(names(source, false), ["first", "second"]);
        let found = tests(source, false);
        assert!(found[0].words.contains("b1") && found[0].words.contains("b2"));
        assert!(found[1].words.contains("b3") && !found[1].words.contains("b2"));
    }

    #[test]
    fn conformance_functions_all_count() {
        assert_eq!(
            names("/// b9\npub async fn check(x: u8) -> u8 { x }\nfn other();", true),
            ["check", "other"]
        );
    }

    #[test]
    fn strings_are_not_words() {
        let found = tests(
            "#[test]\nfn a() { let etag = \"b12\"; let byte = b'\\''; let text = b\"// b13\"; }",
            false,
        );
        assert_eq!(found[0].words, "a");
    }
}
