//! ListMultipartUploadsResult (b91-b102).

use drystone_types::{
    BucketName, ChecksumAlgorithm, ChecksumType, Key, Owner, StorageClass, Timestamp, UploadId,
};

use super::common::{Names, declared, owner};
use crate::xml::writer::XmlWriter;

/// Answer to ListMultipartUploads. Names are given plain; they are encoded here when `encoding_url` is set (b102).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListMultipartUploadsResult {
    /// Bucket.
    pub bucket: BucketName,
    /// key-marker of the request, empty by default.
    pub key_marker: String,
    /// upload-id-marker of the request; empty when it was ignored (b96).
    pub upload_id_marker: String,
    /// Key of the last entry; empty when there is none (b93).
    pub next_key_marker: String,
    /// Upload of the last entry; empty when there is none or it is a prefix (b93, b100).
    pub next_upload_id_marker: String,
    /// Page size, after clamping.
    pub max_uploads: u32,
    /// Are there more uploads?
    pub is_truncated: bool,
    /// prefix, if it was sent.
    pub prefix: Option<String>,
    /// delimiter, if it was sent.
    pub delimiter: Option<String>,
    /// encoding-type=url.
    pub encoding_url: bool,
    /// By key, then by initiation (b92).
    pub uploads: Vec<UploadEntry>,
    /// Rolled-up prefixes (b98).
    pub common_prefixes: Vec<String>,
}

/// One open upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadEntry {
    /// Key.
    pub key: Key,
    /// The upload.
    pub upload_id: UploadId,
    /// When it was created.
    pub initiated: Timestamp,
    /// Storage class.
    pub storage_class: StorageClass,
    /// Who will own the object.
    pub owner: Owner,
    /// Who created the upload.
    pub initiator: Owner,
    /// What Create declared.
    pub checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

impl ListMultipartUploadsResult {
    /// The document.
    pub fn to_xml(&self) -> String {
        let names = Names { url: self.encoding_url };
        XmlWriter::document("ListMultipartUploadsResult", |w| {
            w.text("Bucket", self.bucket.as_str());
            names.text(w, "KeyMarker", &self.key_marker);
            w.text("UploadIdMarker", &self.upload_id_marker);
            names.text(w, "NextKeyMarker", &self.next_key_marker);
            w.text("NextUploadIdMarker", &self.next_upload_id_marker);
            names.optional(w, "Prefix", self.prefix.as_deref());
            names.optional(w, "Delimiter", self.delimiter.as_deref());
            names.encoding_type(w);
            w.value("MaxUploads", self.max_uploads);
            w.value("IsTruncated", self.is_truncated);
            for upload in &self.uploads {
                w.element("Upload", |w| upload.write(w, names));
            }
            names.common_prefixes(w, &self.common_prefixes);
        })
    }
}

impl UploadEntry {
    fn write(&self, w: &mut XmlWriter, names: Names) {
        names.text(w, "Key", self.key.as_str());
        w.value("UploadId", self.upload_id);
        owner(w, "Initiator", &self.initiator);
        owner(w, "Owner", &self.owner);
        w.text("StorageClass", self.storage_class.name());
        w.text("Initiated", &self.initiated.iso8601());
        declared(w, self.checksum);
    }
}

#[cfg(test)]
mod tests {
    use super::{ListMultipartUploadsResult, UploadEntry};
    use drystone_types::*;

    fn result(encoding_url: bool) -> ListMultipartUploadsResult {
        let owner = Owner { id: "cafe".into(), account_id: "1".into(), display_name: "me".into() };
        let upload = UploadEntry {
            key: Key::parse("a b/+(").expect("legal"),
            upload_id: UploadId(1),
            initiated: Timestamp(0),
            storage_class: StorageClass::Standard,
            owner: owner.clone(),
            initiator: owner,
            checksum: Some((ChecksumAlgorithm::Crc32, ChecksumType::Composite)),
        };
        ListMultipartUploadsResult {
            bucket: BucketName::parse("bkt").expect("legal"),
            key_marker: "m m".into(),
            upload_id_marker: String::new(),
            next_key_marker: "a b/+(".into(),
            next_upload_id_marker: UploadId(1).to_string(),
            max_uploads: 1000,
            is_truncated: false,
            prefix: Some("a ".into()),
            delimiter: None,
            encoding_url,
            uploads: vec![upload],
            common_prefixes: vec!["c d/".into()],
        }
    }

    #[test]
    fn b91_every_element_is_there() {
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListMultipartUploadsResult \
            xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>bkt</Bucket><KeyMarker>m m</KeyMarker>\
            <UploadIdMarker></UploadIdMarker><NextKeyMarker>a b/+(</NextKeyMarker>\
            <NextUploadIdMarker>00000000000000000000000000000001</NextUploadIdMarker><Prefix>a </Prefix>\
            <MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated><Upload><Key>a b/+(</Key>\
            <UploadId>00000000000000000000000000000001</UploadId>\
            <Initiator><ID>cafe</ID><DisplayName>me</DisplayName></Initiator>\
            <Owner><ID>cafe</ID><DisplayName>me</DisplayName></Owner><StorageClass>STANDARD</StorageClass>\
            <Initiated>1970-01-01T00:00:00.000Z</Initiated><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>\
            <ChecksumType>COMPOSITE</ChecksumType></Upload><CommonPrefixes><Prefix>c d/</Prefix>\
            </CommonPrefixes></ListMultipartUploadsResult>";
        assert_eq!(result(false).to_xml(), expected);
    }

    #[test]
    fn b102_encoding_type_url_encodes_every_name() {
        let xml = result(true).to_xml();
        for expected in [
            "<KeyMarker>m+m</KeyMarker>",
            "<NextKeyMarker>a+b/%2B%28</NextKeyMarker>",
            "<Prefix>a+</Prefix>",
            "<EncodingType>url</EncodingType>",
            "<Key>a+b/%2B%28</Key>",
            "<CommonPrefixes><Prefix>c+d/</Prefix></CommonPrefixes>",
        ] {
            assert!(xml.contains(expected), "{expected} in {xml}");
        }
    }
}
