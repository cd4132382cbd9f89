//! PutObject: sends an object in one piece.

use super::text_of;
use crate::{Answer, Call, CallError, Client, Payload};
use drystone_types::ObjectChecksum;
use drystone_wire::xml::answer::{bare_etag, quoted_etag};
use http::{HeaderMap, Method};

/// Sends an object; its bytes are the payload of the call.
#[derive(Clone, Debug, Default)]
pub struct PutObject {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Only when there is no object of that key yet.
    pub if_none_match: bool,
    /// Only when the object of that key has this ETag.
    pub if_match: Option<String>,
    /// Content-Type, x-amz-meta-*, x-amz-checksum-* of a plain body, and so on.
    pub headers: HeaderMap,
}

/// What the store says of an object that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// ETag, without quotes.
    pub etag: String,
    /// Version.
    pub version_id: Option<String>,
    /// The checksum that the store computed.
    pub checksum: Option<ObjectChecksum>,
}

impl PutObject {
    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`].
    pub fn call(&self, payload: Payload) -> Result<Call, CallError> {
        let if_match = self.if_match.as_deref().map(quoted_etag);
        Call::new("PutObject", Method::PUT)
            .object(&self.bucket, &self.key)
            .headers(self.headers.clone())
            .payload(payload)
            .text_header_if("if-none-match", self.if_none_match.then_some("*"))?
            .text_header_if("if-match", if_match.as_deref())
    }
}

impl StoredObject {
    fn of(answer: &Answer) -> Result<Self, CallError> {
        let action = answer.action;
        let etag = text_of(&answer.headers, "etag");
        let etag = etag.ok_or_else(|| CallError::BadAnswer { action, why: "it has no ETag".into() })?;
        let head = super::ObjectHead::of(&answer.headers);
        Ok(Self { etag: bare_etag(&etag).to_owned(), version_id: head.version_id, checksum: head.checksum })
    }
}

impl Client {
    /// PutObject, once: a payload that streams can be sent once only.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn put_object(&self, request: &PutObject, payload: Payload) -> Result<StoredObject, CallError> {
        let mut answer = self.send_once(request.call(payload)?).await?;
        answer.bytes(crate::answer::DOCUMENT_MAX_BYTES).await?;
        StoredObject::of(&answer)
    }
}
