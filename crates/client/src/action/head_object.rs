//! HeadObject: what an object is, without its bytes.

use super::ObjectHead;
use crate::{Call, CallError, Client};
use drystone_wire::xml::answer::quoted_etag;
use http::{HeaderMap, Method};

/// Asks what an object is.
#[derive(Clone, Debug, Default)]
pub struct HeadObject {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version.
    pub version_id: Option<String>,
    /// One part of it, and how many it has.
    pub part_number: Option<u64>,
    /// Only when it has this ETag, without quotes.
    pub if_match: Option<String>,
    /// With checksums?
    pub checksum_mode: bool,
    /// Keys of SSE-C and the like.
    pub headers: HeaderMap,
}

impl HeadObject {
    /// An object with its checksums.
    pub fn new(bucket: &str, key: &str) -> Self {
        Self { bucket: bucket.to_owned(), key: key.to_owned(), checksum_mode: true, ..Self::default() }
    }

    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`].
    pub fn call(&self) -> Result<Call, CallError> {
        let if_match = self.if_match.as_deref().map(quoted_etag);
        Call::new("HeadObject", Method::HEAD)
            .object(&self.bucket, &self.key)
            .query_if("partNumber", self.part_number)
            .query_if("versionId", self.version_id.as_deref())
            .headers(self.headers.clone())
            .text_header_if("if-match", if_match.as_deref())?
            .text_header_if("x-amz-checksum-mode", self.checksum_mode.then_some("ENABLED"))
    }
}

impl Client {
    /// HeadObject.
    ///
    /// # Errors
    /// [`CallError`]; as answers to HEAD have no body, codes are made of the status: `NotFound` for 404.
    pub async fn head_object(&self, request: &HeadObject) -> Result<ObjectHead, CallError> {
        Ok(ObjectHead::of(&self.done(request.call()?).await?.headers))
    }
}
