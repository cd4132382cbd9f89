//! GetObject: the bytes of an object.

use crate::{Answer, Call, CallError, Client};
use drystone_wire::xml::answer::quoted_etag;
use http::{HeaderMap, Method};

/// Asks for an object or some of it.
#[derive(Clone, Debug, Default)]
pub struct GetObject {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version.
    pub version_id: Option<String>,
    /// One part of it.
    pub part_number: Option<u64>,
    /// `bytes=0-9`, as the header has it.
    pub range: Option<String>,
    /// Only when it has this ETag, without quotes.
    pub if_match: Option<String>,
    /// With checksums? Stores tell them for whole objects and parts, not for ranges.
    pub checksum_mode: bool,
    /// Keys of SSE-C and the like.
    pub headers: HeaderMap,
}

impl GetObject {
    /// A whole object with its checksum.
    pub fn new(bucket: &str, key: &str) -> Self {
        Self { bucket: bucket.to_owned(), key: key.to_owned(), checksum_mode: true, ..Self::default() }
    }

    /// The bytes from `first` to `last`.
    pub fn range(self, first: u64, last: u64) -> Self {
        Self { range: Some(format!("bytes={first}-{last}")), ..self }
    }

    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`].
    pub fn call(&self) -> Result<Call, CallError> {
        let if_match = self.if_match.as_deref().map(quoted_etag);
        Call::new("GetObject", Method::GET)
            .object(&self.bucket, &self.key)
            .query_if("partNumber", self.part_number)
            .query_if("versionId", self.version_id.as_deref())
            .headers(self.headers.clone())
            .text_header_if("range", self.range.as_deref())?
            .text_header_if("if-match", if_match.as_deref())?
            .text_header_if("x-amz-checksum-mode", self.checksum_mode.then_some("ENABLED"))
    }
}

impl Client {
    /// GetObject: the answer, its body unread; [`super::ObjectHead::of`] reads its headers. Only getting the answer is tried again;
    /// what to do when the body breaks off is up to the reader.
    ///
    /// # Errors
    /// [`CallError`]; `PreconditionFailed` when the object has another ETag than it must have.
    pub async fn get_object(&self, request: &GetObject) -> Result<Answer, CallError> {
        self.send(request.call()?).await
    }

    /// GetObject, once, for who has its own mind about when to try again.
    ///
    /// # Errors
    /// As [`Client::get_object`].
    pub async fn get_object_once(&self, request: &GetObject) -> Result<Answer, CallError> {
        self.send_once(request.call()?).await
    }
}
