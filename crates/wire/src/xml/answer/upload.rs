//! InitiateMultipartUploadResult and CompleteMultipartUploadResult, read.

use super::common::{NotUnderstood, etag, expect, object_checksum, required, string};
use crate::xml::reader::Node;
use drystone_types::ObjectChecksum;

/// Answer to CreateMultipartUpload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedUpload {
    /// The new upload, opaque.
    pub upload_id: String,
}

/// Answer to CompleteMultipartUpload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedUpload {
    /// URL of the object.
    pub location: Option<String>,
    /// The object's ETag, without quotes.
    pub etag: String,
    /// The object's checksum.
    pub checksum: Option<ObjectChecksum>,
}

/// Reads the answer to CreateMultipartUpload.
///
/// # Errors
/// [`NotUnderstood`] when it is another document or has no UploadId.
pub fn created_upload(root: &Node) -> Result<CreatedUpload, NotUnderstood> {
    expect(root, &["InitiateMultipartUploadResult"])?;
    Ok(CreatedUpload { upload_id: required(root, "UploadId")?.trim().to_owned() })
}

/// Reads the answer to CompleteMultipartUpload.
///
/// # Errors
/// [`NotUnderstood`] when it is another document or has no ETag.
pub fn completed_upload(root: &Node) -> Result<CompletedUpload, NotUnderstood> {
    expect(root, &["CompleteMultipartUploadResult"])?;
    required(root, "ETag")?;
    Ok(CompletedUpload {
        location: string(root, "Location"),
        etag: etag(root).unwrap_or_default(),
        checksum: object_checksum(root),
    })
}

#[cfg(test)]
mod tests {
    use super::super::common::testing::root;
    use super::{completed_upload, created_upload};
    use crate::xml::response::upload::{CompleteMultipartUploadResult, InitiateMultipartUploadResult};
    use drystone_types::{
        BucketName, Checksum, ChecksumAlgorithm, ChecksumType, ETag, Key, ObjectChecksum, UploadId,
    };

    #[test]
    fn b16_b107_what_our_server_writes_is_read() {
        let (bucket, key) = (BucketName::parse("bucket").unwrap(), Key::parse("a &<\u{1}b").unwrap());
        let upload_id = UploadId(7);
        let xml =
            InitiateMultipartUploadResult { bucket: bucket.clone(), key: key.clone(), upload_id }.to_xml();
        assert_eq!(created_upload(&root(&xml)).unwrap().upload_id, upload_id.to_string());
        let etag = ETag { digest: [0xab; 16], part_count: Some(2) };
        for kind in [ChecksumType::Composite, ChecksumType::FullObject] {
            let part_count = (kind == ChecksumType::Composite).then_some(2);
            let checksum = Checksum::from_base64(ChecksumAlgorithm::Crc32, "AAAAAA==").unwrap();
            let checksum = Some(ObjectChecksum { checksum, kind, part_count });
            let location = "http://host/bucket/a".to_owned();
            let written = CompleteMultipartUploadResult {
                location,
                bucket: bucket.clone(),
                key: key.clone(),
                etag,
                checksum,
            };
            let read = completed_upload(&root(&written.to_xml())).unwrap();
            assert_eq!((read.etag, read.checksum), (etag.to_string(), checksum));
            assert_eq!(read.location.as_deref(), Some("http://host/bucket/a"));
        }
    }

    #[test]
    fn documents_of_other_stores_are_read_and_others_refused() {
        let aws = "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">
            <Bucket>example-bucket</Bucket><Key>example-object</Key>
            <UploadId>VXBsb2FkIElEIGZvciA2aWWpbmcncyBteS1tb3ZpZS5tMnRzIHVwbG9hZA</UploadId></InitiateMultipartUploadResult>";
        let id = "VXBsb2FkIElEIGZvciA2aWWpbmcncyBteS1tb3ZpZS5tMnRzIHVwbG9hZA";
        assert_eq!(created_upload(&root(aws)).unwrap().upload_id, id);
        let minimal = "<CompleteMultipartUploadResult><ETag>17fbc0a106abbb6f381aac6e331f2a19-1</ETag>\
                       <ChecksumXXHASH32>x</ChecksumXXHASH32></CompleteMultipartUploadResult>";
        let read = completed_upload(&root(minimal)).unwrap();
        assert_eq!((read.etag.as_str(), read.checksum), ("17fbc0a106abbb6f381aac6e331f2a19-1", None));
        for wrong in ["<html/>", "<InitiateMultipartUploadResult/>", "<CompleteMultipartUploadResult/>"] {
            assert!(created_upload(&root(wrong)).is_err(), "{wrong}");
            assert!(completed_upload(&root(wrong)).is_err(), "{wrong}");
        }
    }
}
