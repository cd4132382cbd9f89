//! Copy: from object to object inside a store, which moves the bytes itself; in parts where it is large.

pub mod layout;
mod multipart;
mod open;
pub(crate) mod part;
mod properties;
mod single;
pub(crate) mod source;

pub use properties::{CopyOptions, CopyProps};

use crate::engine::Engine;
use crate::error::TransferError;
use crate::outcome::{ObjectRef, Outcome};
use crate::progress::{Event, Kind, TransferId};
use crate::upload::part_headers;
use drystone_types::limits::COPY_SOURCE_SIZE_MAX_BYTES;
use http::header::HeaderMap;
use layout::Layout;
use source::SourceObject;

impl Engine {
    /// Copies an object inside the store: whole up to 5 GiB, above in parts, which keep the layout of the source so that its ETag
    /// stays. Goes on where an earlier run of the same copy ended. Every read demands that the source has not changed.
    ///
    /// Dropping the future leaves the parts that are done, and a journal that knows them.
    ///
    /// # Errors
    /// [`TransferError::ObjectChanged`] when the source changes meanwhile; [`TransferError`]. Nothing is under the target's key then
    /// that was not there before.
    pub async fn copy(
        &self,
        from: &ObjectRef,
        to: &ObjectRef,
        options: &CopyOptions,
    ) -> Result<Outcome, TransferError> {
        let id = self.next_id();
        let outcome = self.copy_as(id, from, to, options).await;
        self.tell_end(id, outcome)
    }

    async fn copy_as(
        &self,
        id: TransferId,
        from: &ObjectRef,
        to: &ObjectRef,
        options: &CopyOptions,
    ) -> Result<Outcome, TransferError> {
        let source = SourceObject::look(self, from, &read_headers(&options.headers)).await?;
        let source = source.ok_or_else(|| TransferError::Refused(format!("there is no object {from}")))?;
        let threshold = options.multipart_threshold_bytes.unwrap_or(u64::MAX);
        if is_in_parts(source.size, threshold) {
            multipart::copy(self, id, source, to, options).await
        } else {
            single::copy(self, id, &source, to, options).await
        }
    }
}

/// Is an object of this size copied in parts?
fn is_in_parts(size: u64, threshold: u64) -> bool {
    size > COPY_SOURCE_SIZE_MAX_BYTES || (size >= threshold && size > 0)
}

/// Of the headers of a copy those that every request about it needs.
fn read_headers(headers: &HeaderMap) -> HeaderMap {
    part_headers(headers)
}

/// Tells that a copy begins, or goes on with so many bytes and parts that are there.
fn tell_started(
    engine: &Engine,
    id: TransferId,
    source: &SourceObject,
    to: &ObjectRef,
    layout: Option<&Layout>,
    (bytes_done, parts_done): (u64, u32),
) {
    engine.tell(Event::Started {
        id,
        kind: Kind::Copy,
        source: source.object.to_string(),
        target: to.to_string(),
        bytes_total: Some(source.size),
        part_count: layout.map_or(0, Layout::count),
        part_size_bytes: layout.map_or(source.size, |layout| layout.part(1).1),
        bytes_done,
        parts_done,
    });
}

#[cfg(test)]
mod tests {
    use super::is_in_parts;

    #[test]
    fn b5_objects_above_5_gib_are_copied_in_parts() {
        const GIB: u64 = 1 << 30;
        let cases = [
            (0, u64::MAX, false),
            (5 * GIB, u64::MAX, false),
            (5 * GIB + 1, u64::MAX, true),
            (100, 100, true),
            (99, 100, false),
            (0, 0, false),
            (1, 0, true),
        ];
        for (size, threshold, want) in cases {
            assert_eq!(is_in_parts(size, threshold), want, "{size} {threshold}");
        }
    }
}
