//! Running other programs: shown as they run, their output kept for counting.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::repo::{self, Told};

/// A command that runs in the repository's root.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(repo::root());
    command
}

/// `cargo`, the one that started us.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs it with its output going where ours goes. `false`: it ran and failed.
pub(crate) fn succeeds(command: &mut Command) -> Told<bool> {
    command.status().map(|status| status.success()).map_err(|error| not_started(command, &error))
}

/// As `succeeds`, and every line of its stdout is shown and handed to `each`.
pub(crate) fn succeeds_with_lines(command: &mut Command, mut each: impl FnMut(&str)) -> Told<bool> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| not_started(command, &error))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            each(&line);
        }
    }
    let status = child.wait().map_err(|error| not_started(command, &error))?;
    Ok(status.success())
}

/// Runs it and returns its stdout; stderr goes where ours goes.
pub(crate) fn stdout_of(command: &mut Command) -> Told<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        return Err(format!("{} failed", name_of(command)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Can it be run at all? Its output is dropped.
pub(crate) fn runs(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    format!("failed to run {}: {error}", name_of(command))
}

fn name_of(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
