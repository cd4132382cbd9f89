//! RedbMetaStore: the embedded engine. One file, one writer with group commit, reads on snapshots.
//!
//! A step is answered only after its transaction is durable. When the disk is full, steps fail with
//! [`MetaError::Full`] and reads go on. After any other failure to write or sync, every later step fails and
//! [`RedbMetaStore::fatal`] tells the program to end: the page cache can no longer be trusted.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use drystone_disk::Fs;
use drystone_types::AccountId;
use drystone_types::limits::GROUP_COMMIT_MAX;
use tokio::sync::{mpsc, oneshot};

use crate::MetaError;

mod backend;
mod create;
mod database;
mod engine;
mod error;
mod history;
mod migrate;
mod reads;
mod steps;
mod tables;
#[cfg(test)]
mod tests;
mod writer;
mod writing;

use database::Shared;
use error::{Step, engine_error};
use reads::View;
use writer::Message;
use writing::Writing;

/// Version of the stored format that this engine writes, and the highest that it reads. A store of an older version is
/// moved forward when it is opened.
pub const FORMAT_VERSION: u32 = 2;

/// How to run the engine. The defaults suit a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Memory for cached pages, in bytes.
    pub cache_bytes: usize,
    /// Saves the allocator's state with every commit: reopening after a crash then does not read the whole file.
    pub quick_repair: bool,
    /// Who owns what a store of version 1 holds, which knew no owners. Without one such a store is not opened.
    pub owner: Option<AccountId>,
}

impl Default for Options {
    fn default() -> Self {
        Self { cache_bytes: 64 << 20, quick_repair: true, owner: None }
    }
}

/// The metastore in one redb file.
pub struct RedbMetaStore {
    shared: Arc<Shared>,
    /// `None` only while dropping.
    outbox: Option<mpsc::Sender<Message>>,
    writer: Option<JoinHandle<()>>,
}

impl fmt::Debug for RedbMetaStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbMetaStore").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl RedbMetaStore {
    /// Creates an empty store at `path`, whose parent must exist and must be durable itself. Blocks.
    ///
    /// A crash leaves either nothing under `path` or a whole store; what an earlier attempt left beside it is removed.
    ///
    /// # Errors
    /// [`MetaError::Full`]; [`MetaError::Engine`], also when something is there already.
    pub fn create(fs: &Arc<dyn Fs>, path: &Path) -> Result<Self, MetaError> {
        create::create(fs.as_ref(), path)?;
        Self::open(fs, path)
    }

    /// The format version of the store at `path`, which is not changed. Blocks.
    ///
    /// # Errors
    /// Those of [`RedbMetaStore::open`].
    pub fn version_of(fs: &dyn Fs, path: &Path) -> Result<u32, MetaError> {
        create::version_of(fs, path)
    }

    /// Opens the store at `path`. Blocks. Only one engine may have it open (`disk::StoreLock` sees to that).
    ///
    /// # Errors
    /// [`MetaError::TooNew`] for a newer format and [`MetaError::Corrupt`] for a file that is no store, both before a
    /// byte of it is changed; [`MetaError::Full`], [`MetaError::Engine`].
    pub fn open(fs: &Arc<dyn Fs>, path: &Path) -> Result<Self, MetaError> {
        Self::open_with(fs, path, Options::default())
    }

    /// As [`RedbMetaStore::open`], with other options.
    ///
    /// # Errors
    /// Those of [`RedbMetaStore::open`].
    pub fn open_with(fs: &Arc<dyn Fs>, path: &Path, options: Options) -> Result<Self, MetaError> {
        let shared = Arc::new(create::open(fs.as_ref(), path, options)?);
        let (outbox, inbox) = mpsc::channel(GROUP_COMMIT_MAX);
        let for_writer = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("metastore-writer".to_owned())
            .spawn(move || writer::run(&for_writer, inbox))
            .map_err(|error| engine_error("start the writer", error))?;
        Ok(Self { shared, outbox: Some(outbox), writer: Some(writer) })
    }

    /// Waits until the engine has failed in a way that the process must not survive; why. Never resolves in good health.
    pub fn fatal(&self) -> impl Future<Output = String> + Send + use<> {
        let mut watch = self.shared.watch_fatal();
        async move {
            let reason = watch.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
            match reason {
                Some(reason) => reason,
                None => std::future::pending().await, // the engine is gone in good health
            }
        }
    }

    fn outbox(&self) -> &mpsc::Sender<Message> {
        self.outbox.as_ref().expect("taken only by drop")
    }

    /// Sends a step to the writer and waits until it is durable.
    async fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Writing<'_>) -> Step<T> + Send + 'static,
    ) -> Result<T, MetaError> {
        let gone = || engine_error("reach the writer", "the metadata engine is closed");
        let (job, result) = writer::job(step);
        self.outbox().send(Message::Step(job)).await.map_err(|_| gone())?;
        result.await.map_err(|_| gone())?
    }

    /// Runs a read on a blocking thread; once more when the database had to be reopened meanwhile.
    async fn read<T: Send + 'static>(
        &self,
        read: impl Fn(&View) -> Step<T> + Send + Sync + 'static,
    ) -> Result<T, MetaError> {
        let read = Arc::new(read);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (shared, read) = (Arc::clone(&self.shared), Arc::clone(&read));
            match blocking(move || shared.read(|view| read(view))).await? {
                Ok(value) => return Ok(value),
                Err((error, may_recover)) => {
                    if may_recover {
                        self.recover().await;
                    }
                    if !may_recover || attempts == 3 {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Asks the writer to make a failed database readable again.
    async fn recover(&self) {
        let (told, done) = oneshot::channel();
        if self.outbox().send(Message::Recover(told)).await.is_ok() {
            drop(done.await);
        }
    }
}

/// Runs `work` where it may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, MetaError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| engine_error("read", error))
}

impl Drop for RedbMetaStore {
    /// Lets the writer finish what it was sent, and waits until the file is closed.
    fn drop(&mut self) {
        self.outbox = None;
        if let Some(writer) = self.writer.take() {
            drop(writer.join()); // a panic was reported as fatal
        }
    }
}

/// Waits for `done`, at most for `after`.
async fn within(after: Duration, done: impl Future<Output = Result<(), MetaError>>) -> Result<(), MetaError> {
    let late = |_| engine_error("close", "the writer did not finish in time");
    tokio::time::timeout(after, done).await.map_err(late)?
}
