//! Single: a small file goes up whole, in one PutObject.

use super::UploadRequest;
use super::part::{Job, send};
use super::pieces::FileRange;
use crate::engine::Engine;
use crate::error::TransferError;
use crate::local::blocking::blocking;
use crate::local::source::{Identity, Source};
use crate::outcome::Outcome;
use crate::progress::{Event, Kind, TransferId};
use drystone_types::ChecksumAlgorithm;
use std::sync::Arc;

/// Puts a file.
///
/// # Errors
/// [`TransferError`].
pub(super) async fn put(
    engine: &Engine,
    id: TransferId,
    request: &UploadRequest,
    source: &Source,
    identity: &Identity,
) -> Result<Outcome, TransferError> {
    let range = FileRange {
        guard: Some(Arc::new(identity.clone())),
        ..FileRange::new(source.file(), 0, identity.size)
    };
    let outcome = put_range(engine, id, request, range).await?;
    let (again, before) = (source.clone(), identity.clone());
    blocking(move || again.still(&before)).await?;
    Ok(outcome)
}

/// Puts a range of a file as an object.
pub(super) async fn put_range(
    engine: &Engine,
    id: TransferId,
    request: &UploadRequest,
    range: FileRange,
) -> Result<Outcome, TransferError> {
    let len = range.len;
    engine.tell(Event::Started {
        id,
        kind: Kind::Upload,
        source: request.path.display().to_string(),
        target: request.to.to_string(),
        bytes_total: Some(len),
        part_count: 0,
        part_size_bytes: len,
        bytes_done: 0,
        parts_done: 0,
    });
    let job = Job {
        id,
        bucket: request.to.bucket.clone(),
        key: request.to.key.clone(),
        part: None,
        range,
        path: request.path.clone(),
        algorithm: engine.settings().checksum,
        headers: request.headers.clone(),
    };
    let slot = engine.pace().slot().await;
    let received = send(engine, &job, slot).await?;
    let algorithm = received.checksum.algorithm();
    let of = if algorithm == ChecksumAlgorithm::Md5 { "MD5".to_owned() } else { algorithm.name().to_owned() };
    Ok(Outcome {
        bytes: len,
        bytes_moved: len,
        etag: received.etag,
        version_id: received.version_id,
        checksum: Some((algorithm.lower_name().to_owned(), received.checksum.to_base64())),
        verified: format!("{of} of the whole object"),
        ..Outcome::default()
    })
}
