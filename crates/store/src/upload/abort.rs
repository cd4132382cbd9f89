//! AbortMultipartUpload: ends the upload; the sweep frees its parts.

use drystone_metastore::record::UploadName;

use crate::{Store, StoreError};

impl Store {
    /// AbortMultipartUpload.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`] when it is not open (b161, b162).
    pub async fn abort_upload(&self, upload: &UploadName) -> Result<(), StoreError> {
        self.freeing(|| self.meta.abort_upload(upload, None)).await?;
        self.sweep_wanted.notify_one();
        Ok(())
    }
}
