//! GetObjectAttributesResponse (b184-b186).

use drystone_types::{Checksum, ETag, ObjectChecksum, PartNumber, StorageClass};

use super::common::checksum;
use crate::xml::writer::XmlWriter;

/// Answer to GetObjectAttributes: only what was asked for is `Some`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetObjectAttributesResponse {
    /// ETag, written without quotes (b184).
    pub etag: Option<ETag>,
    /// Checksum, written without `-N` (b184).
    pub checksum: Option<ObjectChecksum>,
    /// Parts, of multipart objects only (b185).
    pub object_parts: Option<ObjectParts>,
    /// Storage class, STANDARD included (b184).
    pub storage_class: Option<StorageClass>,
    /// Bytes.
    pub object_size: Option<u64>,
}

/// The parts of a multipart object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectParts {
    /// How many the object has.
    pub total: u64,
    /// A page of them, for composite objects only (b185).
    pub page: Option<ObjectPartsPage>,
}

/// One page of parts (b186).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPartsPage {
    /// x-amz-part-number-marker, 0 by default.
    pub part_number_marker: u32,
    /// The last listed number, 0 if none.
    pub next_part_number_marker: u32,
    /// Page size, after clamping.
    pub max_parts: u32,
    /// Are there more?
    pub is_truncated: bool,
    /// Ascending by number.
    pub parts: Vec<ObjectPart>,
}

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPart {
    /// Number.
    pub part_number: PartNumber,
    /// Bytes.
    pub size: u64,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

impl GetObjectAttributesResponse {
    /// The document.
    pub fn to_xml(&self) -> String {
        XmlWriter::document("GetObjectAttributesResponse", |w| {
            if let Some(etag) = &self.etag {
                w.value("ETag", etag);
            }
            if let Some(value) = &self.checksum {
                w.element("Checksum", |w| {
                    checksum(w, Some(&value.checksum));
                    w.text("ChecksumType", value.kind.name());
                });
            }
            if let Some(parts) = &self.object_parts {
                w.element("ObjectParts", |w| parts.write(w));
            }
            w.optional("StorageClass", self.storage_class.map(StorageClass::name));
            if let Some(size) = self.object_size {
                w.value("ObjectSize", size);
            }
        })
    }
}

impl ObjectParts {
    fn write(&self, w: &mut XmlWriter) {
        w.value("PartsCount", self.total);
        let Some(page) = &self.page else { return };
        w.value("PartNumberMarker", page.part_number_marker);
        w.value("NextPartNumberMarker", page.next_part_number_marker);
        w.value("MaxParts", page.max_parts);
        w.value("IsTruncated", page.is_truncated);
        for part in &page.parts {
            w.element("Part", |w| {
                w.value("PartNumber", part.part_number);
                w.value("Size", part.size);
                checksum(w, part.checksum.as_ref());
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GetObjectAttributesResponse, ObjectPart, ObjectParts, ObjectPartsPage};
    use drystone_types::*;

    #[test]
    fn b184_etag_is_bare_and_the_checksum_has_no_part_count() {
        let checksum = Checksum::new(ChecksumAlgorithm::Crc32, &[0; 4]);
        let whole = ObjectChecksum {
            checksum: checksum.expect("4 bytes"),
            kind: ChecksumType::Composite,
            part_count: Some(1),
        };
        let part = ObjectPart { part_number: PartNumber::new(1).expect("legal"), size: 5, checksum };
        let page = ObjectPartsPage {
            part_number_marker: 0,
            next_part_number_marker: 1,
            max_parts: 1000,
            is_truncated: false,
            parts: vec![part],
        };
        let answer = GetObjectAttributesResponse {
            etag: Some(ETag { digest: [0; 16], part_count: Some(1) }),
            checksum: Some(whole),
            object_parts: Some(ObjectParts { total: 1, page: Some(page) }),
            storage_class: Some(StorageClass::Standard),
            object_size: Some(5),
        };
        let expected = format!(
            "<ETag>{}-1</ETag><Checksum><ChecksumCRC32>AAAAAA==</ChecksumCRC32>\
             <ChecksumType>COMPOSITE</ChecksumType></Checksum><ObjectParts><PartsCount>1</PartsCount>\
             <PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>1</NextPartNumberMarker>\
             <MaxParts>1000</MaxParts><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber>\
             <Size>5</Size><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></ObjectParts>\
             <StorageClass>STANDARD</StorageClass><ObjectSize>5</ObjectSize></GetObjectAttributesResponse>",
            "0".repeat(32)
        );
        assert!(answer.to_xml().ends_with(&expected), "{}", answer.to_xml());
    }

    #[test]
    fn b185_full_object_uploads_show_only_the_total() {
        let object_parts = Some(ObjectParts { total: 2, page: None });
        let answer = GetObjectAttributesResponse { object_parts, ..GetObjectAttributesResponse::default() };
        let expected = "<ObjectParts><PartsCount>2</PartsCount></ObjectParts></GetObjectAttributesResponse>";
        assert!(answer.to_xml().ends_with(expected));
    }
}
