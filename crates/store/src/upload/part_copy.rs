//! UploadPartCopy: a part whose bytes come from an object here.

use drystone_metastore::record::UploadName;
use drystone_types::encryption::CustomerKey;
use drystone_types::{ByteRange, PartNumber, limits};

use crate::ingest::{IngestSpec, SentChecksum};
use crate::object::copy::body_of_object;
use crate::object::get::FoundObject;
use crate::upload::part::{FinishedPart, PartTarget};
use crate::{Store, StoreError};

impl Store {
    /// UploadPartCopy of the bytes `range` of `source`, which lie within it, or of all of it (b59). The part's checksum is
    /// of the upload's algorithm, whatever the source has (b58), and it is encrypted as the upload says; `customer_key` is the
    /// upload's, not the source's.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`], [`StoreError::CopySourceTooLarge`], [`StoreError::Encryption`].
    pub async fn upload_part_copy(
        &self,
        upload: UploadName,
        part_number: PartNumber,
        source: FoundObject,
        range: Option<ByteRange>,
        customer_key: Option<CustomerKey>,
    ) -> Result<FinishedPart, StoreError> {
        let record = self.open_upload(&upload).await?;
        let range = range.unwrap_or(ByteRange::whole(source.record.size));
        if range.len() > limits::COPY_SOURCE_SIZE_MAX_BYTES {
            return Err(StoreError::CopySourceTooLarge); // b64
        }
        let declared = record.checksum.map(|(algorithm, _)| algorithm);
        let spec = IngestSpec {
            declared_len: Some(range.len()),
            size_max: limits::PART_SIZE_MAX_BYTES,
            content_md5: None,
            sent: SentChecksum::None,
            wanted: declared,
        };
        let body = body_of_object(self.read_object(source, range).await?);
        let target = PartTarget { upload, record, part_number, customer_key };
        self.store_part(target, body, spec).await
    }
}
