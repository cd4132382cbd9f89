//! CreateMultipartUpload: begins an upload.

use crate::{Call, CallError, Client};
use drystone_types::{ChecksumAlgorithm, ChecksumType};
use drystone_wire::xml::answer::created_upload;
use http::{HeaderMap, Method};

/// Begins an upload.
#[derive(Clone, Debug, Default)]
pub struct CreateMultipartUpload {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Checksums of the parts, and how that of the object is made of them.
    pub checksum: Option<(ChecksumAlgorithm, Option<ChecksumType>)>,
    /// Content-Type, x-amz-meta-*, x-amz-tagging, x-amz-storage-class and so on.
    pub headers: HeaderMap,
}

impl CreateMultipartUpload {
    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`].
    pub fn call(&self) -> Result<Call, CallError> {
        let call = Call::new("CreateMultipartUpload", Method::POST)
            .object(&self.bucket, &self.key)
            .query("uploads", "");
        let call = call.headers(self.headers.clone());
        let algorithm = self.checksum.map(|(algorithm, _)| algorithm.name());
        let kind = self.checksum.and_then(|(_, kind)| kind).map(ChecksumType::name);
        call.text_header_if("x-amz-checksum-algorithm", algorithm)?
            .text_header_if("x-amz-checksum-type", kind)
    }
}

impl Client {
    /// CreateMultipartUpload; the upload's id. When an answer is lost and it is asked again, an upload stays behind that nobody
    /// knows: a lifecycle rule or `uploads prune` removes it.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn create_multipart_upload(
        &self,
        request: &CreateMultipartUpload,
    ) -> Result<String, CallError> {
        Ok(self.document(|| request.call()).await?.read(created_upload)?.upload_id)
    }
}
