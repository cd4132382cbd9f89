//! CopyObjectResult and CopyPartResult.

use drystone_types::{Checksum, ETag, ObjectChecksum, Timestamp};

use super::common::{checksum, object_checksum};
use crate::xml::writer::{DECLARATION, XmlWriter};

/// Answer to CopyObject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyObjectResult {
    /// The copy's ETag.
    pub etag: ETag,
    /// When it was made.
    pub last_modified: Timestamp,
    /// The copy's checksum.
    pub checksum: Option<ObjectChecksum>,
}

impl CopyObjectResult {
    /// The document.
    pub fn to_xml(&self) -> String {
        format!("{DECLARATION}{}", self.to_xml_fragment())
    }

    /// The document without its declaration, for an answer that began early (as b123).
    pub fn to_xml_fragment(&self) -> String {
        XmlWriter::fragment("CopyObjectResult", |w| {
            w.text("LastModified", &self.last_modified.iso8601());
            w.text("ETag", &self.etag.quoted());
            object_checksum(w, self.checksum.as_ref());
        })
    }
}

/// Answer to UploadPartCopy (b57).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyPartResult {
    /// The part's ETag.
    pub etag: ETag,
    /// When it was made.
    pub last_modified: Timestamp,
    /// The part's checksum, by the algorithm that the upload declared.
    pub checksum: Option<Checksum>,
}

impl CopyPartResult {
    /// The document.
    pub fn to_xml(&self) -> String {
        format!("{DECLARATION}{}", self.to_xml_fragment())
    }

    /// The document without its declaration, for an answer that began early (as b123).
    pub fn to_xml_fragment(&self) -> String {
        XmlWriter::fragment("CopyPartResult", |w| {
            w.text("LastModified", &self.last_modified.iso8601());
            w.text("ETag", &self.etag.quoted());
            checksum(w, self.checksum.as_ref());
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CopyObjectResult, CopyPartResult};
    use drystone_types::{Checksum, ETag, ObjectChecksum, Timestamp};

    #[test]
    fn b57_b188_copies_answer_quoted_etag_time_and_checksum() {
        let etag = ETag::single([0xab; 16]);
        let checksum = Checksum::crc64nvme(1);
        let part = CopyPartResult { etag, last_modified: Timestamp(1_500), checksum: Some(checksum) };
        let inside = format!(
            "<LastModified>1970-01-01T00:00:01.000Z</LastModified><ETag>&quot;{}&quot;</ETag>\
             <ChecksumCRC64NVME>AAAAAAAAAAE=</ChecksumCRC64NVME>",
            "ab".repeat(16)
        );
        assert!(part.to_xml().ends_with(&format!("{inside}</CopyPartResult>")));
        let checksum = Some(ObjectChecksum::full(checksum));
        let object = CopyObjectResult { etag, last_modified: Timestamp(1_500), checksum };
        let expected = format!("{inside}<ChecksumType>FULL_OBJECT</ChecksumType></CopyObjectResult>");
        assert!(object.to_xml().ends_with(&expected));
    }
}
