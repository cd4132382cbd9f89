//! StoreLock: one process at a time works on a data folder.
//!
//! The lock is an flock on `DIR/lock`, so the kernel drops it when its holder dies, however it dies. The file holds the
//! holder's process id, for the message only, and stays behind.

use std::fs;
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Name of the lock file inside the data folder.
pub const LOCK_FILE: &str = "lock";

/// The right to work on a data folder, given back on drop.
#[derive(Debug)]
pub struct StoreLock {
    _file: fs::File,
}

/// Why the data folder could not be locked.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process has it.
    #[error("data folder {} is in use by another process ({holder})", dir.display())]
    Held {
        /// The data folder.
        dir: PathBuf,
        /// What the holder wrote about itself: `pid 1234`.
        holder: String,
    },
    /// The lock file cannot be used.
    #[error("failed to lock data folder {}", dir.display())]
    Io {
        /// The data folder.
        dir: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl StoreLock {
    /// Locks the data folder `dir`, which must exist, for this process, without waiting.
    ///
    /// # Errors
    /// [`LockError::Held`] when another process has it, [`LockError::Io`].
    pub fn acquire(dir: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::Io { dir: dir.to_path_buf(), source };
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(dir.join(LOCK_FILE)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(LockError::Held { dir: dir.to_path_buf(), holder: holder(&mut file) });
            }
            Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        // The text only helps a message: a full disk must not keep an administrator out.
        let _ = introduce(&mut file);
        Ok(Self { _file: file })
    }
}

fn introduce(file: &mut fs::File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "pid {}", std::process::id())
}

fn holder(file: &mut fs::File) -> String {
    let mut text = String::new();
    match file.take(64).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "unknown pid".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_and_told_who_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = StoreLock::acquire(dir.path()).unwrap();
        let refused = StoreLock::acquire(dir.path()).unwrap_err();
        assert!(matches!(refused, LockError::Held { .. }));
        assert!(refused.to_string().contains(&format!("pid {}", std::process::id())), "{refused}");
        drop(first);
        StoreLock::acquire(dir.path()).expect("free again");
    }

    #[test]
    fn a_lock_file_left_by_a_dead_process_does_not_hold() {
        let dir = tempfile::tempdir().unwrap();
        drop(StoreLock::acquire(dir.path()).unwrap());
        assert!(dir.path().join(LOCK_FILE).exists());
        StoreLock::acquire(dir.path()).expect("the file alone is no lock");
    }

    #[test]
    fn a_missing_folder_is_an_error_and_is_not_created() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing");
        assert!(matches!(StoreLock::acquire(&missing), Err(LockError::Io { .. })));
        assert!(!missing.exists());
    }
}
