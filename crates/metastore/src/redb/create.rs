//! Creating and opening the file, so that a crash at any step leaves nothing or a whole store.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use drystone_disk::Fs;
use redb::{Database, Durability};

use super::backend::{
    Failure, Failures, FileBackend, HEADER_BYTES, check_header, header, move_header_forward,
};
use super::database::Shared;
use super::error::{Fault, Step, engine_error};
use super::writing::Writing;
use super::{FORMAT_VERSION, Options, migrate, reads::View};
use crate::MetaError;

/// Builds an empty store beside `path`, makes it durable, and only then gives it its name.
pub(super) fn create(fs: &dyn Fs, path: &Path) -> Result<(), MetaError> {
    let failed = |error: io::Error| io_error("create", error);
    if fs.exists(path).map_err(failed)? {
        return Err(engine_error("create", io::Error::from(io::ErrorKind::AlreadyExists)));
    }
    let parent = path.parent().ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
    let half_done = half_done_path(path);
    if fs.exists(&half_done).map_err(failed)? {
        fs.remove_file(&half_done).map_err(failed)?;
    }
    let file = fs.create_new(&half_done).map_err(failed)?;
    file.write_all_at(&header(FORMAT_VERSION), 0).map_err(failed)?;
    let failures = Failures::default();
    let backend = FileBackend { file: Arc::clone(&file), failures: failures.clone() };
    initialize(backend).map_err(|fault| open_error(fault, &failures, "create"))?;
    file.sync_data().map_err(failed)?;
    fs.rename(&half_done, path).map_err(failed)?;
    fs.sync_dir(parent).map_err(failed)
}

/// Where a store is built before it gets its name.
fn half_done_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

/// Creates all tables and the counters, so that no reader ever misses one.
fn initialize(backend: FileBackend) -> Step<()> {
    let database = Database::builder().set_cache_size(1 << 20).create_with_backend(backend)?;
    let mut txn = database.begin_write()?;
    txn.set_durability(Durability::Immediate)?;
    txn.set_quick_repair(true);
    Writing::open(&txn)?.finish()?;
    txn.commit()?;
    Ok(database.close()?)
}

/// The version of the store at `path`.
pub(super) fn version_of(fs: &dyn Fs, path: &Path) -> Result<u32, MetaError> {
    let file = fs.open(path).map_err(|error| io_error("open", error))?;
    check_header(file.as_ref())
}

/// Opens the store at `path`; refuses what is not one of ours before anything can write to it.
pub(super) fn open(fs: &dyn Fs, path: &Path, options: Options) -> Result<Shared, MetaError> {
    let failed = |error: io::Error| io_error("open", error);
    let file = fs.open(path).map_err(failed)?;
    let version = check_header(file.as_ref())?;
    if file.len().map_err(failed)? <= HEADER_BYTES {
        return Err(MetaError::Corrupt("the metadata file is cut short".to_owned()));
    }
    drop(file);
    let owner = options.owner.clone();
    if version < FORMAT_VERSION && owner.is_none() {
        return Err(engine_error("open", "a store of format version 1 needs to be told its owner"));
    }
    let file = fs.open_rw(path).map_err(failed)?;
    let shared =
        Shared::open(Arc::clone(&file), options).map_err(|error| Fault::from(error).into_meta("open"))?;
    let database = shared.database().expect("just opened");
    let is_v1 =
        View::begin(&database).and_then(|view| view.is_v1()).map_err(|fault| fault.into_meta("open"))?;
    if version < FORMAT_VERSION {
        // First of all, so that no older program opens what the migration leaves, however it ends.
        move_header_forward(file.as_ref()).map_err(failed)?;
    }
    if is_v1 {
        let owner =
            owner.ok_or_else(|| engine_error("open", "a store of format version 1 needs an owner"))?;
        migrate::migrate(&database, &owner).map_err(|fault| match shared.gravest() {
            Some(Failure::Full) => MetaError::Full,
            _ => fault.into_meta("migrate"),
        })?;
    }
    Ok(shared)
}

fn io_error(action: &'static str, error: io::Error) -> MetaError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => MetaError::Full,
        _ => engine_error(action, error),
    }
}

fn open_error(fault: Fault, failures: &Failures, action: &'static str) -> MetaError {
    match failures.gravest() {
        Some(Failure::Full) => MetaError::Full,
        _ => fault.into_meta(action),
    }
}
