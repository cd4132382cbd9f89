//! FsBlobStore: one checksummed file per blob, in one of 256 directories.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drystone_disk::Fs;
use drystone_types::{BlobId, BlobRef, limits};

use crate::{BlobError, BlobReader, BlobStore, BlobWriter};

mod ballast;
mod layout;
mod read;
mod shards;
#[cfg(test)]
mod tests;
mod write;

use ballast::Ballast;
pub use shards::FsStoreError;

/// How a files engine works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FsOptions {
    /// Free space that new data must leave, in bytes.
    pub reserve_bytes: u64,
    /// Block size of new blobs, in bytes: 1 to 16 MiB. Each file remembers its own.
    pub block_size_bytes: u32,
    /// Ballast: space kept taken, to be given up for deletes when the disk is full, in bytes; 0 for none.
    pub ballast_bytes: u64,
}

impl Default for FsOptions {
    fn default() -> Self {
        Self {
            reserve_bytes: limits::FREE_SPACE_MIN_BYTES,
            block_size_bytes: u32::try_from(limits::BLOCK_SIZE_BYTES).expect("a block is small"),
            ballast_bytes: 0,
        }
    }
}

/// Blobs as files below one folder.
#[derive(Debug)]
pub struct FsBlobStore {
    fs: Arc<dyn Fs>,
    dir: PathBuf,
    options: FsOptions,
    deletes: Mutex<BTreeSet<u8>>,
    settling: Mutex<()>,
    ballast: Ballast,
}

impl FsBlobStore {
    /// Makes a new blob folder at `dir`, whose parent must exist, and opens it. May be repeated after an interruption.
    ///
    /// # Errors
    /// [`FsStoreError::NotEmpty`] when blobs are there already, [`FsStoreError::Io`].
    pub fn create_store(fs: Arc<dyn Fs>, dir: &Path, options: FsOptions) -> Result<Self, FsStoreError> {
        shards::create(&*fs, dir)?;
        Ok(Self::new(fs, dir, options))
    }

    /// Opens the blob folder at `dir`. Creates nothing: below an unmounted disk there is nothing to find.
    ///
    /// # Errors
    /// [`FsStoreError::ShardMissing`] when it is not a complete blob folder, [`FsStoreError::Io`].
    pub fn open_store(fs: Arc<dyn Fs>, dir: &Path, options: FsOptions) -> Result<Self, FsStoreError> {
        shards::check(&*fs, dir)?;
        Ok(Self::new(fs, dir, options))
    }

    /// Files and directories in the blob folder that are no blobs, for `admin check`. They are never touched.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn foreign(&self) -> Result<Vec<PathBuf>, BlobError> {
        let mut foreign = Vec::new();
        for entry in self.fs.read_dir(&self.dir).map_err(list_failed)? {
            let ours =
                if entry.is_dir { shards::is_shard(&entry.name) } else { Ballast::is_file(&entry.name) };
            if !ours {
                foreign.push(self.dir.join(entry.name));
            }
        }
        self.walk(&mut |shard, name, id| {
            if id.is_none() {
                foreign.push(shards::shard_path(&self.dir, shard).join(name));
            }
        })?;
        Ok(foreign)
    }

    /// The file of blob `id`, for messages.
    pub fn path_of(&self, id: BlobId) -> PathBuf {
        shards::blob_path(&self.dir, id)
    }

    fn new(fs: Arc<dyn Fs>, dir: &Path, options: FsOptions) -> Self {
        let block_sizes = 1..=layout::BLOCK_SIZE_MAX_BYTES;
        assert!(
            block_sizes.contains(&options.block_size_bytes),
            "no block size: {}",
            options.block_size_bytes
        );
        let dir = dir.to_path_buf();
        let ballast = Ballast::new(Arc::clone(&fs), &dir, options.ballast_bytes);
        Self { fs, dir, options, deletes: Mutex::default(), settling: Mutex::default(), ballast }
    }

    fn walk(&self, each: &mut dyn FnMut(u8, &str, Option<BlobId>)) -> Result<(), BlobError> {
        for shard in 0..=u8::MAX {
            let entries = self.fs.read_dir(&shards::shard_path(&self.dir, shard)).map_err(list_failed)?;
            for entry in entries {
                let id = shards::parse_name(shard, &entry.name).filter(|_| !entry.is_dir);
                each(shard, &entry.name, id);
            }
        }
        Ok(())
    }
}

impl BlobStore for FsBlobStore {
    fn create(&self, id: BlobId) -> Result<Box<dyn BlobWriter>, BlobError> {
        Ok(Box::new(write::create(&self.fs, &self.dir, id, self.options.block_size_bytes)?))
    }

    fn open(&self, blob: &BlobRef) -> Result<Box<dyn BlobReader>, BlobError> {
        Ok(Box::new(read::open(&*self.fs, &self.dir, blob)?))
    }

    fn delete(&self, id: BlobId) -> Result<(), BlobError> {
        match self.fs.remove_file(&shards::blob_path(&self.dir, id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(BlobError::medium(id, "delete", error));
            }
            _ => {}
        }
        // Also when nothing was there: an earlier run may have removed it and died before it settled.
        lock(&self.deletes).insert(shards::shard_of(id));
        Ok(())
    }

    fn settle_deletes(&self) -> Result<(), BlobError> {
        // One at a time: whoever finds nothing left to settle must not return before the other is done.
        let _settling = lock(&self.settling);
        let touched = std::mem::take(&mut *lock(&self.deletes));
        for shard in &touched {
            if let Err(error) = self.fs.sync_dir(&shards::shard_path(&self.dir, *shard)) {
                lock(&self.deletes).extend(&touched);
                return Err(BlobError::medium(BlobId(0), "sync", error));
            }
        }
        Ok(())
    }

    fn list(&self, each: &mut dyn FnMut(BlobId)) -> Result<(), BlobError> {
        self.walk(&mut |_, _, id| {
            if let Some(id) = id {
                each(id);
            }
        })
    }

    fn throw_ballast(&self) -> Result<bool, BlobError> {
        self.ballast.throw().map_err(|error| BlobError::medium(BlobId(0), "delete", error))
    }

    fn restore_ballast(&self) -> Result<bool, BlobError> {
        self.ballast
            .restore(self.options.reserve_bytes)
            .map_err(|error| BlobError::medium(BlobId(0), "write", error))
    }

    fn check_room(&self, len: u64) -> Result<(), BlobError> {
        if self.ballast.is_thrown() {
            return Err(BlobError::Full); // what it freed is for records of deletes
        }
        let free =
            self.fs.free_bytes(&self.dir).map_err(|error| BlobError::medium(BlobId(0), "write", error))?;
        let left = free.checked_sub(len);
        if left.is_some_and(|left| left >= self.options.reserve_bytes) {
            Ok(())
        } else {
            Err(BlobError::Full)
        }
    }
}

fn list_failed(error: io::Error) -> BlobError {
    BlobError::medium(BlobId(0), "list", error)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
