//! Expected: docs/conformance/SUITE.toml, which tests do not pass and why that is right, or not yet done.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use super::Suite;
use super::outcome::{Outcome, Results};
use super::work::Work;
use crate::repo::{self, Told};

/// The file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Expected {
    /// Where the suite comes from.
    pub(super) repository: String,
    /// The suite's commit that ran.
    pub(super) commit: String,
    /// That commit's day.
    pub(super) commit_date: String,
    /// The day of the run.
    pub(super) run_date: String,
    /// How to run it again.
    pub(super) command: String,
    /// Tests that pass.
    pub(super) passed: u64,
    /// Tests that run.
    pub(super) total: u64,
    /// The same by group.
    pub(super) groups: BTreeMap<String, (u64, u64)>,
    /// Every test that does not pass.
    pub(super) not_passing: Vec<Entry>,
}

/// How many tests do not pass for which reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reasons {
    /// AWS does otherwise, as a numbered behaviour says.
    pub(super) contradicts: u64,
    /// AWS does otherwise, or only the suite's own server does so.
    pub(super) specific: u64,
    /// To be done.
    pub(super) not_yet: u64,
}

/// A test that does not pass, and exactly one reason.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Its name.
    pub(super) test: String,
    /// The groups that it counts in.
    #[serde(default)]
    pub(super) groups: Vec<String>,
    /// The numbered behaviours that it contradicts (`b61`); `why` says how.
    contradicts: Option<String>,
    /// What AWS does otherwise, where no numbered behaviour says so, or what of the suite's own server it wants.
    specific: Option<String>,
    /// What is not done yet.
    not_yet: Option<String>,
    why: Option<String>,
}

impl Expected {
    /// Reads the file; a missing one expects nothing.
    ///
    /// # Errors
    /// What is wrong in it.
    pub(super) fn read(path: &Path) -> Told<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        Self::parse(&repo::read(path)?).map_err(|error| format!("{}: {error}", repo::shown(path)))
    }

    fn parse(text: &str) -> Told<Self> {
        let expected: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for entry in &expected.not_passing {
            entry.check()?;
        }
        Ok(expected)
    }

    /// Counts the reasons, of the tests of one group or of all.
    pub(super) fn reasons(&self, group: Option<&str>) -> Reasons {
        let mut reasons = Reasons::default();
        let is_in = |entry: &Entry| group.is_none_or(|group| entry.groups.iter().any(|name| name == group));
        for entry in self.not_passing.iter().filter(|entry| is_in(entry)) {
            reasons.contradicts += u64::from(entry.contradicts.is_some());
            reasons.specific += u64::from(entry.specific.is_some());
            reasons.not_yet += u64::from(entry.not_yet.is_some());
        }
        reasons
    }

    /// The entry of a test.
    pub(super) fn entry(&self, test: &str) -> Option<&Entry> {
        self.not_passing.iter().find(|entry| entry.test == test)
    }

    /// The file's text after a run: counts and header anew, reasons kept, new failures as `not_yet`.
    ///
    /// # Errors
    /// When the suite's commit cannot be told.
    pub(super) fn accept(&self, suite: &Suite, work: &Work, results: &Results) -> Told<String> {
        let (commit, commit_date) = work.commit()?;
        let (passed, total) = results.totals();
        let name = suite.name;
        let mut text = format!(
            "# What the suite says of Drystone; README.md explains the entries.\n\
             repository = \"{}\"\ncommit = \"{commit}\"\ncommit_date = \"{commit_date}\"\nrun_date = \"{}\"\n\
             command = \"cargo xtask conformance {name} --source DIR\"\npassed = {passed}\ntotal = {total}\n\n[groups]\n",
            suite.repository,
            work::today()?,
        );
        for (group, (passed, total)) in results.groups() {
            let _ = writeln!(text, "{} = [{passed}, {total}]", quoted(&group));
        }
        for (test, outcome) in results.not_passing() {
            let entry = self.entry(test).cloned().unwrap_or_else(|| Entry::new(test, outcome));
            text += &Entry { groups: results.groups_of(test), ..entry }.text();
        }
        Ok(text)
    }
}

use super::work;

impl Entry {
    fn new(test: &str, outcome: &Outcome) -> Self {
        let why = match outcome {
            Outcome::Passed => "",
            Outcome::Failed(why) | Outcome::Skipped(why) => why,
        };
        let short: String = why.chars().take(200).collect();
        Self { test: test.to_owned(), not_yet: Some(short), ..Self::default() }
    }

    fn check(&self) -> Told<()> {
        let reasons = [&self.contradicts, &self.specific, &self.not_yet];
        if reasons.iter().filter(|reason| reason.is_some()).count() != 1 {
            return Err(format!("{} needs one of contradicts, specific, not_yet", self.test));
        }
        let Some(lines) = &self.contradicts else { return Ok(()) };
        let numbered =
            |line: &str| line.strip_prefix('b').is_some_and(|number| number.parse::<u16>().is_ok());
        if !lines.split(", ").all(numbered) || self.why.is_none() {
            return Err(format!(
                "{}: contradicts names behaviours (\"b61, b62\"), and why says how",
                self.test
            ));
        }
        Ok(())
    }

    fn text(&self) -> String {
        let groups = self.groups.iter().map(|group| quoted(group)).collect::<Vec<_>>().join(", ");
        let mut text = format!("\n[[not_passing]]\ntest = {}\ngroups = [{groups}]\n", quoted(&self.test));
        let fields = [
            ("contradicts", &self.contradicts),
            ("specific", &self.specific),
            ("not_yet", &self.not_yet),
            ("why", &self.why),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                let _ = writeln!(text, "{name} = {}", quoted(value));
            }
        }
        text
    }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text.split_whitespace().collect::<Vec<_>>().join(" ")).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Entry, Expected, Reasons};

    #[test]
    fn every_entry_has_exactly_one_reason() {
        let read = |reason: &str| Expected::parse(&format!("[[not_passing]]\ntest = \"t\"\n{reason}"));
        assert!(read("specific = \"wants a tenant\"").is_ok());
        assert!(read("contradicts = \"b61, b62\"\nwhy = \"another code\"").is_ok());
        for bad in [
            "",
            "why = \"so\"",
            "contradicts = \"b61\"",
            "contradicts = \"61\"\nwhy = \"x\"",
            "specific = \"a\"\nnot_yet = \"b\"",
            "specifics = \"a\"",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reasons_are_counted() {
        let text = "[[not_passing]]\ntest = \"a\"\ngroups = [\"g\"]\nspecific = \"x\"\n\
                    [[not_passing]]\ntest = \"b\"\nnot_yet = \"y\"";
        let list = Expected::parse(text).expect("legal");
        assert_eq!(list.reasons(None), Reasons { contradicts: 0, specific: 1, not_yet: 1 });
        assert_eq!(list.reasons(Some("g")), Reasons { contradicts: 0, specific: 1, not_yet: 0 });
        assert!(Expected::parse("comit = \"a\"").is_err());
    }

    #[test]
    fn an_entry_survives_being_written() {
        let entry =
            Entry { test: "t[a-\"b\"]".to_owned(), specific: Some("x \\ y".to_owned()), ..Entry::default() };
        let entry = Entry { groups: vec!["one".to_owned(), "two".to_owned()], ..entry };
        let read = Expected::parse(&entry.text()).expect("legal");
        assert_eq!((&read.not_passing[0].test, &read.not_passing[0].groups), (&entry.test, &entry.groups));
        assert_eq!(read.not_passing[0].specific, entry.specific);
    }
}
