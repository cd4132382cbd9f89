//! Unchanged: is the file still what was sent? When its times say that it may not be, every part is read again.

use super::Open;
use super::pieces::{FileRange, checksum_of};
use crate::engine::Engine;
use crate::error::TransferError;
use crate::local::blocking::blocking;
use crate::local::source::{Identity, Source};

/// Nothing is completed unless each part is what the file has there.
///
/// # Errors
/// [`TransferError::SourceChanged`], [`TransferError::Local`].
pub(super) async fn check(
    engine: &Engine,
    source: &Source,
    before: &Identity,
    open: &Open,
) -> Result<(), TransferError> {
    let (looked, earlier) = (source.clone(), before.clone());
    let difference =
        blocking(move || looked.identity().map(|now| (now.difference(&earlier), now.size))).await?;
    let (Some(how), size) = difference else { return Ok(()) };
    let changed = || TransferError::SourceChanged { path: source.path().to_owned(), how: how.clone() };
    if size != before.size {
        return Err(changed());
    }
    for (number, part) in &open.parts {
        let (start, len) = open.plan.part(*number);
        let range = FileRange::new(source.file(), start, len);
        let (buffers, algorithm) = (engine.buffers().clone(), part.checksum.algorithm());
        let read = blocking(move || checksum_of(&range, algorithm, &buffers)).await;
        let wrong =
            |error| TransferError::Local { what: "read", path: source.path().to_owned(), source: error };
        if read.map_err(wrong)? != part.checksum {
            return Err(changed());
        }
    }
    Ok(())
}
