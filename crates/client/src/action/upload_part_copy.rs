//! UploadPartCopy: makes a part of bytes that the store has.

use super::CopySource;
use crate::{Call, CallError, Client};
use drystone_types::PartNumber;
use drystone_wire::xml::answer::{CopyResult, copy_result};
use http::{HeaderMap, Method};
use std::time::Duration;

/// Copying 5 GiB takes a store minutes.
const COPY_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Makes a part of an object or a range of it.
#[derive(Clone, Debug)]
pub struct UploadPartCopy {
    /// Bucket of the upload.
    pub bucket: String,
    /// Key of the upload.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// The part's number.
    pub part_number: PartNumber,
    /// What is copied.
    pub source: CopySource,
    /// First and last byte that are copied; `None` for all. A store refuses ranges of objects of one part below 5 MB.
    pub range: Option<(u64, u64)>,
    /// Keys of SSE-C.
    pub headers: HeaderMap,
}

impl UploadPartCopy {
    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`].
    pub fn call(&self) -> Result<Call, CallError> {
        let call = Call::new("UploadPartCopy", Method::PUT)
            .object(&self.bucket, &self.key)
            .query("partNumber", self.part_number)
            .query("uploadId", &self.upload_id)
            .headers(self.headers.clone())
            .patience(COPY_PATIENCE);
        let range = self.range.map(|(first, last)| format!("bytes={first}-{last}"));
        self.source.to(call)?.text_header_if("x-amz-copy-source-range", range.as_deref())
    }
}

impl Client {
    /// UploadPartCopy, tried again while that may help.
    ///
    /// # Errors
    /// [`CallError`], also when the error comes in the body of a 200.
    pub async fn upload_part_copy(&self, request: &UploadPartCopy) -> Result<CopyResult, CallError> {
        self.document(|| request.call()).await?.read(copy_result)
    }

    /// UploadPartCopy, once, for who has its own mind about when to try again.
    ///
    /// # Errors
    /// As [`Client::upload_part_copy`].
    pub async fn upload_part_copy_once(&self, request: &UploadPartCopy) -> Result<CopyResult, CallError> {
        self.document_once(request.call()?).await?.read(copy_result)
    }
}
