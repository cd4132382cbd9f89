//! Single: an object of at most 5 GiB is copied whole, in one CopyObject.

use super::properties::CopyOptions;
use super::source::SourceObject;
use super::{read_headers, tell_started};
use crate::engine::Engine;
use crate::error::TransferError;
use crate::outcome::{ObjectRef, Outcome};
use crate::progress::{Event, TransferId};
use drystone_client::action::CopyObject;

/// Copies.
///
/// # Errors
/// [`TransferError`].
pub(super) async fn copy(
    engine: &Engine,
    id: TransferId,
    source: &SourceObject,
    to: &ObjectRef,
    options: &CopyOptions,
) -> Result<Outcome, TransferError> {
    tell_started(engine, id, source, to, None, (0, 0));
    let wanted = options.for_copy(&source.head);
    let request = CopyObject {
        bucket: to.bucket.clone(),
        key: to.key.clone(),
        source: source.named(),
        replace_metadata: wanted.replace_metadata,
        replace_tags: wanted.replace_tags,
        checksum: None,
        headers: wanted.headers,
    };
    let slot = engine.pace().slot().await;
    let (copied, version_id) = match engine.client().copy_object(&request).await {
        Ok(copied) => {
            slot.done(source.size);
            copied
        }
        Err(error) => {
            if error.is_throttle() {
                slot.slow_down();
            }
            return Err(source.call_error(format!("copying {} to {to}", source.object), error));
        }
    };
    engine.tell(Event::Moved { id, part_number: 1, bytes: source.size });
    let mut verified = compare(source, to, &copied.etag, copied.checksum.as_ref())?;
    let mut checksum = copied.checksum;
    if verified.is_none() {
        // The answer proves nothing; what is there now may.
        let there = SourceObject::look(engine, to, &read_headers(&options.headers)).await;
        if let Ok(Some(there)) = there
            && there.etag == copied.etag
        {
            if there.size != source.size {
                let how = format!("it has {} bytes instead of {}", there.size, source.size);
                return Err(TransferError::Corrupt { what: format!("the copy {to}"), how });
            }
            checksum = checksum.or(there.head.checksum);
            verified =
                compare(source, to, &there.etag, checksum.as_ref())?.or_else(|| Some("length".to_owned()));
        }
    }
    Ok(Outcome {
        bytes: source.size,
        bytes_moved: source.size,
        etag: copied.etag,
        version_id,
        checksum: checksum.map(|sum| (sum.checksum.algorithm().lower_name().to_owned(), sum.text())),
        verified: verified.unwrap_or_else(|| "nothing: the store said that it is done".to_owned()),
        ..Outcome::default()
    })
}

fn compare(
    source: &SourceObject,
    to: &ObjectRef,
    etag: &str,
    checksum: Option<&drystone_types::ObjectChecksum>,
) -> Result<Option<String>, TransferError> {
    source
        .compare(None, etag, checksum)
        .map_err(|how| TransferError::Corrupt { what: format!("the copy {to}"), how })
}
