//! Recorder: wraps a file system, writes down what happens in order, and proves that what was acknowledged is durable.
//!
//! The rule it checks: when an operation answers, every byte written for it was followed by a sync of its file, and every
//! name created for it by a sync of its directory; and that happened before anything began to refer to those bytes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{DirEntry, File, Fs};

mod ledger;

use ledger::Ledger;

/// One thing that happened. Calls that failed are not recorded, except writes, which may have written something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A file was created.
    Created(PathBuf),
    /// A file was opened.
    Opened(PathBuf),
    /// A directory was created.
    CreatedDir(PathBuf),
    /// `len` bytes were written at `offset`.
    Wrote {
        /// The file.
        path: PathBuf,
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
    /// The length was set.
    SetLen {
        /// The file.
        path: PathBuf,
        /// Its new length in bytes.
        len: u64,
    },
    /// A file's data were synced.
    SyncedFile {
        /// The file.
        path: PathBuf,
        /// Number of events recorded when the sync began: it covers those only.
        began: usize,
    },
    /// A directory was synced.
    SyncedDir {
        /// The directory.
        path: PathBuf,
        /// Number of events recorded when the sync began: it covers those only.
        began: usize,
    },
    /// A file was renamed.
    Renamed {
        /// The old name.
        from: PathBuf,
        /// The new name.
        to: PathBuf,
    },
    /// A file was removed.
    Removed(PathBuf),
    /// `len` bytes were read at `offset`.
    Read {
        /// The file.
        path: PathBuf,
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
}

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(usize);

/// Reads of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadCount {
    /// Number of read calls.
    pub calls: u64,
    /// Bytes they returned.
    pub bytes: u64,
}

/// A file system that writes down what happens. Clones share the log.
#[derive(Clone, Debug)]
pub struct Recorder {
    inner: Arc<dyn Fs>,
    log: Arc<Log>,
}

#[derive(Debug, Default)]
struct Log(Mutex<Vec<Event>>);

impl Recorder {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn Fs>) -> Self {
        Self { inner, log: Arc::default() }
    }

    /// The place in the log after all that has happened.
    pub fn mark(&self) -> Mark {
        Mark(self.log.len())
    }

    /// What happened after `mark`, in order.
    pub fn events_since(&self, mark: Mark) -> Vec<Event> {
        self.log.with(|events| events[mark.0..].to_vec())
    }

    /// Files with bytes that no later sync covers, and names created or renamed that no later sync of their directory
    /// covers; one line of text each.
    pub fn unsynced(&self) -> Vec<String> {
        self.log.with(|events| Ledger::replay(events, Mark(0)).unsynced())
    }

    /// Removals that no later sync of their directory covers. After a power cut the file may be back: harmless for data,
    /// wrong only if something counts on its absence.
    pub fn unsynced_removals(&self) -> Vec<String> {
        self.log.with(|events| Ledger::replay(events, Mark(0)).unsynced_removals())
    }

    /// Asserts that all that was written, created or renamed since `mark` is durable now. For one operation at a time:
    /// another operation halfway through would be reported too.
    ///
    /// # Panics
    /// When a sync is missing; the message names each.
    #[track_caller]
    pub fn assert_durable(&self, mark: Mark) {
        let missing = self.log.with(|events| Ledger::replay(events, mark).unsynced());
        assert!(missing.is_empty(), "acknowledged and not durable:\n  {}", missing.join("\n  "));
    }

    /// Asserts the order of what happened since `mark`: for each file that `is_data` chooses, between its last write and
    /// the first later write to a file that `is_index` chooses (the file that will refer to it) lie a sync of the file
    /// and of its directory. For one operation at a time.
    ///
    /// # Panics
    /// When an index was written too early; the message names the data file and the missing sync.
    #[track_caller]
    pub fn assert_synced_before(
        &self,
        mark: Mark,
        is_data: impl Fn(&Path) -> bool,
        is_index: impl Fn(&Path) -> bool,
    ) {
        let early = self.log.with(|events| ledger::referred_too_early(events, mark, &is_data, &is_index));
        assert!(early.is_empty(), "referred to before it was durable:\n  {}", early.join("\n  "));
    }

    /// Reads since `mark`, by file.
    pub fn reads_since(&self, mark: Mark) -> BTreeMap<PathBuf, ReadCount> {
        let mut counts = BTreeMap::<PathBuf, ReadCount>::new();
        for event in self.events_since(mark) {
            if let Event::Read { path, len, .. } = event {
                let count = counts.entry(path).or_default();
                count.calls += 1;
                count.bytes += len;
            }
        }
        counts
    }

    fn wrap(&self, file: Arc<dyn File>, path: &Path) -> Arc<dyn File> {
        Arc::new(RecordedFile { inner: file, path: path.to_path_buf(), log: Arc::clone(&self.log) })
    }
}

impl Log {
    fn with<T>(&self, look: impl FnOnce(&mut Vec<Event>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn len(&self) -> usize {
        self.with(|events| events.len())
    }

    fn push(&self, event: Event) {
        self.with(|events| events.push(event));
    }
}

impl Fs for Recorder {
    fn create_new(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let file = self.inner.create_new(path)?;
        self.log.push(Event::Created(path.to_path_buf()));
        Ok(self.wrap(file, path))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let file = self.inner.open(path)?;
        self.log.push(Event::Opened(path.to_path_buf()));
        Ok(self.wrap(file, path))
    }

    fn open_rw(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let file = self.inner.open_rw(path)?;
        self.log.push(Event::Opened(path.to_path_buf()));
        Ok(self.wrap(file, path))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.create_dir(path)?;
        self.log.push(Event::CreatedDir(path.to_path_buf()));
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let began = self.log.len();
        self.inner.sync_dir(path)?;
        self.log.push(Event::SyncedDir { path: path.to_path_buf(), began });
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)?;
        self.log.push(Event::Renamed { from: from.to_path_buf(), to: to.to_path_buf() });
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.inner.remove_file(path)?;
        self.log.push(Event::Removed(path.to_path_buf()));
        Ok(())
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.inner.read_dir(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.inner.exists(path)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        self.inner.free_bytes(path)
    }
}

/// A file under the name by which it was opened; a rename of an open file is not followed.
#[derive(Debug)]
struct RecordedFile {
    inner: Arc<dyn File>,
    path: PathBuf,
    log: Arc<Log>,
}

impl File for RecordedFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.inner.read_exact_at(buffer, offset)?;
        self.log.push(Event::Read { path: self.path.clone(), offset, len: buffer.len() as u64 });
        Ok(())
    }

    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        let result = self.inner.write_all_at(data, offset);
        self.log.push(Event::Wrote { path: self.path.clone(), offset, len: data.len() as u64 });
        result
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let result = self.inner.set_len(len);
        self.log.push(Event::SetLen { path: self.path.clone(), len });
        result
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn sync_data(&self) -> io::Result<()> {
        let began = self.log.len();
        self.inner.sync_data()?;
        self.log.push(Event::SyncedFile { path: self.path.clone(), began });
        Ok(())
    }
}
