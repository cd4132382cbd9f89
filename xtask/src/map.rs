//! `map`: a tree of every .rs file with its first line, so that the code can be found by reading one page.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::repo::{self, Told};

/// Prints the tree; fails naming the files that do not say what they hold.
pub(crate) fn run() -> Told<()> {
    let mut silent = Vec::new();
    let mut tree = String::new();
    let mut folder = PathBuf::new();
    for path in sources() {
        let parent = path.parent().unwrap_or(&path).to_path_buf();
        if parent != folder {
            let _ = writeln!(tree, "{}", repo::shown(&parent));
            folder = parent;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match first_line(&repo::read(&path)?) {
            Some(line) => drop(writeln!(tree, "    {name:<24} {line}")),
            None => silent.push(repo::shown(&path)),
        }
    }
    // A reader like `head` may close the pipe early; that is no failure of ours.
    let _ = std::io::stdout().write_all(tree.as_bytes());
    if silent.is_empty() {
        return Ok(());
    }
    Err(format!("these files do not begin with `//!` and what they hold:\n  {}", silent.join("\n  ")))
}

fn sources() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for top in ["crates", "testing", "xtask"] {
        paths.extend(repo::files(&repo::root().join(top), ".rs"));
    }
    paths.sort_by_key(|path| (path.parent().map(Path::to_path_buf), path.clone()));
    paths
}

fn first_line(source: &str) -> Option<&str> {
    source.lines().next()?.strip_prefix("//!").map(str::trim)
}
