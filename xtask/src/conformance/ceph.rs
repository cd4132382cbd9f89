//! ceph/s3-tests: the tests that ask for S3 rather than for Ceph, and every test of multipart upload; by pytest.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::outcome::{Outcome, Results};
use super::store::{Account, Source, Store, clean};
use super::venv::venv;
use super::work::{self, Work};
use crate::repo::Told;
use crate::shell;

/// For readers of the figures.
pub(super) const ABOUT: &str = "Group `selection` is every test of `test_s3.py` that asks for S3 rather than for Ceph or for \
                                more of AWS than S3; group `multipart` every test of multipart upload, whatever its marks.";

/// Buckets have ACLs and no public access block, as they had until 2023; the KMS has two keys.
pub(super) const SETTINGS: &str = "\
[new_buckets]
object_ownership = \"ObjectWriter\"
block_public_access = false

[encryption]
kms_keys = [\"conformance-1\", \"conformance-2\"]
";

/// For tests that wait for a lifecycle day to pass: it lasts as long as the suite's.
const SHORT_DAYS: &str = "\n[lifecycle]\nday_seconds = 10\n";

const TESTS: &str = "s3tests/functional/test_s3.py";

/// Reads the date that an object expires at, and so asks for days that last a day.
fn reads_dates(test: &str) -> bool {
    test.contains("_expiration_header")
}

/// How wide pytest may write: its summary then says why a test failed.
const COLUMNS: &str = "400";

/// A choice of tests, and the group that it is counted in.
struct Choice {
    group: &'static str,
    marker: &'static str,
    word: &'static str,
}

/// What is asked of S3 and not of Ceph, or of parts of AWS that no store has.
const CHOICES: &[Choice] = &[
    Choice {
        group: "selection",
        marker: "not fails_on_aws and not bucket_logging and not bucket_logging_cleanup and not cloud_transition \
                 and not cloud_restore and not iam_account and not iam_user",
        word: "",
    },
    Choice {
        group: "multipart",
        marker: "not bucket_logging and not bucket_logging_cleanup",
        word: "multipart or upload_part or get_part or single_get",
    },
];

/// Runs both choices, each test once.
///
/// # Errors
/// When pytest cannot collect the tests.
pub(super) fn run(work: &Work, stores: &Source) -> Told<Results> {
    let python = venv(&work.kept.join("venv"), &work.read("requirements.txt")?)?.join("python");
    let short = stores.with(SHORT_DAYS);
    let store = short.open(work, "store")?;
    let pytest = Pytest::new(work, &python, &short, &store, "s3tests.conf")?;
    let chosen = chosen(work, &pytest)?;
    let (dates, rest): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|(name, _)| reads_dates(name));
    let mut results = pytest.run("tests.txt", &rest)?;
    if !dates.is_empty() {
        drop(store);
        let store = stores.open(work, "store-of-days")?;
        let pytest = Pytest::new(work, &python, stores, &store, "s3tests-of-days.conf")?;
        results.extend(pytest.run("tests-of-days.txt", &dates)?);
    }
    Ok(results)
}

/// A test and its groups.
type Chosen = (String, Vec<String>);

fn chosen(work: &Work, pytest: &Pytest<'_>) -> Told<Vec<Chosen>> {
    let mut chosen: Vec<Chosen> = Vec::new();
    for choice in CHOICES {
        let mut collect = pytest.command();
        collect.args(["--collect-only", "-q", "-m", choice.marker, "-k", choice.word, TESTS]);
        let listed = shell::stdout_of(&mut collect)?;
        for name in listed.lines().filter_map(|line| line.split_once("::")).map(|(_, name)| name) {
            if !work.wants(name, choice.group) {
                continue;
            }
            match chosen.iter_mut().find(|(known, _)| known == name) {
                Some((_, groups)) => groups.push(choice.group.to_owned()),
                None => chosen.push((name.to_owned(), vec![choice.group.to_owned()])),
            }
        }
    }
    Ok(chosen)
}

/// pytest, configured for a store.
struct Pytest<'w> {
    work: &'w Work,
    python: &'w Path,
    config: PathBuf,
}

impl<'w> Pytest<'w> {
    fn new(work: &'w Work, python: &'w Path, stores: &Source, store: &Store, config: &str) -> Told<Self> {
        let config = work::write(&work.run, config, &configuration(stores, store)?)?;
        Ok(Self { work, python, config })
    }

    fn command(&self) -> Command {
        let mut command = clean(self.python);
        command.current_dir(&self.work.source).args(["-m", "pytest", "-p", "no:cacheprovider"]);
        command.env("S3TEST_CONF", &self.config).env("AWS_DEFAULT_REGION", "us-east-1");
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("COLUMNS", COLUMNS);
        command
    }

    fn run(&self, list: &str, chosen: &[Chosen]) -> Told<Results> {
        if chosen.is_empty() {
            return Ok(Results::default()); // with an empty list pytest would run everything
        }
        let paths: Vec<_> = chosen.iter().map(|(name, _)| format!("{TESTS}::{name}")).collect();
        let list = work::write(&self.work.run, list, &paths.join("\n"))?;
        let mut tests = self.command();
        tests.args(["-v", "-rfEs", "--tb=short"]).arg(at(&list));
        let mut lines = Vec::new();
        shell::succeeds_with_lines(&mut tests, |line| lines.push(line.to_owned()))?;
        Ok(read_report(&lines, chosen))
    }
}

fn at(list: &Path) -> String {
    format!("@{}", list.display())
}

/// `path::test_a PASSED [ 1%]` while it runs, `FAILED path::test_a - why` at its end.
fn read_report(lines: &[String], chosen: &[(String, Vec<String>)]) -> Results {
    let mut results = Results::default();
    for (name, groups) in chosen {
        let progress = format!("{TESTS}::{name} ");
        let why = |kind: &str| {
            let line = format!("{kind} {TESTS}::{name} - ");
            lines.iter().find_map(|found| found.strip_prefix(&line)).unwrap_or(kind).to_owned()
        };
        for line in lines.iter().filter_map(|line| line.strip_prefix(&progress)) {
            let outcome = match line.split_whitespace().next() {
                Some("PASSED") => Outcome::Passed,
                Some("SKIPPED") => Outcome::Skipped(line.to_owned()),
                Some("ERROR") => Outcome::Failed(why("ERROR")),
                Some("FAILED") => Outcome::Failed(why("FAILED")),
                _ => continue,
            };
            results.add(name, groups, outcome);
        }
        if results.outcome(name).is_none() {
            results.add(name, groups, Outcome::Failed("pytest ended before it".to_owned()));
        }
    }
    results
}

/// The suite's configuration file: three accounts with keys, and sections that it insists on and these tests do not use.
fn configuration(stores: &Source, store: &Store) -> Told<String> {
    let (host, port) = store.host_and_port();
    let mut text = format!(
        "[DEFAULT]\nhost = {host}\nport = {port}\nis_secure = False\nssl_verify = False\n\n\
         [fixtures]\nbucket prefix = conformance-{{random}}-\niam name prefix = c-\niam path prefix = /c/\n"
    );
    for (section, name) in [("s3 main", "main"), ("s3 alt", "alt"), ("s3 tenant", "tenant")] {
        text += &section_of(section, &stores.account(store, name)?);
    }
    for section in ["iam", "iam root", "iam alt root"] {
        text += &section_of(section, &store.root);
    }
    Ok(text)
}

fn section_of(section: &str, account: &Account) -> String {
    let Account { name, access_key, secret_key, id } = account;
    let email = account.email();
    format!(
        "\n[{section}]\ndisplay_name = {name}\nuser_id = {id}\nemail = {email}\napi_name = us-east-1\n\
         access_key = {access_key}\nsecret_key = {secret_key}\ntenant = conformance\nlc_debug_interval = 10\n\
         kms_keyid = conformance-1\nkms_keyid2 = conformance-2\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{Outcome, TESTS, read_report};

    #[test]
    fn pytest_reports_are_read() {
        let chosen: Vec<_> =
            ["test_a", "test_b[x-1]", "test_c", "test_d"].map(|name| (name.to_owned(), vec![])).into();
        let lines = [
            format!("{TESTS}::test_a PASSED           [ 25%]"),
            format!("{TESTS}::test_a ERROR            [ 25%]"),
            format!("{TESTS}::test_b[x-1] PASSED      [ 50%]"),
            format!("{TESTS}::test_c SKIPPED (no key) [ 75%]"),
            format!("ERROR {TESTS}::test_a - ValueError: x"),
        ];
        let results = read_report(&lines, &chosen);
        assert_eq!(results.totals(), (1, 4));
        assert_eq!(results.outcome("test_a"), Some(&Outcome::Failed("ValueError: x".to_owned())));
        assert!(matches!(results.outcome("test_c"), Some(Outcome::Skipped(_))));
        assert!(matches!(results.outcome("test_d"), Some(Outcome::Failed(_))));
    }
}
