//! `coverage`: every numbered behaviour in scope is cited by a test, and every action that we do is shown by one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::repo::{self, Told};
use crate::{actions, coverage_scope, python, rust_source, scan};

/// A test and what it cites.
pub(crate) struct Citing {
    /// `path::name`, the path relative to the root.
    pub(crate) test: String,
    /// The behaviours that it cites.
    pub(crate) lines: BTreeSet<u16>,
    /// What it says of itself, to find the actions that it names.
    words: String,
}

/// Prints what is missing (with `report`, first every line and its tests) and fails if something is.
pub(crate) fn run(report: bool) -> Told<()> {
    let tests = tests()?;
    let by_line = by_line(&tests);
    if report {
        for line in 1..=coverage_scope::LAST {
            let shown = by_line.get(&line).map(|tests| tests.join(", "));
            let left_out = coverage_scope::reason_left_out(line).map(|reason| format!("left out: {reason}"));
            println!("b{line}: {}", shown.or(left_out).unwrap_or_else(|| "MISSING".to_owned()));
        }
    }
    let missing = missing(&tests)?;
    let scope = coverage_scope::in_scope().count();
    if missing.is_empty() {
        println!("coverage: {} tests cite all {scope} behaviours in scope", tests.len());
        return Ok(());
    }
    Err(format!("coverage: of {scope} behaviours in scope, no test shows\n  {}", missing.join("\n  ")))
}

/// What no test shows: `b12`, and actions by name.
pub(crate) fn missing(tests: &[Citing]) -> Told<Vec<String>> {
    let by_line = by_line(tests);
    let lines =
        coverage_scope::in_scope().filter(|line| !by_line.contains_key(line)).map(|line| format!("b{line}"));
    let actions = actions::read()?.done;
    let untested = actions.iter().filter(|action| tests_of_action(tests, action).is_empty());
    let untested = untested.map(|action| {
        format!(
            "{action}: no testing/e2e/test_{}.py, and no end-to-end test names it",
            actions::snake_case(action)
        )
    });
    Ok(lines.chain(untested).collect())
}

/// Every test of the repository, in order of path.
pub(crate) fn tests() -> Told<Vec<Citing>> {
    let root = repo::root();
    let mut found = Vec::new();
    for path in
        repo::files(&root.join("crates"), ".rs").iter().chain(&repo::files(&root.join("testing"), ".rs"))
    {
        let conformance = path.with_extension("").components().any(|part| part.as_os_str() == "conformance");
        let tests = rust_source::tests(&repo::read(path)?, conformance);
        found.extend(tests.into_iter().map(|test| citing(path, &test.name, test.words)));
    }
    for path in repo::files(&root.join("testing"), ".py") {
        let is_test = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("test_"));
        if is_test {
            let tests = python::tests(&repo::read(&path)?);
            found.extend(tests.into_iter().map(|test| citing(&path, &test.name, test.words)));
        }
    }
    Ok(found)
}

fn citing(path: &Path, name: &str, words: String) -> Citing {
    Citing { test: format!("{}::{name}", repo::shown(path)), lines: scan::citations(&words), words }
}

/// Behaviour -> the tests that cite it.
pub(crate) fn by_line(tests: &[Citing]) -> BTreeMap<u16, Vec<&str>> {
    let mut found: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for test in tests {
        for line in &test.lines {
            found.entry(*line).or_default().push(&test.test);
        }
    }
    found
}

/// The end-to-end tests that show an action: those of its own file; else those that name it.
pub(crate) fn tests_of_action<'a>(tests: &'a [Citing], action: &str) -> Vec<&'a str> {
    let snake = actions::snake_case(action);
    let own_file = format!("testing/e2e/test_{snake}.py::");
    let in_e2e = || tests.iter().filter(|test| test.test.starts_with("testing/e2e/"));
    let own: Vec<_> =
        in_e2e().filter(|test| test.test.starts_with(&own_file)).map(|test| test.test.as_str()).collect();
    if !own.is_empty() {
        return own;
    }
    in_e2e()
        .filter(|test| names(&test.words, action) || names(&test.words, &snake))
        .map(|test| test.test.as_str())
        .collect()
}

/// Does `words` hold `name` as a whole word? In a test's name the words are joined by `_`, so that is a border for
/// `PutObject` and its snake-case form alike, but `put_object_acl` must not count for `put_object`.
fn names(words: &str, name: &str) -> bool {
    words.match_indices(name).any(|(at, _)| {
        let after = words[at + name.len()..].chars().next();
        let before = words[..at].chars().next_back();
        !after.is_some_and(char::is_alphanumeric) && !before.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::{citing, names, tests_of_action};
    use crate::repo;

    #[test]
    fn actions_are_named_as_whole_words() {
        assert!(names("Shows PutObject.", "PutObject"));
        assert!(names("test_put_object_refuses", "put_object"));
        assert!(!names("ListObjectsV2", "ListObjects"));
        assert!(!names("CompleteMultipartUploads", "MultipartUpload"));
    }

    #[test]
    fn a_file_of_its_own_shows_an_action_before_mentions_do() {
        let root = repo::root();
        let own = citing(&root.join("testing/e2e/test_put_object.py"), "test_a", String::new());
        let other = citing(&root.join("testing/e2e/test_x.py"), "test_b", "PutObject HeadObject".to_owned());
        let tests = [own, other];
        assert_eq!(tests_of_action(&tests, "PutObject"), ["testing/e2e/test_put_object.py::test_a"]);
        assert_eq!(tests_of_action(&tests, "HeadObject"), ["testing/e2e/test_x.py::test_b"]);
        assert!(tests_of_action(&tests, "GetObject").is_empty());
    }
}
