//! UploadPartCopy: a part whose bytes come from an object here.

use drystone_metastore::record::UploadName;
use drystone_types::{ByteRange, PartNumber, limits};

use crate::ingest::{IngestSpec, SentChecksum};
use crate::object::copy::body_of_object;
use crate::object::get::FoundObject;
use crate::upload::part::FinishedPart;
use crate::{Store, StoreError};

impl Store {
    /// UploadPartCopy of the inclusive `range` (first, last) of `source`, or of all of it. The part's checksum is of the
    /// upload's algorithm, whatever the source has (b58).
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`], [`StoreError::CopyRangeStart`], [`StoreError::CopyRangeEnd`],
    /// [`StoreError::CopySourceTooLarge`].
    pub async fn upload_part_copy(
        &self,
        upload: UploadName,
        part_number: PartNumber,
        source: FoundObject,
        range: Option<(u64, u64)>,
    ) -> Result<FinishedPart, StoreError> {
        let record = self.open_upload(&upload).await?;
        let range = copy_range(range, source.record.size)?;
        let declared = record.checksum.map(|(algorithm, _)| algorithm);
        let spec = IngestSpec {
            declared_len: Some(range.len()),
            size_max: limits::PART_SIZE_MAX_BYTES,
            content_md5: None,
            sent: SentChecksum::None,
            wanted: declared,
        };
        let body = body_of_object(self.read_object(source, range).await?);
        self.store_part(upload, part_number, body, spec, declared.is_some()).await
    }
}

/// The bytes that a copy range means, of a source of `size` bytes (b61, b62, b64).
fn copy_range(range: Option<(u64, u64)>, size: u64) -> Result<ByteRange, StoreError> {
    let max = limits::COPY_SOURCE_SIZE_MAX_BYTES;
    let range = match range {
        None => ByteRange::whole(size),
        Some((first, _)) if first >= size => return Err(StoreError::CopyRangeStart),
        Some((_, last)) if last >= size => return Err(StoreError::CopyRangeEnd { size }),
        Some((first, last)) => ByteRange { start: first, end: last + 1 },
    };
    if range.len() > max { Err(StoreError::CopySourceTooLarge { max }) } else { Ok(range) }
}

#[cfg(test)]
mod tests {
    use super::copy_range;
    use crate::StoreError;
    use drystone_types::ByteRange;

    #[test]
    fn b61_to_b64_copy_ranges() {
        assert_eq!(copy_range(None, 10).expect("whole"), ByteRange { start: 0, end: 10 });
        assert_eq!(copy_range(Some((0, 8)), 10).expect("part"), ByteRange { start: 0, end: 9 });
        assert!(matches!(copy_range(Some((0, 10)), 10), Err(StoreError::CopyRangeEnd { size: 10 })));
        assert!(matches!(copy_range(Some((10, 11)), 10), Err(StoreError::CopyRangeStart)));
        assert!(matches!(copy_range(None, (5 << 30) + 1), Err(StoreError::CopySourceTooLarge { .. })));
        assert!(copy_range(Some((0, (5 << 30) - 1)), 6 << 30).is_ok());
    }
}
