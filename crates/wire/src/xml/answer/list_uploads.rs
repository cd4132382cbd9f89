//! ListMultipartUploadsResult, read.

use super::common::{Account, Names, NotUnderstood, account, date, declared, expect, flag, required, string};
use crate::xml::reader::Node;
use drystone_types::{ChecksumAlgorithm, ChecksumType, Timestamp};

/// One page of open uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListUploadsPage {
    /// Where the next page begins, if there is one: a key, and an upload of it, which is empty after a common prefix.
    pub next_markers: Option<(String, String)>,
    /// By key, then mostly by initiation.
    pub uploads: Vec<UploadEntry>,
    /// Rolled-up prefixes.
    pub common_prefixes: Vec<String>,
}

/// One open upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadEntry {
    /// Key.
    pub key: String,
    /// The upload, opaque.
    pub upload_id: String,
    /// When it was created.
    pub initiated: Option<Timestamp>,
    /// Storage class.
    pub storage_class: Option<String>,
    /// Who will own the object.
    pub owner: Option<Account>,
    /// Who created the upload.
    pub initiator: Option<Account>,
    /// What Create declared.
    pub checksum: Option<(ChecksumAlgorithm, Option<ChecksumType>)>,
}

/// Reads a page of ListMultipartUploads. A truncated page without markers goes on after its last entry.
///
/// # Errors
/// [`NotUnderstood`] when it is another document, an upload lacks key or id, or the page is truncated and nothing says where the next
/// one begins.
pub fn list_uploads(root: &Node) -> Result<ListUploadsPage, NotUnderstood> {
    expect(root, &["ListMultipartUploadsResult"])?;
    let names = Names::of(root);
    let uploads: Vec<_> =
        root.children_named("Upload").map(|node| upload(node, names)).collect::<Result<_, _>>()?;
    let common_prefixes = names.common_prefixes(root)?;
    let mut next_markers = None;
    if flag(root, "IsTruncated") == Some(true) {
        let told = names.optional(root, "NextKeyMarker")?;
        let told = told.map(|key| (key, string(root, "NextUploadIdMarker").unwrap_or_default()));
        let last = uploads.last().map(|upload| (upload.key.clone(), upload.upload_id.clone()));
        let last_prefix = common_prefixes.last().map(|prefix| (prefix.clone(), String::new()));
        next_markers = told.or_else(|| last.max(last_prefix));
        if next_markers.is_none() {
            return Err(NotUnderstood("the list of uploads is truncated and has no NextKeyMarker".into()));
        }
    }
    Ok(ListUploadsPage { next_markers, uploads, common_prefixes })
}

fn upload(node: &Node, names: Names) -> Result<UploadEntry, NotUnderstood> {
    Ok(UploadEntry {
        key: names.required(node, "Key")?,
        upload_id: required(node, "UploadId")?.to_owned(),
        initiated: date(node, "Initiated"),
        storage_class: string(node, "StorageClass"),
        owner: account(node, "Owner"),
        initiator: account(node, "Initiator"),
        checksum: declared(node),
    })
}

#[cfg(test)]
mod tests {
    use super::super::common::testing::root;
    use super::list_uploads;
    use crate::xml::response::list_uploads::{ListMultipartUploadsResult, UploadEntry};
    use drystone_types::{
        BucketName, ChecksumAlgorithm, ChecksumType, Key, Owner, StorageClass, Timestamp, UploadId,
    };

    fn written(keys: &[&str], encoding_url: bool) -> ListMultipartUploadsResult {
        let owner = Owner { id: "me".into(), account_id: "1".into(), display_name: "Me".into() };
        let upload = |key: &&str| UploadEntry {
            key: Key::parse(key).unwrap(),
            upload_id: UploadId(7),
            initiated: Timestamp::from_seconds(5),
            storage_class: StorageClass::Standard,
            owner: owner.clone(),
            initiator: owner.clone(),
            checksum: Some((ChecksumAlgorithm::Sha256, ChecksumType::Composite)),
        };
        ListMultipartUploadsResult {
            bucket: BucketName::parse("bucket").unwrap(),
            key_marker: String::new(),
            upload_id_marker: String::new(),
            next_key_marker: (*keys.last().unwrap()).into(),
            next_upload_id_marker: "up".into(),
            max_uploads: 1000,
            is_truncated: true,
            prefix: Some("p".into()),
            delimiter: Some("/".into()),
            encoding_url,
            uploads: keys.iter().map(upload).collect(),
            common_prefixes: vec!["p +/".into()],
        }
    }

    #[test]
    fn b102_b231_what_our_server_writes_is_read_encoded_and_plain() {
        for url in [false, true] {
            let keys = ["a b+c", "p%2F/é&<", "z\u{1}\r\n"];
            let page = list_uploads(&root(&written(&keys, url).to_xml())).unwrap();
            let read: Vec<_> = page.uploads.iter().map(|upload| upload.key.as_str()).collect();
            assert_eq!(read, keys);
            assert_eq!(page.common_prefixes, ["p +/"]);
            assert_eq!(page.next_markers, Some((keys[2].to_owned(), "up".to_owned())));
            assert_eq!(page.uploads[0].initiated, Some(Timestamp::from_seconds(5)));
            let declared = Some((ChecksumAlgorithm::Sha256, Some(ChecksumType::Composite)));
            assert_eq!(page.uploads[0].checksum, declared);
        }
    }

    #[test]
    fn documents_of_other_stores_are_read() {
        let upload = |key: &str| format!("<Upload><Key>{key}</Key><UploadId>1~x</UploadId></Upload>");
        let list =
            |inside: &str| format!("<ListMultipartUploadsResult>{inside}</ListMultipartUploadsResult>");
        let truncated = "<IsTruncated>true</IsTruncated>";
        let prefix = "<CommonPrefixes><Prefix>b/</Prefix><Prefix>c/</Prefix></CommonPrefixes>";
        let markers = |xml: &str| list_uploads(&root(&list(xml))).map(|page| page.next_markers);
        let pair = |key: &str, id: &str| Ok(Some((key.to_owned(), id.to_owned())));
        assert_eq!(markers(&upload("a")), Ok(None));
        assert_eq!(markers(&(upload("a") + truncated)), pair("a", "1~x"));
        assert_eq!(markers(&(upload("a") + truncated + prefix)), pair("c/", ""));
        assert_eq!(markers(&(upload("d") + truncated + prefix)), pair("d", "1~x"));
        assert_eq!(markers(&(upload("d") + truncated + "<NextKeyMarker>e</NextKeyMarker>")), pair("e", ""));
        assert!(markers(truncated).is_err());
        assert!(markers("<Upload><Key>a</Key></Upload>").is_err());
        assert!(
            markers("<EncodingType>url</EncodingType><Upload><Key>%zz</Key><UploadId>u</UploadId></Upload>")
                .is_err()
        );
        assert!(list_uploads(&root("<html/>")).is_err());
    }
}
