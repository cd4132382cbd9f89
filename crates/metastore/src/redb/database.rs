//! The database as reader and writer share it: current handle, reopening in place, and the latch of a fatal failure.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drystone_disk::File;
use redb::{Database, ReadableDatabase as _};
use tokio::sync::watch;
use tracing::{error, info, warn};

use super::Options;
use super::backend::{Failure, Failures, FileBackend, OverlayBackend};
use super::error::{Fault, Step};
use super::reads::View;
use crate::MetaError;

/// What all of an engine share.
#[derive(Debug)]
pub(super) struct Shared {
    file: Arc<dyn File>,
    pub(super) options: Options,
    current: Mutex<Current>,
    fatal: watch::Sender<Option<String>>,
}

#[derive(Debug)]
struct Current {
    /// `None` once closed.
    database: Option<Arc<Database>>,
    failures: Failures,
    /// Writes go nowhere: there was no room even to open the file for writing.
    overlaid: bool,
}

impl Shared {
    /// Opens the database in `file`.
    pub(super) fn open(file: Arc<dyn File>, options: Options) -> Result<Self, redb::DatabaseError> {
        let failures = Failures::default();
        let database = open_database(&file, &failures, &options)?;
        let current = Current { database: Some(Arc::new(database)), failures, overlaid: false };
        let (fatal, _) = watch::channel(None);
        Ok(Self { file, options, current: Mutex::new(current), fatal })
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn database(&self) -> Option<Arc<Database>> {
        self.current().database.clone()
    }

    /// The gravest failure of the current database.
    pub(super) fn gravest(&self) -> Option<Failure> {
        self.current().failures.gravest()
    }

    pub(super) fn is_overlaid(&self) -> bool {
        self.current().overlaid
    }

    /// Why no write will succeed any more, if so.
    pub(super) fn fatal(&self) -> Option<String> {
        self.fatal.borrow().clone()
    }

    pub(super) fn watch_fatal(&self) -> watch::Receiver<Option<String>> {
        self.fatal.subscribe()
    }

    /// Latches: every later write fails, and whoever watches ends the program.
    pub(super) fn fail(&self, reason: String) {
        error!(%reason, "the metadata engine stops");
        self.fatal.send_if_modified(|fatal| {
            let first = fatal.is_none();
            fatal.get_or_insert(reason);
            first
        });
    }

    /// Replaces a failed database by a fresh one on the same file. Readers go on with the new one.
    pub(super) fn reopen(&self) {
        let failures = Failures::default();
        let opened = open_database(&self.file, &failures, &self.options);
        let (database, failures, overlaid) = match opened {
            Ok(database) => (database, failures, false),
            Err(_) if failures.gravest() == Some(Failure::Full) => match self.open_overlaid() {
                Ok((database, failures)) => (database, failures, true),
                Err(error) => return self.fail(format!("failed to reopen metadata for reading: {error}")),
            },
            Err(error) => return self.fail(format!("failed to reopen metadata: {error}")),
        };
        if overlaid {
            warn!("no space is left for metadata: reads go on, writes fail");
        } else {
            info!("reopened the metadata after a failure");
        }
        *self.current() = Current { database: Some(Arc::new(database)), failures, overlaid };
    }

    fn open_overlaid(&self) -> Result<(Database, Failures), redb::DatabaseError> {
        let failures = Failures::default();
        let base = FileBackend { file: Arc::clone(&self.file), failures: failures.clone() };
        let overlay = OverlayBackend::new(base).map_err(redb::StorageError::Io)?;
        Ok((builder(&self.options).create_with_backend(overlay)?, failures))
    }

    /// The number of the last durable commit, if it can be read.
    pub(super) fn last_commit(&self) -> Option<u64> {
        let counters = self.database().and_then(|database| View::begin(&database).ok()?.counters().ok());
        counters.map(|counters| counters.commit)
    }

    /// Runs a read on a snapshot. `true` beside the error says that a fresh database may do better.
    pub(super) fn read<T>(&self, read: impl FnOnce(&View) -> Step<T>) -> Result<T, (MetaError, bool)> {
        let Some(database) = self.database() else {
            return Err((super::error::engine_error("read", "the metadata engine is closed"), false));
        };
        View::begin(&database).and_then(|view| read(&view)).map_err(|fault| {
            let may_recover = matches!(fault, Fault::Engine(_)) && self.fatal().is_none();
            (fault.into_meta("read"), may_recover)
        })
    }

    /// Closes the database, waiting for readers up to `patience`.
    ///
    /// Every answered step is durable already. A database that readers still hold is left as a crash would leave it, so
    /// that nothing is written to the file after this returns.
    pub(super) fn close(&self, patience: Duration) {
        let Some(mut database) = self.current().database.take() else { return };
        for _ in 0..patience.as_millis() {
            database = match Arc::try_unwrap(database) {
                Ok(database) => {
                    if let Err(error) = database.close() {
                        warn!(%error, "failed to close metadata; the next start repairs it");
                    }
                    return;
                }
                Err(held) => held,
            };
            std::thread::sleep(Duration::from_millis(1));
        }
        warn!("a reader still holds the metadata; the next start repairs it");
        std::mem::forget(database);
    }
}

fn builder(options: &Options) -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(options.cache_bytes);
    builder
}

fn open_database(
    file: &Arc<dyn File>,
    failures: &Failures,
    options: &Options,
) -> Result<Database, redb::DatabaseError> {
    let backend = FileBackend { file: Arc::clone(file), failures: failures.clone() };
    builder(options).create_with_backend(backend)
}

/// Begins a read.
pub(super) fn begin(database: &Database) -> Step<redb::ReadTransaction> {
    Ok(database.begin_read()?)
}
