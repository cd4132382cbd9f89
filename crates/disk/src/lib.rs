//! The one door to the disk: engines see files and directories only through [`Fs`].
//! So a recorder can prove, and a simulator can break, every step between a request and its 2xx.
//!
//! Everything here blocks; callers run it on a blocking thread. [`RealFs`] is the operating system; [`MemoryFs`] keeps
//! apart what is durable and can lose power; [`FaultyFs`] and [`Recorder`] wrap any other.

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub mod faulty;
pub mod lock;
pub mod memory;
pub mod real;
pub mod recorder;
#[cfg(test)]
mod tests;

pub use faulty::{Call, FaultyFs};
pub use lock::{LockError, StoreLock};
pub use memory::MemoryFs;
pub use real::RealFs;
pub use recorder::{Event, Mark, Recorder};

/// An open file. Clones of the `Arc` share it.
pub trait File: Send + Sync + Debug {
    /// Fills `buffer` from `offset`; fails with `UnexpectedEof` when the file ends before.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
    /// Writes all of `data` at `offset`.
    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()>;
    /// Grows (with zeroes) or shrinks the file.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Is the file empty?
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// Makes data and length durable (fdatasync). After a failure the file's content is unknown: never retry into a
    /// success (a second fsync may lie).
    fn sync_data(&self) -> io::Result<()>;
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// File name.
    pub name: String,
    /// Is it a directory?
    pub is_dir: bool,
}

/// A file system, as narrow as the engines allow.
pub trait Fs: Send + Sync + Debug {
    /// Creates a file that must not exist, for reading and writing, mode 0600. Its *name* is durable only after
    /// [`Fs::sync_dir`] of its parent.
    fn create_new(&self, path: &Path) -> io::Result<Arc<dyn File>>;
    /// Opens an existing file for reading.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>>;
    /// Opens an existing file for reading and writing.
    fn open_rw(&self, path: &Path) -> io::Result<Arc<dyn File>>;
    /// Creates one directory, mode 0700; its parent must exist. `AlreadyExists` is an error.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes the entries of a directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Renames within one file system, replacing `to`. Durable after `sync_dir` of both parents.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Lists a directory, in no order.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>>;
    /// Does something exist at `path`?
    fn exists(&self, path: &Path) -> io::Result<bool>;
    /// Free bytes that an unprivileged writer could use on the file system that holds `path`.
    fn free_bytes(&self, path: &Path) -> io::Result<u64>;
}

/// Replaces the file at `path` by `content`, durably and atomically: temporary file, sync, rename, directory sync.
///
/// # Errors
/// Any error of the steps; `path` then holds the old content or the new one, never a mix.
pub fn replace_file(fs: &dyn Fs, path: &Path, content: &[u8]) -> io::Result<()> {
    let parent = path.parent().ok_or_else(|| io::Error::other("a file needs a parent directory"))?;
    let mut temporary = PathBuf::from(path).into_os_string();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    if fs.exists(&temporary)? {
        fs.remove_file(&temporary)?;
    }
    let file = fs.create_new(&temporary)?;
    file.write_all_at(content, 0)?;
    file.sync_data()?;
    fs.rename(&temporary, path)?;
    fs.sync_dir(parent)
}
