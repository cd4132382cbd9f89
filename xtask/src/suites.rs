//! The suites of `test`, fastest failure first: what each runs and how it counts.

use std::path::PathBuf;

use crate::repo::{self, Told};
use crate::{cli_page, compatibility, coverage, layers, shell};

/// How many tests of a suite passed, failed, were skipped; and why, where that needs saying.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
    /// Tests that did not run.
    pub(crate) skipped: u64,
    /// For the table.
    pub(crate) note: String,
}

/// How `test` was called.
#[derive(Default)]
pub(crate) struct Options {
    /// No release build; end to end only the walkthrough.
    pub(crate) quick: bool,
    /// Further words for cargo test or pytest.
    pub(crate) words: Vec<String>,
}

/// One suite.
pub(crate) struct Suite {
    /// Its name, for `--only`.
    pub(crate) name: &'static str,
    /// Runs it. An error counts as one failure.
    pub(crate) run: fn(&Options) -> Told<Counts>,
}

/// All suites, in order.
pub(crate) const ALL: &[Suite] = &[
    Suite { name: "fmt", run: fmt },
    Suite { name: "layers", run: |_| Ok(one(&layers::differences()?, "cargo xtask layers")) },
    Suite { name: "clippy", run: clippy },
    Suite { name: "docs", run: docs },
    Suite { name: "generated", run: |_| generated() },
    Suite {
        name: "coverage",
        run: |_| Ok(one(&coverage::missing(&coverage::tests()?)?, "cargo xtask coverage")),
    },
    Suite { name: "rust", run: rust },
    Suite { name: "e2e", run: e2e },
];

fn generated() -> Told<Counts> {
    compatibility::check()?;
    cli_page::check()?;
    Ok(Counts { passed: 2, ..Counts::default() })
}

fn passed() -> Counts {
    Counts { passed: 1, ..Counts::default() }
}

fn failed(note: &str) -> Counts {
    Counts { failed: 1, note: note.to_owned(), ..Counts::default() }
}

fn skipped(note: &str) -> Counts {
    Counts { skipped: 1, note: format!("SKIPPED: {note}"), ..Counts::default() }
}

/// A check that lists what is wrong.
fn one(wrong: &[String], command: &str) -> Counts {
    for line in wrong {
        println!("  {line}");
    }
    if wrong.is_empty() { passed() } else { failed(&format!("{} found; see: {command}", wrong.len())) }
}

fn check(ok: bool, note: &str) -> Counts {
    if ok { passed() } else { failed(note) }
}

fn fmt(_: &Options) -> Told<Counts> {
    if !shell::runs(shell::cargo().args(["fmt", "--version"])) {
        return Ok(skipped("rustfmt is missing; `rustup component add rustfmt` installs it"));
    }
    Ok(check(
        shell::succeeds(shell::cargo().args(["fmt", "--all", "--check"]))?,
        "to fix it: cargo fmt --all",
    ))
}

fn clippy(_: &Options) -> Told<Counts> {
    if !shell::runs(shell::cargo().args(["clippy", "--version"])) {
        return Ok(skipped("clippy is missing; `rustup component add clippy` installs it"));
    }
    let mut cargo = shell::cargo();
    cargo.args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    Ok(check(shell::succeeds(&mut cargo)?, "cargo clippy --workspace --all-targets"))
}

fn docs(_: &Options) -> Told<Counts> {
    let mut cargo = shell::cargo();
    cargo.args(["doc", "--quiet", "--no-deps", "--workspace"]).env("RUSTDOCFLAGS", "-D warnings");
    Ok(check(shell::succeeds(&mut cargo)?, "cargo doc --no-deps --workspace"))
}

fn rust(options: &Options) -> Told<Counts> {
    let mut cargo = shell::cargo();
    cargo.args(["test", "--workspace", "--no-fail-fast"]).args(&options.words);
    let mut counts = Counts::default();
    let ok = shell::succeeds_with_lines(&mut cargo, |line| add_result_line(&mut counts, line))?;
    if !ok && counts.failed == 0 {
        return Ok(failed("did not build, or ended early: cargo test --workspace"));
    }
    Ok(counts)
}

/// Adds up `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; …`.
fn add_result_line(counts: &mut Counts, line: &str) {
    let Some(rest) = line.strip_prefix("test result: ") else { return };
    for word in rest.split(['.', ';']) {
        let mut words = word.split_whitespace();
        let (Some(Ok(count)), Some(kind)) = (words.next().map(str::parse::<u64>), words.next()) else {
            continue;
        };
        match kind {
            "passed" => counts.passed += count,
            "failed" => counts.failed += count,
            "ignored" => counts.skipped += count,
            _ => {}
        }
    }
}

fn e2e(options: &Options) -> Told<Counts> {
    build_program(!options.quick)?;
    let python = match virtualenv() {
        Ok(python) => python,
        Err(reason) => return Ok(skipped(&reason)),
    };
    let results = repo::target_dir().join("e2e-results.xml");
    let mut pytest = shell::command(python);
    pytest.current_dir(repo::root().join("testing/e2e")).args(["-m", "pytest"]);
    pytest.arg(format!("--junit-xml={}", results.display()));
    if options.quick {
        pytest.args(["test_walkthrough.py", "-m", "not heavy"]);
    }
    pytest.args(&options.words).env("PYTHONDONTWRITEBYTECODE", "1");
    pytest.env("DRYSTONE_BIN", program(!options.quick));
    let _ = std::fs::remove_file(&results);
    let ok = shell::succeeds(&mut pytest)?;
    let mut counts = repo::read(&results).map(|xml| junit_counts(&xml)).unwrap_or_default();
    if !ok && counts.failed == 0 {
        counts.failed = 1;
        "pytest ended early".clone_into(&mut counts.note);
    }
    Ok(counts)
}

/// The totals of pytest's JUnit report.
fn junit_counts(xml: &str) -> Counts {
    let suite = xml.split("<testsuite ").nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_default();
    let number = |name: &str| -> u64 {
        let value = suite.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
        value.and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    let (failed, skipped) = (number("failures") + number("errors"), number("skipped"));
    Counts { passed: number(" tests").saturating_sub(failed + skipped), failed, skipped, note: String::new() }
}

/// Builds the program, as released or as developed.
pub(crate) fn build_program(release: bool) -> Told<()> {
    let mut cargo = shell::cargo();
    cargo.args(["build", "--package", "drystone", "--bin", "drystone"]);
    if release {
        cargo.arg("--release");
    }
    if shell::succeeds(&mut cargo)? { Ok(()) } else { Err("the program does not build".to_owned()) }
}

/// Where `build_program` puts it.
pub(crate) fn program(release: bool) -> PathBuf {
    repo::target_dir().join(if release { "release" } else { "debug" }).join("drystone")
}

/// The Python of a virtualenv with the pinned requirements; makes it when it is missing or was made from others.
///
/// # Errors
/// Why it cannot be made, with the command that helps.
pub(crate) fn virtualenv() -> Told<PathBuf> {
    let folder = repo::target_dir().join("e2e-venv");
    let python = folder.join("bin/python");
    let requirements = repo::root().join("testing/e2e/requirements.txt");
    let wanted = repo::read(&requirements)?;
    let stamp = folder.join("installed.txt");
    if repo::read(&stamp).is_ok_and(|installed| installed == wanted)
        && shell::runs(shell::command(&python).arg("-V"))
    {
        return Ok(python);
    }
    println!("making a virtualenv in {}", repo::shown(&folder));
    make_virtualenv(&folder)?;
    let mut pip = shell::command(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(&requirements);
    if !shell::succeeds(&mut pip)? {
        return Err("pip cannot install testing/e2e/requirements.txt; is there a network?".to_owned());
    }
    repo::write(&stamp, &wanted)?;
    Ok(python)
}

/// `python3 -m venv`; where Debian leaves that out and we may install packages, installs it and tries again.
pub(crate) fn make_virtualenv(folder: &std::path::Path) -> Told<()> {
    let make = || shell::runs(shell::command("python3").args(["-m", "venv", "--clear"]).arg(folder));
    if make() {
        return Ok(());
    }
    let is_root = shell::stdout_of(shell::command("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if is_root && shell::runs(shell::command("apt-get").arg("--version")) {
        println!("installing python3-venv");
        let mut apt = shell::command("apt-get");
        apt.args(["install", "--yes", "--no-install-recommends", "python3", "python3-venv"]);
        if shell::succeeds(apt.env("DEBIAN_FRONTEND", "noninteractive"))? && make() {
            return Ok(());
        }
    }
    Err("Python 3 with venv is missing; `apt-get install python3 python3-venv` installs it on Debian"
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Counts, add_result_line, junit_counts};

    #[test]
    fn result_lines_of_cargo_test_add_up() {
        let mut counts = Counts::default();
        let lines = [
            "running 3 tests",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
        ];
        for line in lines {
            add_result_line(&mut counts, line);
        }
        assert_eq!((counts.passed, counts.failed, counts.skipped), (15, 2, 1));
    }

    #[test]
    fn junit_totals_are_read() {
        let xml = "<?xml version=\"1.0\"?><testsuites name=\"pytest tests\"><testsuite name=\"pytest\" errors=\"1\" \
                   failures=\"2\" skipped=\"3\" tests=\"10\" time=\"1.5\"><testcase/></testsuite></testsuites>";
        let counts = junit_counts(xml);
        assert_eq!((counts.passed, counts.failed, counts.skipped), (4, 3, 3));
    }
}
