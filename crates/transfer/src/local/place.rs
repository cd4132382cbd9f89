//! Place: where a file is to be: where the user says, or below a folder by a key that anybody may have chosen.

use super::folder::Folder;
use super::safe_path::SafePath;
use crate::error::TransferError;
use rustix::fs::{Mode, OFlags};
use std::fs::{File, OpenOptions};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Where a file is to be.
#[derive(Clone, Debug)]
pub enum Place {
    /// Where the user says. Links are followed.
    Path(PathBuf),
    /// Below a folder, by a key that anybody may have chosen.
    Below {
        /// The folder.
        folder: Folder,
        /// The key, for messages.
        key: String,
        /// Its path there.
        path: SafePath,
    },
}

impl Place {
    /// Its path, for messages and journals.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Path(path) => path.clone(),
            Self::Below { folder, path, .. } => path.below(folder.path()),
        }
    }

    /// The same place, however the way to it was written. Blocks.
    pub fn absolute(&self) -> PathBuf {
        let path = self.path();
        match (
            path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent }),
            path.file_name(),
        ) {
            (Some(parent), Some(name)) => {
                parent.canonicalize().map_or(path.clone(), |parent| parent.join(name))
            }
            _ => path,
        }
    }

    /// What is at the place, opened for writing, if it is neither a file nor a folder: a device, a pipe. It is written to and never
    /// replaced. Blocks, for a pipe until somebody reads.
    ///
    /// # Errors
    /// [`TransferError::Local`].
    pub fn device(&self) -> Result<Option<File>, TransferError> {
        let Self::Path(path) = self else { return Ok(None) };
        match path.metadata() {
            Ok(found) if !found.is_file() && !found.is_dir() => {
                let opened = OpenOptions::new().write(true).open(path);
                let wrong = |source| TransferError::Local { what: "write", path: path.clone(), source };
                opened.map(Some).map_err(wrong)
            }
            _ => Ok(None),
        }
    }

    /// Opens the folder in which the file will be, and says its name there. Blocks.
    pub(super) fn open(&self) -> Result<(OwnedFd, String, PathBuf), TransferError> {
        match self {
            Self::Below { folder, key, path } => {
                let dir = folder.parent_of(key, path)?;
                Ok((dir, path.name().to_owned(), path.below(folder.path())))
            }
            Self::Path(path) => {
                let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
                let path =
                    if is_link { path.canonicalize().unwrap_or_else(|_| path.clone()) } else { path.clone() };
                let named = |what: &str| TransferError::Refused(format!("{}: {what}", path.display()));
                let name = path.file_name().ok_or_else(|| named("this is no name of a file"))?;
                let name = name.to_str().ok_or_else(|| named("the name is no UTF-8"))?.to_owned();
                if path.is_dir() {
                    return Err(named("this is a folder; say which file in it"));
                }
                let parent = match path.parent() {
                    Some(parent) if !parent.as_os_str().is_empty() => parent,
                    _ => Path::new("."),
                };
                let wrong = |source| TransferError::Local {
                    what: "open the folder",
                    path: parent.to_owned(),
                    source,
                };
                std::fs::create_dir_all(parent).map_err(wrong)?;
                let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
                let dir =
                    rustix::fs::open(parent, flags, Mode::empty()).map_err(|error| wrong(error.into()))?;
                Ok((dir, name, path))
            }
        }
    }
}
