//! ListBucketResult, in the forms of ListObjects and ListObjectsV2.

use drystone_types::{
    BucketName, ChecksumAlgorithm, ChecksumType, ETag, Key, Owner, StorageClass, Timestamp,
};

use super::common::{Names, declared, owner};
use crate::xml::writer::XmlWriter;

/// One object of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEntry {
    /// Key.
    pub key: Key,
    /// Last modified.
    pub last_modified: Timestamp,
    /// ETag.
    pub etag: ETag,
    /// Bytes.
    pub size: u64,
    /// Storage class.
    pub storage_class: StorageClass,
    /// Owner; ListObjectsV2 shows it only with fetch-owner=true.
    pub owner: Option<Owner>,
    /// Algorithm and type of the object's checksum.
    pub checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

/// Answer to ListObjects. Names are given plain; they are encoded here when `encoding_url` is set (b102).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListObjectsResult {
    /// Bucket.
    pub bucket: BucketName,
    /// prefix, empty by default.
    pub prefix: String,
    /// marker, empty by default.
    pub marker: String,
    /// Where the next page begins; only when truncated and a delimiter was sent.
    pub next_marker: Option<String>,
    /// delimiter, if it was sent.
    pub delimiter: Option<String>,
    /// Page size, after clamping.
    pub max_keys: u32,
    /// encoding-type=url.
    pub encoding_url: bool,
    /// Are there more objects?
    pub is_truncated: bool,
    /// Ascending by key.
    pub contents: Vec<ObjectEntry>,
    /// Rolled-up prefixes.
    pub common_prefixes: Vec<String>,
}

/// Answer to ListObjectsV2. Names are given plain; they are encoded here when `encoding_url` is set (b102).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListObjectsV2Result {
    /// Bucket.
    pub bucket: BucketName,
    /// prefix, empty by default.
    pub prefix: String,
    /// delimiter, if it was sent.
    pub delimiter: Option<String>,
    /// Page size, after clamping.
    pub max_keys: u32,
    /// Objects and prefixes on this page.
    pub key_count: u32,
    /// encoding-type=url.
    pub encoding_url: bool,
    /// Are there more objects?
    pub is_truncated: bool,
    /// continuation-token, if it was sent; opaque, never encoded.
    pub continuation_token: Option<String>,
    /// The token of the next page.
    pub next_continuation_token: Option<String>,
    /// start-after, if it was sent.
    pub start_after: Option<String>,
    /// Ascending by key.
    pub contents: Vec<ObjectEntry>,
    /// Rolled-up prefixes.
    pub common_prefixes: Vec<String>,
}

impl ListObjectsResult {
    /// The document.
    pub fn to_xml(&self) -> String {
        let names = Names { url: self.encoding_url };
        XmlWriter::document("ListBucketResult", |w| {
            w.text("Name", self.bucket.as_str());
            names.text(w, "Prefix", &self.prefix);
            names.text(w, "Marker", &self.marker);
            names.optional(w, "NextMarker", self.next_marker.as_deref());
            names.optional(w, "Delimiter", self.delimiter.as_deref());
            w.value("MaxKeys", self.max_keys);
            names.encoding_type(w);
            w.value("IsTruncated", self.is_truncated);
            contents(w, names, &self.contents);
            names.common_prefixes(w, &self.common_prefixes);
        })
    }
}

impl ListObjectsV2Result {
    /// The document.
    pub fn to_xml(&self) -> String {
        let names = Names { url: self.encoding_url };
        XmlWriter::document("ListBucketResult", |w| {
            w.text("Name", self.bucket.as_str());
            names.text(w, "Prefix", &self.prefix);
            w.optional("ContinuationToken", self.continuation_token.as_deref());
            w.optional("NextContinuationToken", self.next_continuation_token.as_deref());
            names.optional(w, "StartAfter", self.start_after.as_deref());
            names.optional(w, "Delimiter", self.delimiter.as_deref());
            w.value("KeyCount", self.key_count);
            w.value("MaxKeys", self.max_keys);
            names.encoding_type(w);
            w.value("IsTruncated", self.is_truncated);
            contents(w, names, &self.contents);
            names.common_prefixes(w, &self.common_prefixes);
        })
    }
}

fn contents(w: &mut XmlWriter, names: Names, objects: &[ObjectEntry]) {
    for object in objects {
        w.element("Contents", |w| {
            names.text(w, "Key", object.key.as_str());
            w.text("LastModified", &object.last_modified.iso8601());
            w.text("ETag", &object.etag.quoted());
            declared(w, object.checksum);
            w.value("Size", object.size);
            if let Some(value) = &object.owner {
                owner(w, "Owner", value);
            }
            w.text("StorageClass", object.storage_class.name());
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{ListObjectsResult, ListObjectsV2Result, ObjectEntry};
    use drystone_types::*;

    fn object() -> ObjectEntry {
        ObjectEntry {
            key: Key::parse("a b\n").expect("legal"),
            last_modified: Timestamp(0),
            etag: ETag::single([0; 16]),
            size: 5,
            storage_class: StorageClass::Standard,
            owner: None,
            checksum: Some((ChecksumAlgorithm::Crc64Nvme, ChecksumType::FullObject)),
        }
    }

    #[test]
    fn v1_has_marker_and_raw_keys_survive() {
        let result = ListObjectsResult {
            bucket: BucketName::parse("bkt").expect("legal"),
            prefix: String::new(),
            marker: "m".into(),
            next_marker: Some("a b\n".into()),
            delimiter: Some("/".into()),
            max_keys: 1,
            encoding_url: false,
            is_truncated: true,
            contents: vec![object()],
            common_prefixes: vec!["p/".into()],
        };
        let expected = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult \
             xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bkt</Name><Prefix></Prefix>\
             <Marker>m</Marker><NextMarker>a b&#xA;</NextMarker><Delimiter>/</Delimiter><MaxKeys>1</MaxKeys>\
             <IsTruncated>true</IsTruncated><Contents><Key>a b&#xA;</Key>\
             <LastModified>1970-01-01T00:00:00.000Z</LastModified><ETag>&quot;{}&quot;</ETag>\
             <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>\
             <Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>\
             <CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>",
            "0".repeat(32)
        );
        assert_eq!(result.to_xml(), expected);
    }

    #[test]
    fn v2_has_tokens_and_b102_encodes_names_but_not_tokens() {
        let owner = Owner { id: "cafe".into(), account_id: "1".into(), display_name: "me".into() };
        let result = ListObjectsV2Result {
            bucket: BucketName::parse("bkt").expect("legal"),
            prefix: "a ".into(),
            delimiter: None,
            max_keys: 1000,
            key_count: 1,
            encoding_url: true,
            is_truncated: false,
            continuation_token: Some("t+t".into()),
            next_continuation_token: None,
            start_after: Some("s s".into()),
            contents: vec![ObjectEntry { owner: Some(owner), checksum: None, ..object() }],
            common_prefixes: Vec::new(),
        };
        let expected = format!(
            "<Name>bkt</Name><Prefix>a+</Prefix><ContinuationToken>t+t</ContinuationToken>\
             <StartAfter>s+s</StartAfter><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys>\
             <EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>a+b%0A</Key>\
             <LastModified>1970-01-01T00:00:00.000Z</LastModified><ETag>&quot;{}&quot;</ETag><Size>5</Size>\
             <Owner><ID>cafe</ID><DisplayName>me</DisplayName></Owner><StorageClass>STANDARD</StorageClass>\
             </Contents></ListBucketResult>",
            "0".repeat(32)
        );
        assert!(result.to_xml().ends_with(&expected), "{}", result.to_xml());
    }
}
