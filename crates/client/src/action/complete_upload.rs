//! CompleteMultipartUpload: makes an object of the parts.

use super::{Document, text_of};
use crate::{Call, CallError, Client};
use drystone_types::{Checksum, ObjectChecksum, PartNumber};
use drystone_wire::xml::answer::{CompletedUpload, completed_upload, quoted_etag};
use drystone_wire::xml::writer::XmlWriter;
use http::{HeaderMap, Method};
use std::time::Duration;

/// A store may take minutes to make an object of 10,000 parts.
pub const COMPLETE_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Makes an object of the parts.
#[derive(Clone, Debug, Default)]
pub struct CompleteMultipartUpload {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// The parts that count, ascending.
    pub parts: Vec<CompletedPart>,
    /// The checksum of the object: of the whole, or composite.
    pub checksum: Option<ObjectChecksum>,
    /// Bytes of the object: the store refuses when the parts come to something else.
    pub object_size: Option<u64>,
    /// Only when there is no object of that key yet.
    pub if_none_match: bool,
    /// Only when the object of that key has this ETag.
    pub if_match: Option<String>,
    /// Keys of SSE-C.
    pub headers: HeaderMap,
}

/// One part that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedPart {
    /// Number.
    pub part_number: PartNumber,
    /// ETag, without quotes.
    pub etag: String,
    /// Checksum, where the upload declared one.
    pub checksum: Option<Checksum>,
}

impl CompleteMultipartUpload {
    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`].
    pub fn call(&self) -> Result<Call, CallError> {
        let size = self.object_size.map(|size| size.to_string());
        let if_match = self.if_match.as_deref().map(quoted_etag);
        Call::new("CompleteMultipartUpload", Method::POST)
            .object(&self.bucket, &self.key)
            .query("uploadId", &self.upload_id)
            .headers(self.headers.clone())
            .body(self.document())
            .patience(COMPLETE_PATIENCE)
            .checksum(self.checksum.as_ref())?
            .text_header_if("x-amz-mp-object-size", size.as_deref())?
            .text_header_if("if-none-match", self.if_none_match.then_some("*"))?
            .text_header_if("if-match", if_match.as_deref())
    }

    fn document(&self) -> String {
        XmlWriter::document("CompleteMultipartUpload", |w| {
            for part in &self.parts {
                w.element("Part", |w| {
                    w.text("ETag", &quoted_etag(&part.etag));
                    if let Some(checksum) = &part.checksum {
                        w.text(checksum.algorithm().element(), &checksum.to_base64());
                    }
                    w.value("PartNumber", part.part_number);
                });
            }
        })
    }
}

impl Client {
    /// CompleteMultipartUpload, once: when the answer is lost or is an error of the store, only who knows the object can tell what
    /// became of it.
    ///
    /// # Errors
    /// [`CallError`], also when the error comes in the body of a 200.
    pub async fn complete_multipart_upload(
        &self,
        request: &CompleteMultipartUpload,
    ) -> Result<(CompletedUpload, Option<String>), CallError> {
        let document: Document = self.document_once(request.call()?).await?;
        let version_id = text_of(&document.headers, "x-amz-version-id");
        Ok((document.read(completed_upload)?, version_id))
    }
}

#[cfg(test)]
mod tests {
    use super::{CompleteMultipartUpload, CompletedPart};
    use crate::Payload;
    use drystone_types::{Checksum, ObjectChecksum, PartNumber};
    use drystone_wire::xml::request::complete;

    #[test]
    fn b1_b120_what_a_client_writes_the_server_reads() {
        let part = |n| CompletedPart {
            part_number: PartNumber::new(n).unwrap(),
            etag: if n == 1 { "\"quoted & strange\"".into() } else { "bare-1".into() },
            checksum: Some(Checksum::crc64nvme(n)),
        };
        let request = CompleteMultipartUpload {
            bucket: "b".into(),
            key: "k".into(),
            upload_id: "u/+".into(),
            parts: (1..=10_000).map(part).collect(),
            checksum: Some(ObjectChecksum::full(Checksum::crc64nvme(7))),
            object_size: Some(5),
            if_none_match: true,
            ..CompleteMultipartUpload::default()
        };
        let call = request.call().unwrap();
        let Payload::Bytes(body) = &call.payload else { panic!("a document") };
        let parts = complete::parse(body).unwrap();
        assert_eq!(parts.len(), 10_000);
        assert_eq!((parts[0].part_number, parts[0].etag.as_str()), (1, "\"quoted & strange\""));
        assert_eq!(
            (parts[9999].etag.as_str(), parts[9999].checksum),
            ("\"bare-1\"", Some(Checksum::crc64nvme(10_000)))
        );
        assert_eq!(call.headers["x-amz-checksum-crc64nvme"], Checksum::crc64nvme(7).to_base64());
        assert_eq!(call.headers["x-amz-checksum-type"], "FULL_OBJECT");
        assert_eq!(call.headers["x-amz-mp-object-size"], "5");
        assert_eq!(call.headers["if-none-match"], "*");
    }
}
