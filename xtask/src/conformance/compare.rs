//! Differences between what a suite did and what docs/conformance says that it does.

use super::expected::Expected;
use super::outcome::{Outcome, Results};

/// One line for each difference. `whole`: everything ran, so tests that did not run and counts are compared as well.
pub(super) fn differences(expected: &Expected, results: &Results, whole: bool) -> Vec<String> {
    let mut found = Vec::new();
    for (test, outcome) in results.not_passing() {
        if expected.entry(test).is_none() {
            found.push(match outcome {
                Outcome::Skipped(why) => format!("SKIPPED    {test}: {why}"),
                Outcome::Failed(why) => format!("FAILED     {test}: {why}"),
                Outcome::Passed => unreachable!("it does not pass"),
            });
        }
    }
    for entry in &expected.not_passing {
        match results.outcome(&entry.test) {
            Some(Outcome::Passed) => found.push(format!("PASSES NOW {}", entry.test)),
            None if whole => found.push(format!("NOT RUN    {}", entry.test)),
            _ => {}
        }
    }
    if whole {
        found.extend(counts(expected, results));
    }
    found
}

/// New and missing tests show in the counts, by group.
fn counts(expected: &Expected, results: &Results) -> Vec<String> {
    let groups = results.groups();
    let mut names: Vec<_> = expected.groups.keys().chain(groups.keys()).collect();
    names.sort();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let (was, is) = (expected.groups.get(name), groups.get(name));
        let total = |count: Option<&(u64, u64)>| count.map_or(0, |(_, total)| *total);
        if total(was) != total(is) {
            found.push(format!("TESTS      {name}: {} expected, {} ran", total(was), total(is)));
        }
    }
    if (expected.passed, expected.total) != results.totals() {
        let (passed, total) = results.totals();
        found.push(format!(
            "TOTAL      {} of {} expected, {passed} of {total} passed",
            expected.passed, expected.total
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::expected::Expected;
    use super::super::outcome::{Outcome, Results};
    use super::differences;

    fn expected(text: &str) -> Expected {
        toml::from_str(text).expect("legal")
    }

    fn results(failing: &[&str], passing: &[&str]) -> Results {
        let mut results = Results::default();
        for name in failing {
            results.add(name, &["g".to_owned()], Outcome::Failed("why".to_owned()));
        }
        for name in passing {
            results.add(name, &["g".to_owned()], Outcome::Passed);
        }
        results
    }

    #[test]
    fn any_change_is_a_difference() {
        let known =
            "passed = 1\ntotal = 2\ngroups = { g = [1, 2] }\n[[not_passing]]\ntest = \"a\"\nspecific = \"x\"";
        let known = expected(known);
        assert!(differences(&known, &results(&["a"], &["b"]), true).is_empty());
        let found =
            |failing: &[&str], passing: &[&str]| differences(&known, &results(failing, passing), true);
        assert!(found(&["a", "b"], &[])[0].starts_with("FAILED     b"));
        assert!(found(&[], &["a", "b"])[0].starts_with("PASSES NOW a"));
        assert!(found(&[], &["b"])[0].starts_with("NOT RUN    a"));
        assert!(found(&["a"], &["b", "c"])[0].starts_with("TESTS      g: 2 expected, 3 ran"));
    }

    #[test]
    fn part_of_a_suite_says_nothing_of_the_rest() {
        let known = expected("passed = 9\ntotal = 10\n[[not_passing]]\ntest = \"z\"\nspecific = \"x\"");
        assert!(differences(&known, &results(&[], &["b"]), false).is_empty());
    }
}
