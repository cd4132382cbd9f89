//! Work: the folder that a suite runs in, below the target folder, and what was fetched to run.

use std::path::{Path, PathBuf};

use crate::repo::{self, Told};
use crate::shell;

/// Where a suite is, and where it may write.
pub(super) struct Work {
    /// The suite's repository.
    pub(super) source: PathBuf,
    /// What outlives a run: virtualenvs, built programs, data files.
    pub(super) kept: PathBuf,
    /// This run's own files; empty at its start.
    pub(super) run: PathBuf,
    /// Only tests whose name or group has this in it.
    pub(super) only: Option<String>,
}

impl Work {
    /// Empties the folder of the last run.
    ///
    /// # Errors
    /// When the source is not there or the folder cannot be made.
    pub(super) fn new(suite: &str, source: &Path, only: Option<String>) -> Told<Self> {
        let source = source.canonicalize().map_err(|error| format!("{}: {error}", source.display()))?;
        let kept = repo::target_dir().join("conformance").join(suite);
        let run = kept.join("run");
        let _ = std::fs::remove_dir_all(&run);
        std::fs::create_dir_all(&run).map_err(|error| format!("{}: {error}", run.display()))?;
        Ok(Self { source, kept, run, only })
    }

    /// Is the test wanted?
    pub(super) fn wants(&self, name: &str, group: &str) -> bool {
        self.only.as_ref().is_none_or(|word| name.contains(word) || group.contains(word))
    }

    /// The suite's commit and its date.
    ///
    /// # Errors
    /// When the source is no git repository.
    pub(super) fn commit(&self) -> Told<(String, String)> {
        let mut git = shell::command("git");
        let line = shell::stdout_of(git.arg("-C").arg(&self.source).args(["log", "-1", "--format=%H %cs"]))?;
        let (commit, date) = line.trim().split_once(' ').ok_or("git log said nothing")?;
        Ok((commit.to_owned(), date.to_owned()))
    }

    /// A file of the suite.
    ///
    /// # Errors
    /// When it is not there: the source is of another suite, or of another time.
    pub(super) fn read(&self, path: &str) -> Told<String> {
        repo::read(&self.source.join(path))
    }
}

/// Writes a file and returns its path.
pub(super) fn write(folder: &Path, name: &str, text: &str) -> Told<PathBuf> {
    let path = folder.join(name);
    repo::write(&path, text).map(|()| path)
}

/// Today, as `2026-11-22`.
pub(super) fn today() -> Told<String> {
    Ok(shell::stdout_of(shell::command("date").args(["-u", "+%F"]))?.trim().to_owned())
}
