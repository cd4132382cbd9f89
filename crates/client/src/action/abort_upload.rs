//! AbortMultipartUpload: gives an upload up and frees its parts.

use crate::{Call, CallError, Client};
use drystone_types::Timestamp;
use http::Method;

/// Gives an upload up.
#[derive(Clone, Debug, Default)]
pub struct AbortMultipartUpload {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// Only when it was begun at this moment. Few stores look at it.
    pub if_initiated: Option<Timestamp>,
}

impl AbortMultipartUpload {
    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`].
    pub fn call(&self) -> Result<Call, CallError> {
        let moment = self.if_initiated.map(Timestamp::http_date);
        Call::new("AbortMultipartUpload", Method::DELETE)
            .object(&self.bucket, &self.key)
            .query("uploadId", &self.upload_id)
            .text_header_if("x-amz-if-match-initiated-time", moment.as_deref())
    }
}

impl Client {
    /// AbortMultipartUpload. Parts that are on their way may arrive after it: who sent them aborts again.
    ///
    /// # Errors
    /// [`CallError`]; `NoSuchUpload` when there is none.
    pub async fn abort_multipart_upload(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
    ) -> Result<(), CallError> {
        let request = AbortMultipartUpload {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            upload_id: upload_id.to_owned(),
            if_initiated: None,
        };
        self.done(request.call()?).await.map(drop)
    }
}
