//! The actions of S3 as a client asks for them, a file each. A request knows its `call()`, so that it can be sent, sent once or
//! presigned; a list has a [`Pager`].

mod abort_upload;
mod bucket;
mod complete_upload;
mod copy_object;
mod copy_source;
mod create_upload;
mod delete_object;
mod delete_objects;
mod get_attributes;
mod get_object;
mod head_object;
mod list_buckets;
mod list_objects;
mod list_parts;
mod list_uploads;
mod list_versions;
mod object_head;
mod pager;
mod put_object;
mod tagging;
mod upload_part;
mod upload_part_copy;

pub use abort_upload::AbortMultipartUpload;
pub use bucket::HeadBucket;
pub use complete_upload::{COMPLETE_PATIENCE, CompleteMultipartUpload, CompletedPart};
pub use copy_object::CopyObject;
pub use copy_source::CopySource;
pub use create_upload::CreateMultipartUpload;
pub use delete_object::{DeleteObject, Deleted};
pub use delete_objects::{DELETE_OBJECTS_MAX, DeleteObjects, ObjectToDelete};
pub use get_attributes::{ALL_ATTRIBUTES, GetObjectAttributes};
pub use get_object::GetObject;
pub use head_object::HeadObject;
pub use list_buckets::ListBuckets;
pub use list_objects::ListObjectsV2;
pub use list_parts::ListParts;
pub use list_uploads::ListMultipartUploads;
pub use list_versions::ListObjectVersions;
pub use object_head::{ContentRange, ObjectHead};
pub use pager::{Paged, Pager};
pub use put_object::{PutObject, StoredObject};
pub use upload_part::{StoredPart, UploadPart};
pub use upload_part_copy::UploadPartCopy;

use crate::{Answer, Call, CallError, Client};
use drystone_types::ObjectChecksum;
use drystone_wire::headers::text::to_header_value;
use drystone_wire::xml::answer::NotUnderstood;
use drystone_wire::xml::reader::Node;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use md5::Digest as _;

impl Client {
    /// Sends what `call` makes and reads the answer's document, again and again while that may help. As only the document tells
    /// whether a copy or a Complete was done, errors in it are tried again, too.
    ///
    /// # Errors
    /// [`CallError`] of the last attempt.
    pub async fn document(&self, call: impl Fn() -> Result<Call, CallError>) -> Result<Document, CallError> {
        let mut attempt = 1;
        loop {
            let error = match self.document_once(call()?).await {
                Ok(document) => return Ok(document),
                Err(error) => error,
            };
            let wait = self.wait_after(&error, attempt).ok_or(error)?;
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// As [`Client::document`], once.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn document_once(&self, call: Call) -> Result<Document, CallError> {
        let mut answer = self.send_once(call).await?;
        let root = answer.document().await?;
        Ok(Document { action: answer.action, headers: answer.headers, root })
    }

    /// Sends a call whose answer says nothing in its body, and takes the body in so that the connection can be used again.
    async fn done(&self, call: Call) -> Result<Answer, CallError> {
        let mut answer = self.send(call).await?;
        answer.bytes(crate::answer::DOCUMENT_MAX_BYTES).await?;
        Ok(answer)
    }
}

/// An answer whose body is a document.
#[derive(Debug)]
pub struct Document {
    /// AWS's name of the action.
    pub action: &'static str,
    /// Headers.
    pub headers: HeaderMap,
    /// The document's root.
    pub root: Node,
}

impl Document {
    /// Reads the document by one of `wire::xml::answer`'s functions.
    fn read<T>(&self, reader: impl Fn(&Node) -> Result<T, NotUnderstood>) -> Result<T, CallError> {
        reader(&self.root)
            .map_err(|error| CallError::BadAnswer { action: self.action, why: error.to_string() })
    }
}

/// A header as text, if it is there and not empty.
fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    drystone_wire::headers::text::text(headers, name).filter(|text| !text.is_empty())
}

/// Content-MD5 of a document: what every store takes where S3 wants a document to be protected.
pub fn content_md5(document: &[u8]) -> HeaderValue {
    let digest = md5::Md5::digest(document);
    let text = drystone_types::Checksum::new(drystone_types::ChecksumAlgorithm::Md5, &digest);
    HeaderValue::from_str(&text.expect("16 bytes").to_base64()).expect("base64 is text")
}

impl Call {
    /// With a header whose value comes from outside.
    ///
    /// # Errors
    /// [`CallError::Unsendable`] when it holds a line break or NUL.
    pub fn text_header(mut self, name: &'static str, value: &str) -> Result<Self, CallError> {
        let why = || format!("{value:?} cannot be sent in the header {name}");
        let value = to_header_value(value)
            .ok_or_else(|| CallError::Unsendable { action: self.action, why: why() })?;
        self.headers.append(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// As [`Call::text_header`], if there is a value.
    ///
    /// # Errors
    /// As [`Call::text_header`].
    pub fn text_header_if(self, name: &'static str, value: Option<&str>) -> Result<Self, CallError> {
        match value {
            Some(value) => self.text_header(name, value),
            None => Ok(self),
        }
    }

    /// With the checksum of an object and its type.
    fn checksum(self, checksum: Option<&ObjectChecksum>) -> Result<Self, CallError> {
        let Some(checksum) = checksum else { return Ok(self) };
        self.text_header(checksum.checksum.algorithm().header(), &checksum.text())?
            .text_header("x-amz-checksum-type", checksum.kind.name())
    }
}

#[cfg(test)]
mod tests {
    use super::content_md5;
    use crate::Call;
    use http::Method;

    #[test]
    fn content_md5_is_that_of_rfc_1864() {
        assert_eq!(content_md5(b""), "1B2M2Y8AsgTpgAmY7PhCfg==");
    }

    #[test]
    fn what_headers_cannot_carry_is_refused() {
        let call = || Call::new("PutObject", Method::PUT);
        assert!(call().text_header("x-amz-meta-a", "a\r\nb: c").is_err());
        assert_eq!(
            call().text_header("x-amz-meta-a", "é").unwrap().headers["x-amz-meta-a"].as_bytes(),
            "é".as_bytes()
        );
    }
}
