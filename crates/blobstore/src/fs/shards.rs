//! The directories of a files engine: 256 shards, made once and for all, so that no new blob ever needs a new ancestor.
//!
//! `DIR/08/0000000000000108.blob`: the shard is the low byte of the id, so ids that count up spread evenly.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use drystone_disk::Fs;
use drystone_types::BlobId;
use thiserror::Error;

const SUFFIX: &str = ".blob";

/// Why a blob folder cannot be created or opened.
#[derive(Debug, Error)]
pub enum FsStoreError {
    /// A shard directory is not there: the folder is not a blob folder, its creation was interrupted, or its disk is not
    /// mounted. Nothing was written.
    #[error("{} is missing: is the disk mounted?", path.display())]
    ShardMissing {
        /// The directory.
        path: PathBuf,
    },
    /// A new blob folder was asked for where blobs are already.
    #[error("refused to start a new blob folder: {} exists", path.display())]
    NotEmpty {
        /// A file found inside.
        path: PathBuf,
    },
    /// A call on the medium failed.
    #[error("failed to {action} {}", path.display())]
    Io {
        /// Verb: create, list, sync.
        action: &'static str,
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// The shard of `id`.
pub(super) fn shard_of(id: BlobId) -> u8 {
    id.0.to_le_bytes()[0]
}

/// The directory of `shard`.
pub(super) fn shard_path(dir: &Path, shard: u8) -> PathBuf {
    dir.join(format!("{shard:02x}"))
}

/// The file of blob `id`.
pub(super) fn blob_path(dir: &Path, id: BlobId) -> PathBuf {
    shard_path(dir, shard_of(id)).join(format!("{id}{SUFFIX}"))
}

/// The blob whose file in `shard` has this name, if it is one of ours.
pub(super) fn parse_name(shard: u8, name: &str) -> Option<BlobId> {
    let id = BlobId(u64::from_str_radix(name.strip_suffix(SUFFIX)?, 16).ok()?);
    (shard_of(id) == shard && format!("{id}{SUFFIX}") == name).then_some(id)
}

/// Makes `dir` (its parent must exist) and all shards, durably. Finishes what an interrupted run began.
pub(super) fn create(fs: &dyn Fs, dir: &Path) -> Result<(), FsStoreError> {
    create_dir(fs, dir)?;
    for shard in 0..=u8::MAX {
        let path = shard_path(dir, shard);
        create_dir(fs, &path)?;
        if let Some(entry) = fs.read_dir(&path).map_err(failed("list", &path))?.first() {
            return Err(FsStoreError::NotEmpty { path: path.join(&entry.name) });
        }
    }
    settle(fs, dir)
}

/// Checks that all shards are there, and makes their names durable: the run that created them may have died before it.
pub(super) fn check(fs: &dyn Fs, dir: &Path) -> Result<(), FsStoreError> {
    let entries = fs.read_dir(dir).map_err(failed("list", dir))?;
    let found: BTreeSet<_> =
        entries.into_iter().filter(|entry| entry.is_dir).map(|entry| entry.name).collect();
    for shard in 0..=u8::MAX {
        if !found.contains(&format!("{shard:02x}")) {
            return Err(FsStoreError::ShardMissing { path: shard_path(dir, shard) });
        }
    }
    settle(fs, dir)
}

/// Is `name` that of a shard directory?
pub(super) fn is_shard(name: &str) -> bool {
    u8::from_str_radix(name, 16).is_ok_and(|shard| format!("{shard:02x}") == name)
}

fn create_dir(fs: &dyn Fs, path: &Path) -> Result<(), FsStoreError> {
    match fs.create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed("create", path)(error)),
        _ => Ok(()),
    }
}

fn settle(fs: &dyn Fs, dir: &Path) -> Result<(), FsStoreError> {
    fs.sync_dir(dir).map_err(failed("sync", dir))?;
    // `data` as a relative path has the parent "": the working directory.
    match dir.parent() {
        None => Ok(()),
        Some(parent) if parent.as_os_str().is_empty() => {
            fs.sync_dir(Path::new(".")).map_err(failed("sync", Path::new(".")))
        }
        Some(parent) => fs.sync_dir(parent).map_err(failed("sync", parent)),
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FsStoreError {
    let path = path.to_path_buf();
    move |source| FsStoreError::Io { action, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_blob_belong_together() {
        let id = BlobId(0xfedc_ba98_7654_32ab);
        assert_eq!(blob_path(Path::new("/d"), id), Path::new("/d/ab/fedcba98765432ab.blob"));
        assert_eq!(parse_name(0xab, "fedcba98765432ab.blob"), Some(id));
        for (shard, name) in [
            (0xac, "fedcba98765432ab.blob"),
            (0xab, "FEDCBA98765432AB.blob"),
            (0xab, "fedcba98765432ab"),
            (0xab, "ab.blob"),
            (0xab, "+edcba98765432ab.blob"),
            (0xab, "0fedcba98765432ab.blob"),
            (0xab, ".blob"),
            (0xab, "lost+found"),
        ] {
            assert_eq!(parse_name(shard, name), None, "{name} in {shard:02x}");
        }
        assert!(is_shard("0f") && !is_shard("f") && !is_shard("0F") && !is_shard("+f") && !is_shard("100"));
    }
}
