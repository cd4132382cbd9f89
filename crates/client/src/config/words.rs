//! Words: a line split as a shell splits it, without a shell.

/// Splits at spaces. Quotes and backslashes keep spaces in words; inside single quotes nothing else is special, inside double
/// quotes a backslash is one only before `"` and `\`. Nothing is expanded. `None` when a quote or a backslash is left open.
pub(crate) fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => quoted(&mut chars, word.get_or_insert_default())?,
            '"' => double_quoted(&mut chars, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

fn quoted(chars: &mut impl Iterator<Item = char>, word: &mut String) -> Option<()> {
    loop {
        match chars.next()? {
            '\'' => return Some(()),
            c => word.push(c),
        }
    }
}

fn double_quoted(chars: &mut impl Iterator<Item = char>, word: &mut String) -> Option<()> {
    loop {
        match chars.next()? {
            '"' => return Some(()),
            '\\' => match chars.next()? {
                c @ ('"' | '\\') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn lines_are_split_as_a_shell_splits_them() {
        let cases: [(&str, Option<&[&str]>); 10] = [
            ("", Some(&[])),
            ("  a  b\tc ", Some(&["a", "b", "c"])),
            ("profile \"a b\"", Some(&["profile", "a b"])),
            ("profile 'a \\ b'x", Some(&["profile", "a \\ bx"])),
            (r#""C:\Program Files\x" "a\"b\\c""#, Some(&[r"C:\Program Files\x", r#"a"b\c"#])),
            (r"a\ b \'", Some(&["a b", "'"])),
            ("'' \"\"", Some(&["", ""])),
            ("a 'b", None),
            ("a \"b", None),
            ("a\\", None),
        ];
        for (line, words) in cases {
            let words = words.map(|words| words.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(split(line), words, "{line}");
        }
    }
}
