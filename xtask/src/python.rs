//! Python tests and their words: each `def test_…` with its decorators, docstring and comments.

/// A test found in Python source.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PythonTest {
    /// Its name.
    pub(crate) name: String,
    /// Name, decorators (with the ids of parameters), docstring and comments.
    pub(crate) words: String,
}

/// Finds the tests of one file, in order.
pub(crate) fn tests(source: &str) -> Vec<PythonTest> {
    let lines: Vec<&str> = source.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = test_name(line) else { continue };
        let mut words = decorators(&lines[..at], indent(line));
        words.push_str(name);
        for line in body_words(&lines[at..], indent(line)) {
            words.push('\n');
            words.push_str(line);
        }
        found.push(PythonTest { name: name.to_owned(), words });
    }
    found
}

fn test_name(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("async ").unwrap_or(line.trim_start()).strip_prefix("def ")?;
    let name = rest.split('(').next()?.trim();
    name.starts_with("test").then_some(name)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The text of the decorators above a `def`: up to the blank line, or to the statement, before them.
fn decorators(before: &[&str], indent_of_def: usize) -> String {
    let mut lines = Vec::new();
    let mut first_decorator = None;
    for line in before.iter().rev().take_while(|line| !line.trim().is_empty()) {
        if indent(line) < indent_of_def {
            break;
        }
        lines.push(*line);
        if indent(line) == indent_of_def && line.trim_start().starts_with('@') {
            first_decorator = Some(lines.len());
        }
    }
    lines.truncate(first_decorator.unwrap_or(0));
    lines.reverse();
    lines.push("");
    lines.join("\n")
}

/// The lines of the docstring and the comments of the function's body.
fn body_words<'a>(from_def: &[&'a str], indent_of_def: usize) -> Vec<&'a str> {
    let signature = from_def.iter().position(|line| line.trim_end().ends_with(':')).map_or(0, |at| at + 1);
    let body = from_def[signature.min(from_def.len())..]
        .iter()
        .take_while(|line| line.trim().is_empty() || indent(line) > indent_of_def);
    let mut found = Vec::new();
    let mut docstring = Docstring::Before;
    for line in body {
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        if docstring == Docstring::Before {
            docstring = if text.starts_with("\"\"\"") { Docstring::Inside } else { Docstring::After };
            if docstring == Docstring::Inside {
                found.push(text);
                if text.len() > 3 && text.ends_with("\"\"\"") {
                    docstring = Docstring::After;
                }
                continue;
            }
        }
        if docstring == Docstring::Inside {
            found.push(text);
            if text.ends_with("\"\"\"") {
                docstring = Docstring::After;
            }
        } else if let Some(at) = text.find("# ") {
            found.push(&text[at..]);
        }
    }
    found
}

#[derive(PartialEq, Eq)]
enum Docstring {
    Before,
    Inside,
    After,
}

#[cfg(test)]
mod tests {
    use super::tests;

    const SOURCE: &str = r#""""Module b1."""

CASES = ["b2"]


@pytest.mark.parametrize(
    "value", [pytest.param("x", id="b3-x")]
)
def test_first(
    s3: Any, value: str
) -> None:
    """Shows b4.

    And b5.
    """
    name = "b6"
    other = 1  # b7


class TestMore:
    def test_second(self) -> None:
        """b8"""
        return


def helper():
    """b9"""
"#;

    #[test]
    fn words_are_decorators_docstring_and_comments() {
        let found = tests(SOURCE);
        let names: Vec<_> = found.iter().map(|test| test.name.as_str()).collect();
        assert_eq!(names, ["test_first", "test_second"]);
        for cited in ["b3", "b4", "b5", "b7"] {
            assert!(found[0].words.contains(cited), "{cited} in {}", found[0].words);
        }
        for absent in ["b1", "b2", "b6", "b8", "b9"] {
            assert!(!found[0].words.contains(absent), "{absent} in {}", found[0].words);
        }
        assert!(found[1].words.contains("b8") && !found[1].words.contains("b9"));
    }
}
