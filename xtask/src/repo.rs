//! Where things are: the repository's root, the target folder, the files of a kind.

use std::fs;
use std::path::{Path, PathBuf};

/// What goes wrong here is told to a person, so an error is its text.
pub(crate) type Told<T> = Result<T, String>;

/// The repository's root: the parent of this package.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Cargo's target folder: `CARGO_TARGET_DIR`, else `target` in the root.
pub(crate) fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Reads a file of the repository; the error names it.
pub(crate) fn read(path: &Path) -> Told<String> {
    fs::read_to_string(path).map_err(|error| format!("failed to read {}: {error}", shown(path)))
}

/// Writes a file of the repository; the error names it.
pub(crate) fn write(path: &Path, text: &str) -> Told<()> {
    fs::write(path, text).map_err(|error| format!("failed to write {}: {error}", shown(path)))
}

/// Every file below `folder` whose name ends in `ending`, in order of path. Hidden folders and targets are passed over;
/// a folder that does not exist has no files.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                let skipped = name.starts_with('.') || name == "target" || name == "__pycache__";
                if !skipped {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path as people read it: relative to the root where it is inside.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
