//! ListParts, ListMultipartUploads: one page each.

use drystone_metastore::record::UploadName;
pub use drystone_metastore::record::{PartPage, UploadEntry, UploadPage, UploadQuery};
use drystone_types::BucketName;

use crate::upload::create::AbortDue;
use crate::{Store, StoreError};

impl Store {
    /// ListParts: parts with numbers above `after`, at most `max`; and when a rule will abort the upload (b88).
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchUpload`].
    pub async fn list_parts(
        &self,
        upload: &UploadName,
        after: u16,
        max: usize,
    ) -> Result<(PartPage, Option<AbortDue>), StoreError> {
        let page = self.meta.list_parts(upload, after, max).await?;
        let bucket = self.get_bucket(&upload.bucket).await?;
        let due = self.abort_due(&bucket, &page.upload);
        Ok((page, due))
    }

    /// ListMultipartUploads.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::InvalidUploadIdMarker`].
    pub async fn list_uploads(
        &self,
        bucket: &BucketName,
        query: UploadQuery,
    ) -> Result<UploadPage, StoreError> {
        Ok(self.meta.list_uploads(bucket, query).await?)
    }
}
