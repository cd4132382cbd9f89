//! InitiateMultipartUploadResult and CompleteMultipartUploadResult.

use drystone_types::{BucketName, ETag, Key, ObjectChecksum, UploadId};

use super::common::object_checksum;
use crate::xml::writer::{DECLARATION, XmlWriter};

/// Answer to CreateMultipartUpload (b16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitiateMultipartUploadResult {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// The new upload.
    pub upload_id: UploadId,
}

impl InitiateMultipartUploadResult {
    /// The document.
    pub fn to_xml(&self) -> String {
        XmlWriter::document("InitiateMultipartUploadResult", |w| {
            w.text("Bucket", self.bucket.as_str());
            w.text("Key", self.key.as_str());
            w.value("UploadId", self.upload_id);
        })
    }
}

/// Answer to CompleteMultipartUpload (b107).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompleteMultipartUploadResult {
    /// URL of the object, its key percent-encoded.
    pub location: String,
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// The object's ETag.
    pub etag: ETag,
    /// The object's checksum, with `-N` when it is composite.
    pub checksum: Option<ObjectChecksum>,
}

impl CompleteMultipartUploadResult {
    /// The document.
    pub fn to_xml(&self) -> String {
        format!("{DECLARATION}{}", self.to_xml_fragment())
    }

    /// The document without its declaration, for an answer that began with [`DECLARATION`] and whitespace (b123).
    pub fn to_xml_fragment(&self) -> String {
        XmlWriter::fragment("CompleteMultipartUploadResult", |w| {
            w.text("Location", &self.location);
            w.text("Bucket", self.bucket.as_str());
            w.text("Key", self.key.as_str());
            w.text("ETag", &self.etag.quoted());
            object_checksum(w, self.checksum.as_ref());
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CompleteMultipartUploadResult, InitiateMultipartUploadResult};
    use drystone_types::*;

    #[test]
    fn b16_initiate_answers_bucket_key_and_upload_id() {
        let result = InitiateMultipartUploadResult {
            bucket: BucketName::parse("bkt").expect("legal"),
            key: Key::parse("a&b").expect("legal"),
            upload_id: UploadId(1),
        };
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<InitiateMultipartUploadResult \
            xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>bkt</Bucket><Key>a&amp;b</Key>\
            <UploadId>00000000000000000000000000000001</UploadId></InitiateMultipartUploadResult>";
        assert_eq!(result.to_xml(), expected);
    }

    #[test]
    fn b107_b108_complete_answers_location_etag_and_checksum() {
        let checksum = Checksum::new(ChecksumAlgorithm::Crc32, &[0; 4]).expect("4 bytes");
        let result = CompleteMultipartUploadResult {
            location: "http://h/bkt/%C3%A9".into(),
            bucket: BucketName::parse("bkt").expect("legal"),
            key: Key::parse("é").expect("legal"),
            etag: ETag { digest: [0xab; 16], part_count: Some(2) },
            checksum: Some(ObjectChecksum { checksum, kind: ChecksumType::Composite, part_count: Some(2) }),
        };
        let expected = format!(
            "<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Location>http://h/bkt/%C3%A9</Location><Bucket>bkt</Bucket><Key>é</Key>\
            <ETag>&quot;{}-2&quot;</ETag><ChecksumCRC32>AAAAAA==-2</ChecksumCRC32>\
            <ChecksumType>COMPOSITE</ChecksumType></CompleteMultipartUploadResult>",
            "ab".repeat(16)
        );
        assert_eq!(result.to_xml_fragment(), expected);
        assert!(result.to_xml().ends_with(&expected));
        assert!(result.to_xml().starts_with("<?xml"));
    }
}
