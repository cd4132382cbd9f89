//! ListPartsResult, read.

use super::common::{
    Account, NotUnderstood, account, checksum, date, declared, etag, expect, flag, number, required_number,
    string,
};
use crate::xml::reader::Node;
use drystone_types::{Checksum, ChecksumAlgorithm, ChecksumType, Timestamp};

/// One page of the parts of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPartsPage {
    /// Where the next page begins, if there is one.
    pub next_part_number_marker: Option<u64>,
    /// What Create declared.
    pub checksum: Option<(ChecksumAlgorithm, Option<ChecksumType>)>,
    /// Ascending by number.
    pub parts: Vec<PartEntry>,
    /// Who began the upload.
    pub initiator: Option<Account>,
    /// Who will own the object.
    pub owner: Option<Account>,
    /// Storage class.
    pub storage_class: Option<String>,
}

/// One finished part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartEntry {
    /// Number. Stores with other limits than S3's may go beyond 10,000.
    pub part_number: u64,
    /// Bytes.
    pub size: u64,
    /// ETag, without quotes.
    pub etag: String,
    /// When it was stored.
    pub last_modified: Option<Timestamp>,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

/// Reads a page of ListParts. A truncated page whose marker lies before its last part goes on after that part.
///
/// # Errors
/// [`NotUnderstood`] when it is another document, a part lacks number, size or ETag, or the page is truncated and nothing says where
/// the next one begins.
pub fn list_parts(root: &Node) -> Result<ListPartsPage, NotUnderstood> {
    expect(root, &["ListPartsResult"])?;
    let parts: Vec<_> = root.children_named("Part").map(part).collect::<Result<_, _>>()?;
    let mut next = None;
    if flag(root, "IsTruncated") == Some(true) {
        let told: Option<u64> = number(root, "NextPartNumberMarker")?;
        next = told.max(parts.last().map(|part| part.part_number));
        if next.is_none() {
            return Err(NotUnderstood(
                "the list of parts is truncated and has no NextPartNumberMarker".into(),
            ));
        }
    }
    Ok(ListPartsPage {
        next_part_number_marker: next,
        checksum: declared(root),
        parts,
        initiator: account(root, "Initiator"),
        owner: account(root, "Owner"),
        storage_class: string(root, "StorageClass"),
    })
}

fn part(node: &Node) -> Result<PartEntry, NotUnderstood> {
    Ok(PartEntry {
        part_number: required_number(node, "PartNumber")?,
        size: required_number(node, "Size")?,
        etag: etag(node).ok_or_else(|| NotUnderstood("a part has no ETag".into()))?,
        last_modified: date(node, "LastModified"),
        checksum: checksum(node),
    })
}

#[cfg(test)]
mod tests {
    use super::super::common::testing::root;
    use super::list_parts;
    use crate::xml::response::list_parts::{ListPartsResult, PartEntry};
    use drystone_types::{
        BucketName, Checksum, ChecksumAlgorithm, ChecksumType, ETag, Key, Owner, PartNumber, StorageClass,
        Timestamp, UploadId,
    };

    fn written(part_count: u64, is_truncated: bool) -> ListPartsResult {
        let owner = Owner { id: "me".into(), account_id: "1".into(), display_name: "Me".into() };
        let part = |number| PartEntry {
            part_number: PartNumber::new(number).unwrap(),
            last_modified: Timestamp::from_seconds(number),
            etag: ETag::single([1; 16]),
            size: number * 5,
            checksum: Some(Checksum::crc64nvme(number)),
        };
        ListPartsResult {
            bucket: BucketName::parse("bucket").unwrap(),
            key: Key::parse("k").unwrap(),
            upload_id: UploadId(7),
            initiator: owner.clone(),
            owner,
            storage_class: StorageClass::StandardIa,
            part_number_marker: 0,
            next_part_number_marker: u32::try_from(part_count).unwrap(),
            max_parts: 1000,
            is_truncated,
            checksum: Some((ChecksumAlgorithm::Crc64Nvme, ChecksumType::FullObject)),
            parts: (1..=part_count).map(part).collect(),
        }
    }

    #[test]
    fn b77_what_our_server_writes_is_read() {
        let page = list_parts(&root(&written(3, false).to_xml())).unwrap();
        assert_eq!(page.next_part_number_marker, None);
        assert_eq!(page.checksum, Some((ChecksumAlgorithm::Crc64Nvme, Some(ChecksumType::FullObject))));
        assert_eq!(page.storage_class.as_deref(), Some("STANDARD_IA"));
        assert_eq!(page.owner.unwrap().id.as_deref(), Some("me"));
        let last = page.parts.last().unwrap();
        assert_eq!((last.part_number, last.size, last.etag.len()), (3, 15, 32));
        assert_eq!(last.checksum, Some(Checksum::crc64nvme(3)));
        assert_eq!(last.last_modified, Some(Timestamp::from_seconds(3)));
        assert_eq!(list_parts(&root(&written(2, true).to_xml())).unwrap().next_part_number_marker, Some(2));
    }

    #[test]
    fn b1_ten_thousand_parts_on_one_page_are_read() {
        let page = list_parts(&root(&written(10_000, false).to_xml())).unwrap();
        assert_eq!(page.parts.len(), 10_000);
    }

    #[test]
    fn a_document_may_end_its_name_as_moto_does() {
        let xml = "<ListPartsResponse><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><ETag>e</ETag>\
                   <Size>5</Size></Part></ListPartsResponse>";
        assert_eq!(list_parts(&root(xml)).unwrap().parts.len(), 1);
        assert!(list_parts(&root("<ListPartsTable/>")).is_err());
        assert!(list_parts(&root("<html/>")).is_err());
    }

    #[test]
    fn documents_of_other_stores_are_read() {
        let xml = "<ListPartsResult><UploadId>u</UploadId><IsTruncated>true</IsTruncated>\
                   <Part><ETag>e1</ETag><Size>5</Size><PartNumber>7</PartNumber></Part>\
                   <Part><PartNumber>10001</PartNumber><LastModified>never</LastModified><ETag>&#34;e2&#34;</ETag><Size>1</Size>\
                   <ChecksumCRC32>broken</ChecksumCRC32></Part>MARKER</ListPartsResult>";
        for (marker, next) in [("", 10_001), ("0", 10_001), ("7", 10_001), ("20000", 20_000)] {
            let marker = format!("<NextPartNumberMarker>{marker}</NextPartNumberMarker>");
            let page = list_parts(&root(&xml.replace("MARKER", &marker))).unwrap();
            assert_eq!(page.next_part_number_marker, Some(next), "{marker}");
            let etags: Vec<_> = page.parts.iter().map(|part| part.etag.as_str()).collect();
            assert_eq!(etags, ["e1", "e2"]);
            assert_eq!((page.parts[1].checksum, page.parts[1].last_modified), (None, None));
        }
        for wrong in [
            "<ListPartsResult><IsTruncated>true</IsTruncated></ListPartsResult>",
            "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>1</Size></Part></ListPartsResult>",
            "<ListPartsResult><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part></ListPartsResult>",
            "<ListPartsResult><Part><PartNumber>x</PartNumber><ETag>e</ETag><Size>1</Size></Part></ListPartsResult>",
            "<html/>",
        ] {
            assert!(list_parts(&root(wrong)).is_err(), "{wrong}");
        }
    }
}
