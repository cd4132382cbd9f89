//! The files engine: conformance, and what only files can do wrong.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use drystone_disk::{Fs, MemoryFs, RealFs};

use super::{FsBlobStore, FsOptions};
use crate::conformance;

mod broken;
mod durable;
mod folder;
mod rot;

const DIR: &str = "/blobs";

/// Small blocks, so that small files have several.
const SMALL: FsOptions = FsOptions { reserve_bytes: 0, block_size_bytes: 64, ballast_bytes: 0 };

fn create(fs: impl Fs + 'static, options: FsOptions) -> FsBlobStore {
    FsBlobStore::create_store(Arc::new(fs), Path::new(DIR), options).unwrap()
}

fn reopen(fs: impl Fs + 'static, options: FsOptions) -> FsBlobStore {
    FsBlobStore::open_store(Arc::new(fs), Path::new(DIR), options).unwrap()
}

/// The bytes of a file below any file system.
fn slurp(fs: &dyn Fs, path: &Path) -> Vec<u8> {
    let file = fs.open(path).unwrap();
    let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

/// Makes `bytes` the content of an existing file.
fn spill(fs: &dyn Fs, path: &Path, bytes: &[u8]) {
    let file = fs.open_rw(path).unwrap();
    file.set_len(0).unwrap();
    file.write_all_at(bytes, 0).unwrap();
}

#[test]
fn the_files_engine_conforms_on_real_files() {
    let root = tempfile::tempdir().unwrap();
    let mut count = 0;
    conformance::run_all(|| {
        count += 1;
        let dir: PathBuf = root.path().join(count.to_string());
        Box::new(FsBlobStore::create_store(Arc::new(RealFs), &dir, FsOptions::default()).unwrap())
    });
}

#[test]
fn the_files_engine_conforms_in_memory_with_any_block_size() {
    for block_size_bytes in [1000, 4096, 65_536, 3 << 20] {
        let options = FsOptions { block_size_bytes, ..FsOptions::default() };
        conformance::run_all(|| Box::new(create(MemoryFs::new(), options)));
    }
}
