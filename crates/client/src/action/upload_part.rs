//! UploadPart: sends one part.

use super::text_of;
use crate::{Answer, Call, CallError, Client, Payload};
use drystone_types::{Checksum, ChecksumAlgorithm, PartNumber};
use drystone_wire::xml::answer::bare_etag;
use http::{HeaderMap, Method};

/// Sends one part; its bytes are the payload of the call.
#[derive(Clone, Debug)]
pub struct UploadPart {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// The part's number.
    pub part_number: PartNumber,
    /// x-amz-checksum-* of a plain body, Content-MD5, keys of SSE-C.
    pub headers: HeaderMap,
}

/// What the store says of a part that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPart {
    /// ETag, without quotes.
    pub etag: String,
    /// The checksum that the store computed.
    pub checksum: Option<Checksum>,
}

impl UploadPart {
    /// The call.
    pub fn call(&self, payload: Payload) -> Call {
        Call::new("UploadPart", Method::PUT)
            .object(&self.bucket, &self.key)
            .query("partNumber", self.part_number)
            .query("uploadId", &self.upload_id)
            .headers(self.headers.clone())
            .payload(payload)
    }
}

impl StoredPart {
    fn of(answer: &Answer) -> Result<Self, CallError> {
        let action = answer.action;
        let etag = text_of(&answer.headers, "etag");
        let etag = etag.ok_or_else(|| CallError::BadAnswer { action, why: "it has no ETag".into() })?;
        let value = |algorithm: ChecksumAlgorithm| {
            Checksum::from_base64(algorithm, &text_of(&answer.headers, algorithm.header())?)
        };
        let checksum = ChecksumAlgorithm::ALL.into_iter().find_map(value);
        Ok(Self { etag: bare_etag(&etag).to_owned(), checksum })
    }
}

impl Client {
    /// UploadPart, once: a payload that streams can be sent once only, and who sends many parts has its own mind about when to try
    /// again.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn upload_part(&self, request: &UploadPart, payload: Payload) -> Result<StoredPart, CallError> {
        let mut answer = self.send_once(request.call(payload)).await?;
        answer.bytes(crate::answer::DOCUMENT_MAX_BYTES).await?;
        StoredPart::of(&answer)
    }
}
