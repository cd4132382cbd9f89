//! ListVersionsResult: the answer to ListObjectVersions.

use drystone_types::{
    BucketName, ChecksumAlgorithm, ChecksumType, ETag, Key, Owner, StorageClass, Timestamp, Version,
};

use super::common::{Names, declared, owner};
use crate::xml::writer::XmlWriter;

/// Answer to ListObjectVersions. Names are given plain; they are encoded here when `encoding_url` is set (b102).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListVersionsResult {
    /// Bucket.
    pub bucket: BucketName,
    /// prefix, empty by default.
    pub prefix: String,
    /// key-marker, empty by default.
    pub key_marker: String,
    /// version-id-marker, empty by default.
    pub version_id_marker: String,
    /// Where the next page begins; only when truncated.
    pub next_key_marker: Option<String>,
    /// And with which version; not after a common prefix.
    pub next_version_id_marker: Option<String>,
    /// delimiter, if it was sent.
    pub delimiter: Option<String>,
    /// Page size, after clamping.
    pub max_keys: u32,
    /// encoding-type=url.
    pub encoding_url: bool,
    /// Are there more entries?
    pub is_truncated: bool,
    /// Versions and delete markers: by key, then the latest first.
    pub versions: Vec<VersionEntry>,
    /// Rolled-up prefixes.
    pub common_prefixes: Vec<String>,
}

/// A version or a delete marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionEntry {
    /// Key.
    pub key: Key,
    /// The version.
    pub version: Version,
    /// Is it the current one?
    pub is_latest: bool,
    /// Last modified.
    pub last_modified: Timestamp,
    /// Owner.
    pub owner: Owner,
    /// What a version holds; `None` for a delete marker.
    pub object: Option<VersionObject>,
}

/// What a version holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionObject {
    /// ETag.
    pub etag: ETag,
    /// Bytes.
    pub size: u64,
    /// Storage class.
    pub storage_class: StorageClass,
    /// Algorithm and type of the object's checksum.
    pub checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

impl ListVersionsResult {
    /// The document.
    pub fn to_xml(&self) -> String {
        let names = Names { url: self.encoding_url };
        XmlWriter::document("ListVersionsResult", |w| {
            w.text("Name", self.bucket.as_str());
            names.text(w, "Prefix", &self.prefix);
            names.text(w, "KeyMarker", &self.key_marker);
            w.text("VersionIdMarker", &self.version_id_marker);
            names.optional(w, "NextKeyMarker", self.next_key_marker.as_deref());
            w.optional("NextVersionIdMarker", self.next_version_id_marker.as_deref());
            w.value("MaxKeys", self.max_keys);
            names.optional(w, "Delimiter", self.delimiter.as_deref());
            names.encoding_type(w);
            w.value("IsTruncated", self.is_truncated);
            for version in &self.versions {
                entry(w, names, version);
            }
            names.common_prefixes(w, &self.common_prefixes);
        })
    }
}

fn entry(w: &mut XmlWriter, names: Names, version: &VersionEntry) {
    let element = if version.object.is_some() { "Version" } else { "DeleteMarker" };
    w.element(element, |w| {
        names.text(w, "Key", version.key.as_str());
        w.text("VersionId", &version.version.to_string());
        w.value("IsLatest", version.is_latest);
        w.text("LastModified", &version.last_modified.iso8601());
        if let Some(object) = &version.object {
            w.text("ETag", &object.etag.quoted());
            declared(w, object.checksum);
            w.value("Size", object.size);
            w.text("StorageClass", object.storage_class.name());
        }
        owner(w, "Owner", &version.owner);
    });
}

#[cfg(test)]
mod tests {
    use super::{ListVersionsResult, VersionEntry, VersionObject};
    use drystone_types::{
        BucketName, ChecksumAlgorithm, ChecksumType, ETag, Key, Owner, StorageClass, Timestamp, Version,
        VersionId,
    };

    fn result(encoding_url: bool) -> ListVersionsResult {
        let owner = Owner { id: "cafe".into(), account_id: "1".into(), display_name: "me".into() };
        let object = VersionObject {
            etag: ETag { digest: [0; 16], part_count: None },
            size: 3,
            storage_class: StorageClass::Standard,
            checksum: Some((ChecksumAlgorithm::Crc32, ChecksumType::FullObject)),
        };
        let entry = |id, is_null, object| VersionEntry {
            key: Key::parse("a b").expect("legal"),
            version: Version { id: VersionId(id), is_null },
            is_latest: id == 2,
            last_modified: Timestamp(0),
            owner: owner.clone(),
            object,
        };
        ListVersionsResult {
            bucket: BucketName::parse("bkt").expect("legal"),
            prefix: "a ".into(),
            key_marker: String::new(),
            version_id_marker: String::new(),
            next_key_marker: Some("a b".into()),
            next_version_id_marker: Some("null".into()),
            delimiter: Some("/".into()),
            max_keys: 2,
            encoding_url,
            is_truncated: true,
            versions: vec![entry(2, false, None), entry(1, true, Some(object))],
            common_prefixes: vec!["a x/".into()],
        }
    }

    #[test]
    fn versions_and_markers_stand_in_one_order() {
        let expected = "<Name>bkt</Name><Prefix>a </Prefix><KeyMarker></KeyMarker><VersionIdMarker></VersionIdMarker>\
            <NextKeyMarker>a b</NextKeyMarker><NextVersionIdMarker>null</NextVersionIdMarker><MaxKeys>2</MaxKeys>\
            <Delimiter>/</Delimiter><IsTruncated>true</IsTruncated>\
            <DeleteMarker><Key>a b</Key><VersionId>00000000000000000000000000000002</VersionId>\
            <IsLatest>true</IsLatest><LastModified>1970-01-01T00:00:00.000Z</LastModified>\
            <Owner><ID>cafe</ID><DisplayName>me</DisplayName></Owner></DeleteMarker>\
            <Version><Key>a b</Key><VersionId>null</VersionId><IsLatest>false</IsLatest>\
            <LastModified>1970-01-01T00:00:00.000Z</LastModified>\
            <ETag>&quot;00000000000000000000000000000000&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>\
            <ChecksumType>FULL_OBJECT</ChecksumType><Size>3</Size><StorageClass>STANDARD</StorageClass>\
            <Owner><ID>cafe</ID><DisplayName>me</DisplayName></Owner></Version>\
            <CommonPrefixes><Prefix>a x/</Prefix></CommonPrefixes></ListVersionsResult>";
        let xml = result(false).to_xml();
        assert!(xml.ends_with(expected), "{xml}");
    }

    #[test]
    fn b102_names_are_encoded_and_version_ids_are_not() {
        let xml = result(true).to_xml();
        for part in [
            "<Prefix>a+</Prefix>",
            "<NextKeyMarker>a+b</NextKeyMarker>",
            "<EncodingType>url</EncodingType>",
            "<Delimiter>/</Delimiter>",
            "<Key>a+b</Key>",
            "<Prefix>a+x/</Prefix>",
        ] {
            assert!(xml.contains(part), "{part}: {xml}");
        }
    }
}
