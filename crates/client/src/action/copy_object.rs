//! CopyObject: copies an object of at most 5 GiB within the store.

use super::{CopySource, text_of};
use crate::{Call, CallError, Client};
use drystone_types::ChecksumAlgorithm;
use drystone_wire::xml::answer::{CopyResult, copy_result};
use http::{HeaderMap, Method};
use std::time::Duration;

/// Copying 5 GiB takes a store minutes.
const COPY_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Copies an object.
#[derive(Clone, Debug, Default)]
pub struct CopyObject {
    /// Bucket of the copy.
    pub bucket: String,
    /// Key of the copy.
    pub key: String,
    /// What is copied.
    pub source: CopySource,
    /// Takes metadata from `headers` instead of the source.
    pub replace_metadata: bool,
    /// Takes tags from `headers` (x-amz-tagging) instead of the source.
    pub replace_tags: bool,
    /// The checksum that the copy gets.
    pub checksum: Option<ChecksumAlgorithm>,
    /// x-amz-storage-class and so on; metadata and tags when they are replaced.
    pub headers: HeaderMap,
}

impl CopyObject {
    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`].
    pub fn call(&self) -> Result<Call, CallError> {
        let call = Call::new("CopyObject", Method::PUT)
            .object(&self.bucket, &self.key)
            .headers(self.headers.clone())
            .patience(COPY_PATIENCE);
        self.source
            .to(call)?
            .text_header_if("x-amz-metadata-directive", self.replace_metadata.then_some("REPLACE"))?
            .text_header_if("x-amz-tagging-directive", self.replace_tags.then_some("REPLACE"))?
            .text_header_if("x-amz-checksum-algorithm", self.checksum.map(ChecksumAlgorithm::name))
    }
}

impl Client {
    /// CopyObject, tried again while that may help; and the version of the copy.
    ///
    /// # Errors
    /// [`CallError`], also when the error comes in the body of a 200.
    pub async fn copy_object(&self, request: &CopyObject) -> Result<(CopyResult, Option<String>), CallError> {
        let document = self.document(|| request.call()).await?;
        Ok((document.read(copy_result)?, text_of(&document.headers, "x-amz-version-id")))
    }
}
