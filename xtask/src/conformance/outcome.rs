//! Results: what each test of a suite did, and the groups that the suite's reports count in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What a test did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It passed.
    Passed,
    /// It failed; the first line of why.
    Failed(String),
    /// It did not want to run; why.
    Skipped(String),
}

/// One test.
#[derive(Clone, Debug)]
struct Test {
    outcome: Outcome,
    groups: BTreeSet<String>,
}

/// Every test that ran, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Results {
    tests: BTreeMap<String, Test>,
}

impl Results {
    /// Adds a test. One that is there already keeps its outcome unless the new one is worse, and is in both groups.
    pub(super) fn add(&mut self, name: &str, groups: &[String], outcome: Outcome) {
        let test = self
            .tests
            .entry(name.to_owned())
            .or_insert_with(|| Test { outcome: outcome.clone(), groups: BTreeSet::new() });
        if outcome != Outcome::Passed {
            test.outcome = outcome;
        }
        test.groups.extend(groups.iter().cloned());
    }

    /// Adds the tests of another part of the suite.
    pub(super) fn extend(&mut self, other: Self) {
        self.tests.extend(other.tests);
    }

    /// Did nothing run?
    pub(super) fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// What a test did, if it ran.
    pub(super) fn outcome(&self, name: &str) -> Option<&Outcome> {
        self.tests.get(name).map(|test| &test.outcome)
    }

    /// The groups of a test.
    pub(super) fn groups_of(&self, name: &str) -> Vec<String> {
        self.tests.get(name).map(|test| test.groups.iter().cloned().collect()).unwrap_or_default()
    }

    /// The tests that did not pass, in order of name.
    pub(super) fn not_passing(&self) -> impl Iterator<Item = (&str, &Outcome)> {
        let tests = self.tests.iter().map(|(name, test)| (name.as_str(), &test.outcome));
        tests.filter(|(_, outcome)| **outcome != Outcome::Passed)
    }

    /// How many passed, of how many.
    pub(super) fn totals(&self) -> (u64, u64) {
        count(self.tests.values())
    }

    /// The same by group.
    pub(super) fn groups(&self) -> BTreeMap<String, (u64, u64)> {
        let names: BTreeSet<_> = self.tests.values().flat_map(|test| test.groups.iter()).collect();
        let counted = |name: &String| count(self.tests.values().filter(|test| test.groups.contains(name)));
        names.into_iter().map(|name| (name.clone(), counted(name))).collect()
    }

    /// A table of groups, and the total.
    pub(super) fn summary(&self) -> String {
        let mut text = String::new();
        let all = ("all".to_owned(), self.totals());
        for (name, (passed, total)) in self.groups().into_iter().chain([all]) {
            let _ = writeln!(text, "{name:<40} {passed:>4} of {total}");
        }
        text
    }
}

fn count<'a>(tests: impl Iterator<Item = &'a Test>) -> (u64, u64) {
    tests.fold((0, 0), |(passed, total), test| {
        (passed + u64::from(test.outcome == Outcome::Passed), total + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Results};

    #[test]
    fn a_test_in_two_groups_counts_once_in_all_and_its_worse_outcome_stays() {
        let mut results = Results::default();
        results.add("a", &["one".to_owned()], Outcome::Passed);
        results.add("a", &["two".to_owned()], Outcome::Failed("teardown".to_owned()));
        results.add("b", &["two".to_owned()], Outcome::Passed);
        assert_eq!(results.totals(), (1, 2));
        assert_eq!(results.groups()["two"], (1, 2));
        assert_eq!(results.not_passing().count(), 1);
    }
}
