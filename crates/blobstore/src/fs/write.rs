//! Writing a blob file: header, data as they come, then table and footer; durable when `finish` returns.
//!
//! The file has its final name from the start: names are never reused and nothing refers to one before it is finished, so
//! there is nothing to protect with a temporary name.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use drystone_disk::{File, Fs};
use drystone_types::{BlobHome, BlobId, BlobRef};

use super::layout::{self, Layout, Table};
use super::shards;
use crate::{BlobError, BlobWriter};

/// A blob file being written.
pub(super) struct FsBlobWriter {
    fs: Arc<dyn Fs>,
    file: Arc<dyn File>,
    shard: PathBuf,
    id: BlobId,
    len: u64,
    table: Table,
    /// A write failed: what the file holds is unknown, and no later success may hide it.
    failed: bool,
}

/// Creates the file of blob `id`, which must not exist, with its header.
pub(super) fn create(
    fs: &Arc<dyn Fs>,
    dir: &Path,
    id: BlobId,
    block_size: u32,
) -> Result<FsBlobWriter, BlobError> {
    let file = fs.create_new(&shards::blob_path(dir, id)).map_err(|error| match error.kind() {
        // The shard is gone, not a blob.
        io::ErrorKind::NotFound => BlobError::medium(id, "create", error),
        _ => BlobError::io(id, "create", error),
    })?;
    file.write_all_at(&layout::header(id, block_size), 0)
        .map_err(|error| BlobError::medium(id, "write", error))?;
    let shard = shards::shard_path(dir, shards::shard_of(id));
    let table = Table::new(id, block_size);
    Ok(FsBlobWriter { fs: Arc::clone(fs), file, shard, id, len: 0, table, failed: false })
}

impl BlobWriter for FsBlobWriter {
    fn write(&mut self, data: &[u8]) -> Result<(), BlobError> {
        self.check_sound()?;
        if let Err(error) = self.file.write_all_at(data, Layout::data_offset(self.len)) {
            self.failed = true;
            return Err(BlobError::medium(self.id, "write", error));
        }
        self.table.update(data);
        self.len += data.len() as u64;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<BlobRef, BlobError> {
        self.check_sound()?;
        let Self { fs, file, shard, id, len, table, .. } = *self;
        let blob = BlobRef { id, len, home: BlobHome::Store };
        let mut tail = table.finish();
        tail.extend_from_slice(&layout::footer(&blob));

        let failed = |action| move |error| BlobError::medium(id, action, error);
        file.write_all_at(&tail, Layout::data_offset(len)).map_err(failed("write"))?;
        file.sync_data().map_err(failed("sync"))?;
        fs.sync_dir(&shard).map_err(failed("sync"))?;
        Ok(blob)
    }
}

impl FsBlobWriter {
    fn check_sound(&self) -> Result<(), BlobError> {
        if self.failed {
            let earlier = io::Error::other("an earlier write of this blob failed");
            return Err(BlobError::medium(self.id, "write", earlier));
        }
        Ok(())
    }
}
