//! Digests: what each part of a file is, read once, several at a time.

use super::plan::PieceDigest;
use crate::engine::Engine;
use crate::error::TransferError;
use crate::local::blocking::blocking;
use crate::local::buffers::{Buffers, PIECE_LEN};
use crate::local::source::Source;
use crate::plan::Plan;
use drystone_digest::BodyDigest;
use drystone_types::ChecksumAlgorithm;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

/// Parts that are read at once, at most: disks and processors have no use for more.
const READ_AT_ONCE_MAX: usize = 8;

/// The digests of all parts of the plan, in order.
///
/// # Errors
/// [`TransferError::Local`]; [`TransferError::SourceChanged`] when the file becomes shorter.
pub(super) async fn digests(
    engine: &Engine,
    source: &Source,
    plan: &Plan,
    algorithm: ChecksumAlgorithm,
) -> Result<Vec<PieceDigest>, TransferError> {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from).min(READ_AT_ONCE_MAX);
    let read = |number| {
        let (file, range) = (source.file().clone(), plan.part(number));
        let buffers = engine.buffers().clone();
        blocking(move || digest(&file, range, algorithm, &buffers))
    };
    let all = stream::iter(1..=plan.part_count()).map(read).buffered(at_once).try_collect();
    all.await.map_err(|error| failed(source.path().to_owned(), error))
}

fn failed(path: PathBuf, source: io::Error) -> TransferError {
    if source.kind() == io::ErrorKind::UnexpectedEof {
        return TransferError::SourceChanged { path, how: "it became shorter".to_owned() };
    }
    TransferError::Local { what: "read", path, source }
}

fn digest(
    file: &File,
    (start, len): (u64, u64),
    algorithm: ChecksumAlgorithm,
    buffers: &Buffers,
) -> io::Result<PieceDigest> {
    let mut digest = BodyDigest::new(Some(algorithm));
    let mut buffer = buffers.take();
    let mut position = 0;
    while position < len {
        let room = usize::try_from(len - position).unwrap_or(usize::MAX).min(PIECE_LEN);
        let piece = &mut buffer[..room];
        file.read_exact_at(piece, start + position)?;
        digest.update(piece);
        position += room as u64;
    }
    let summary = digest.finish();
    let checksum = summary.checksum.expect("a checksum was asked for");
    Ok(PieceDigest { len: summary.len, md5: summary.md5, checksum })
}
