//! GetObjectAttributesResponse, read (b184-b186).

use super::common::{
    NotUnderstood, checksum, etag, expect, flag, number, object_checksum, required_number, string,
};
use crate::xml::reader::Node;
use drystone_types::{Checksum, ObjectChecksum};

/// What GetObjectAttributes tells of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectAttributes {
    /// ETag, without quotes.
    pub etag: Option<String>,
    /// Checksum. A composite one lacks its part count here; it is that of `parts`.
    pub checksum: Option<ObjectChecksum>,
    /// Parts, of multipart objects only.
    pub parts: Option<ObjectParts>,
    /// Storage class.
    pub storage_class: Option<String>,
    /// Bytes.
    pub object_size: Option<u64>,
}

/// Parts of an object: how many, and a page of them where the store lists them, which is for some checksums only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectParts {
    /// How many the object has. (The element is TotalPartsCount in older stores.)
    pub total: Option<u64>,
    /// Where the next page begins, if there is one.
    pub next_part_number_marker: Option<u64>,
    /// Ascending by number.
    pub parts: Vec<ObjectPart>,
}

/// One part of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPart {
    /// Number.
    pub part_number: u64,
    /// Bytes.
    pub size: u64,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

/// Reads the answer to GetObjectAttributes.
///
/// # Errors
/// [`NotUnderstood`] when it is another document, a part lacks number or size, or the parts are truncated and nothing says where they
/// go on.
pub fn object_attributes(root: &Node) -> Result<ObjectAttributes, NotUnderstood> {
    expect(root, &["GetObjectAttributesResponse", "GetObjectAttributesOutput", "GetObjectAttributesResult"])?;
    Ok(ObjectAttributes {
        etag: etag(root),
        checksum: root.child("Checksum").and_then(object_checksum),
        parts: root.child("ObjectParts").map(object_parts).transpose()?,
        storage_class: string(root, "StorageClass"),
        object_size: number(root, "ObjectSize")?,
    })
}

fn object_parts(node: &Node) -> Result<ObjectParts, NotUnderstood> {
    let parts: Vec<_> = node.children_named("Part").map(part).collect::<Result<_, _>>()?;
    let total = match number(node, "PartsCount")? {
        Some(total) => Some(total),
        None => number(node, "TotalPartsCount")?,
    };
    let mut next = None;
    if flag(node, "IsTruncated") == Some(true) {
        let told: Option<u64> = number(node, "NextPartNumberMarker")?;
        next = told.max(parts.last().map(|part| part.part_number));
        if next.is_none() {
            return Err(NotUnderstood(
                "the object's parts are truncated and have no NextPartNumberMarker".into(),
            ));
        }
    }
    Ok(ObjectParts { total, next_part_number_marker: next, parts })
}

fn part(node: &Node) -> Result<ObjectPart, NotUnderstood> {
    Ok(ObjectPart {
        part_number: required_number(node, "PartNumber")?,
        size: required_number(node, "Size")?,
        checksum: checksum(node),
    })
}

#[cfg(test)]
mod tests {
    use super::super::common::testing::root;
    use super::object_attributes;
    use crate::xml::response::object_attributes::{
        GetObjectAttributesResponse, ObjectPart, ObjectParts, ObjectPartsPage,
    };
    use drystone_types::{
        Checksum, ChecksumAlgorithm, ChecksumType, ETag, ObjectChecksum, PartNumber, StorageClass,
    };

    #[test]
    fn b184_b186_what_our_server_writes_is_read() {
        let sha = Checksum::new(ChecksumAlgorithm::Sha256, &[5; 32]).unwrap();
        let etag = ETag { digest: [1; 16], part_count: Some(10_000) };
        let part = |n| ObjectPart { part_number: PartNumber::new(n).unwrap(), size: 8, checksum: Some(sha) };
        let written = GetObjectAttributesResponse {
            etag: Some(etag),
            checksum: Some(ObjectChecksum {
                checksum: sha,
                kind: ChecksumType::Composite,
                part_count: Some(10_000),
            }),
            object_parts: Some(ObjectParts {
                total: 10_000,
                page: Some(ObjectPartsPage {
                    part_number_marker: 0,
                    next_part_number_marker: 10_000,
                    max_parts: 10_000,
                    is_truncated: false,
                    parts: (1..=10_000).map(part).collect(),
                }),
            }),
            storage_class: Some(StorageClass::Standard),
            object_size: Some(80_000),
        };
        let read = object_attributes(&root(&written.to_xml())).unwrap();
        assert_eq!(read.etag, Some(etag.to_string()));
        let checksum = read.checksum.unwrap();
        assert_eq!(
            (checksum.checksum, checksum.kind, checksum.part_count),
            (sha, ChecksumType::Composite, None)
        );
        assert_eq!((read.object_size, read.storage_class.as_deref()), (Some(80_000), Some("STANDARD")));
        let parts = read.parts.unwrap();
        assert_eq!(
            (parts.total, parts.next_part_number_marker, parts.parts.len()),
            (Some(10_000), None, 10_000)
        );
        assert_eq!(parts.parts[9999].checksum, Some(sha));
    }

    #[test]
    fn documents_of_other_stores_are_read() {
        let of = |inside: &str| {
            object_attributes(&root(&format!(
                "<GetObjectAttributesResponse>{inside}</GetObjectAttributesResponse>"
            )))
        };
        let parts = |inside: &str| {
            of(&format!("<ObjectParts>{inside}</ObjectParts>")).map(|read| read.parts.unwrap_or_default())
        };
        assert_eq!(of("").unwrap().parts, None);
        assert_eq!(parts("<TotalPartsCount>3</TotalPartsCount>").unwrap().total, Some(3));
        let more = "<IsTruncated>true</IsTruncated>";
        let two = "<Part><PartNumber>2</PartNumber><Size>1</Size></Part>";
        assert_eq!(parts(&(two.to_owned() + more)).unwrap().next_part_number_marker, Some(2));
        assert!(parts(more).is_err());
        assert!(parts("<Part><PartNumber>2</PartNumber></Part>").is_err());
    }
}
