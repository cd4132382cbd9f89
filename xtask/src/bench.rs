//! `bench`: the measurements of docs/BENCHMARKS.md, on the release build; each prints one JSON line.

use crate::repo::{self, Told};
use crate::{shell, suites};

const NAMES: &[&str] = &["complete", "listing", "memory", "restart", "client"];

/// Runs the named benches (`all`: every one), one after the other; words from the first flag on go to each of them.
pub(crate) fn run(names: &[&str]) -> Told<()> {
    let (names, flags) =
        names.split_at(names.iter().position(|word| word.starts_with("--")).unwrap_or(names.len()));
    let names = if names == ["all"] { NAMES } else { names };
    if let Some(unknown) = names.iter().find(|name| !NAMES.contains(name)) {
        return Err(format!("no bench is called {unknown}; there are: {}", NAMES.join(", ")));
    }
    suites::build_program(true)?;
    let python = suites::virtualenv()?;
    let folder = repo::root().join("testing/bench");
    let mut failed = Vec::new();
    for name in names {
        let mut command = shell::command(&python);
        command.arg(folder.join(format!("{name}.py"))).args(flags);
        command.env("DRYSTONE_BIN", suites::program(true)).env("PYTHONDONTWRITEBYTECODE", "1");
        if !shell::succeeds(&mut command)? {
            failed.push(*name);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}
