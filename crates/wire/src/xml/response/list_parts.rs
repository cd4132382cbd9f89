//! ListPartsResult (b77-b85).

use drystone_types::{
    BucketName, Checksum, ChecksumAlgorithm, ChecksumType, ETag, Key, Owner, PartNumber, StorageClass,
    Timestamp, UploadId,
};

use super::common::{checksum, declared, owner};
use crate::xml::writer::XmlWriter;

/// Answer to ListParts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPartsResult {
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// The upload.
    pub upload_id: UploadId,
    /// Who created the upload.
    pub initiator: Owner,
    /// Who will own the object. S3 shows no name of it any more; clients of old want one (b87).
    pub owner: Owner,
    /// Storage class.
    pub storage_class: StorageClass,
    /// The marker of the request, 0 by default (b79).
    pub part_number_marker: u32,
    /// The last listed number, 0 if none (b79).
    pub next_part_number_marker: u32,
    /// Page size, after clamping (b81).
    pub max_parts: u32,
    /// Are there more parts?
    pub is_truncated: bool,
    /// What Create declared; decides whether parts show checksums (b85).
    pub checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
    /// Ascending by number (b78).
    pub parts: Vec<PartEntry>,
}

/// One finished part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartEntry {
    /// Number.
    pub part_number: PartNumber,
    /// When it was stored.
    pub last_modified: Timestamp,
    /// ETag.
    pub etag: ETag,
    /// Bytes.
    pub size: u64,
    /// Checksum by the declared algorithm.
    pub checksum: Option<Checksum>,
}

impl ListPartsResult {
    /// The document.
    pub fn to_xml(&self) -> String {
        XmlWriter::document("ListPartsResult", |w| {
            w.text("Bucket", self.bucket.as_str());
            w.text("Key", self.key.as_str());
            w.value("UploadId", self.upload_id);
            w.value("PartNumberMarker", self.part_number_marker);
            w.value("NextPartNumberMarker", self.next_part_number_marker);
            w.value("MaxParts", self.max_parts);
            w.value("IsTruncated", self.is_truncated);
            declared(w, self.checksum);
            for part in &self.parts {
                w.element("Part", |w| part.write(w));
            }
            owner(w, "Initiator", &self.initiator);
            owner(w, "Owner", &self.owner);
            w.text("StorageClass", self.storage_class.name());
        })
    }
}

impl PartEntry {
    fn write(&self, w: &mut XmlWriter) {
        w.value("PartNumber", self.part_number);
        w.text("LastModified", &self.last_modified.iso8601());
        w.text("ETag", &self.etag.quoted());
        w.value("Size", self.size);
        checksum(w, self.checksum.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::{ListPartsResult, PartEntry};
    use drystone_types::*;

    fn result() -> ListPartsResult {
        let owner = Owner { id: "cafe".into(), account_id: "1".into(), display_name: "me".into() };
        ListPartsResult {
            bucket: BucketName::parse("bkt").expect("legal"),
            key: Key::parse("a<\"'&>b").expect("legal"),
            upload_id: UploadId(1),
            initiator: owner.clone(),
            owner,
            storage_class: StorageClass::Standard,
            part_number_marker: 0,
            next_part_number_marker: 0,
            max_parts: 1000,
            is_truncated: false,
            checksum: None,
            parts: Vec::new(),
        }
    }

    #[test]
    fn b77_b79_b87_b89_an_empty_page_still_has_every_element() {
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListPartsResult \
            xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>bkt</Bucket>\
            <Key>a&lt;&quot;&apos;&amp;&gt;b</Key><UploadId>00000000000000000000000000000001</UploadId>\
            <PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>0</NextPartNumberMarker>\
            <MaxParts>1000</MaxParts><IsTruncated>false</IsTruncated>\
            <Initiator><ID>cafe</ID><DisplayName>me</DisplayName></Initiator><Owner><ID>cafe</ID><DisplayName>me</DisplayName></Owner>\
            <StorageClass>STANDARD</StorageClass></ListPartsResult>";
        assert_eq!(result().to_xml(), expected);
    }

    #[test]
    fn b77_b85_parts_show_number_time_etag_size_and_declared_checksum() {
        let part = PartEntry {
            part_number: PartNumber::new(3).expect("legal"),
            last_modified: Timestamp(0),
            etag: ETag::single([0; 16]),
            size: 5,
            checksum: Checksum::new(ChecksumAlgorithm::Crc32, &[0; 4]),
        };
        let checksum = Some((ChecksumAlgorithm::Crc32, ChecksumType::Composite));
        let xml = ListPartsResult { checksum, parts: vec![part], ..result() }.to_xml();
        let expected = format!(
            "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType><Part>\
             <PartNumber>3</PartNumber><LastModified>1970-01-01T00:00:00.000Z</LastModified>\
             <ETag>&quot;{}&quot;</ETag><Size>5</Size><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>",
            "0".repeat(32)
        );
        assert!(xml.contains(&expected), "{xml}");
    }
}
