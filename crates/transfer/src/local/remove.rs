//! Remove: files that a command takes away: after they were moved, or because the source has them no more.

use super::folder::Folder;
use super::safe_path::SafePath;
use crate::error::TransferError;
use rustix::fs::AtFlags;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file as it was before it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    path: PathBuf,
    /// Device, inode, bytes, and the last change in seconds and nanoseconds.
    found: (u64, u64, u64, i64, i64),
}

impl Seen {
    /// Looks at a file. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Local`].
    pub fn look(path: &Path) -> Result<Self, TransferError> {
        let found = std::fs::metadata(path).map_err(|source| TransferError::Local {
            what: "read",
            path: path.to_owned(),
            source,
        })?;
        let found = (found.dev(), found.ino(), found.len(), found.mtime(), found.mtime_nsec());
        Ok(Self { path: path.to_owned(), found })
    }

    /// Removes it if it is still what it was; of a link the link. Blocks.
    ///
    /// # Errors
    /// [`TransferError::SourceChanged`]: it stays. [`TransferError::Local`].
    pub fn remove(self) -> Result<(), TransferError> {
        if Self::look(&self.path)? != self {
            let how = "it was written to after it was sent; it stays here".to_owned();
            return Err(TransferError::SourceChanged { path: self.path, how });
        }
        unlink(rustix::fs::CWD, &self.path).map_err(|source| failed(&self.path, source))
    }
}

/// Removes a file below a folder; one that is gone already is fine. Links that lead out of the folder are not followed. Blocks.
///
/// # Errors
/// [`TransferError::UnsafeKey`], [`TransferError::Local`].
pub fn remove_below(folder: &Folder, path: &str) -> Result<(), TransferError> {
    let safe = SafePath::new(path)
        .map_err(|why| TransferError::UnsafeKey { key: path.to_owned(), why: why.to_string() })?;
    let parent = folder.parent_of(path, &safe)?;
    match unlink(&parent, Path::new(safe.name())) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failed(&safe.below(folder.path()), error))
        }
        _ => Ok(()),
    }
}

fn unlink(dir: impl std::os::fd::AsFd, name: &Path) -> io::Result<()> {
    rustix::fs::unlinkat(dir, name, AtFlags::empty()).map_err(io::Error::from)
}

fn failed(path: &Path, source: io::Error) -> TransferError {
    TransferError::Local { what: "remove", path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::{Seen, remove_below};
    use crate::local::folder::Folder;
    use std::fs::{OpenOptions, create_dir};
    use std::io::Write as _;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    fn write(path: &Path, content: &[u8]) {
        OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(content).unwrap();
    }

    #[test]
    fn a_file_that_changed_after_it_was_sent_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        write(&path, b"a");
        let seen = Seen::look(&path).unwrap();
        write(&path, b"b");
        assert!(seen.remove().unwrap_err().to_string().contains("it stays here"));
        Seen::look(&path).unwrap().remove().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn of_a_link_the_link_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("f"), dir.path().join("l"));
        write(&path, b"a");
        symlink("f", &link).unwrap();
        Seen::look(&link).unwrap().remove().unwrap();
        assert!(path.exists() && link.symlink_metadata().is_err());
    }

    #[test]
    fn nothing_outside_of_the_folder_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let (inside, outside) = (dir.path().join("in"), dir.path().join("out"));
        create_dir(&inside).unwrap();
        create_dir(&outside).unwrap();
        write(&inside.join("a"), b"x");
        write(&outside.join("a"), b"x");
        symlink(&outside, inside.join("away")).unwrap();
        let folder = Folder::open(&inside).unwrap();
        for path in ["away/a", "../out/a", "/etc/hostname", ""] {
            assert!(remove_below(&folder, path).is_err(), "{path}");
        }
        assert!(outside.join("a").exists());
        remove_below(&folder, "a").unwrap();
        remove_below(&folder, "a").unwrap();
        assert!(!inside.join("a").exists());
    }
}
