//! ListBucketResult of ListObjectsV2, read.

use super::common::{
    Account, Names, NotUnderstood, account, date, declared, etag, expect, flag, required_number, string,
};
use crate::xml::reader::Node;
use drystone_types::{ChecksumAlgorithm, ChecksumType, Timestamp};

/// One page of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListObjectsPage {
    /// The token of the next page, if there is one.
    pub next_continuation_token: Option<String>,
    /// Objects, mostly ascending by key.
    pub objects: Vec<ObjectEntry>,
    /// Rolled-up prefixes.
    pub common_prefixes: Vec<String>,
}

/// One object of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEntry {
    /// Key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// ETag, without quotes.
    pub etag: Option<String>,
    /// Last modified.
    pub last_modified: Option<Timestamp>,
    /// Storage class.
    pub storage_class: Option<String>,
    /// Owner, if it was asked for.
    pub owner: Option<Account>,
    /// Algorithm and type of the object's checksum.
    pub checksum: Option<(ChecksumAlgorithm, Option<ChecksumType>)>,
}

/// Reads a page of ListObjectsV2.
///
/// # Errors
/// [`NotUnderstood`] when it is another document, an object lacks key or size, or the page is truncated and has no token.
pub fn list_objects(root: &Node) -> Result<ListObjectsPage, NotUnderstood> {
    expect(root, &["ListBucketResult"])?;
    let names = Names::of(root);
    let told = string(root, "NextContinuationToken");
    let is_truncated = flag(root, "IsTruncated").unwrap_or(told.is_some());
    if is_truncated && told.is_none() {
        return Err(NotUnderstood(
            "the list of objects is truncated and has no NextContinuationToken".into(),
        ));
    }
    Ok(ListObjectsPage {
        next_continuation_token: told.filter(|_| is_truncated),
        objects: root.children_named("Contents").map(|node| object(node, names)).collect::<Result<_, _>>()?,
        common_prefixes: names.common_prefixes(root)?,
    })
}

fn object(node: &Node, names: Names) -> Result<ObjectEntry, NotUnderstood> {
    Ok(ObjectEntry {
        key: names.required(node, "Key")?,
        size: required_number(node, "Size")?,
        etag: etag(node),
        last_modified: date(node, "LastModified"),
        storage_class: string(node, "StorageClass"),
        owner: account(node, "Owner"),
        checksum: declared(node),
    })
}

#[cfg(test)]
mod tests {
    use super::super::common::testing::root;
    use super::list_objects;
    use crate::xml::response::list_objects::{ListObjectsV2Result, ObjectEntry};
    use drystone_types::{BucketName, ETag, Key, StorageClass, Timestamp};

    fn written(keys: &[&str], encoding_url: bool) -> ListObjectsV2Result {
        let object = |key: &&str| ObjectEntry {
            key: Key::parse(key).unwrap(),
            last_modified: Timestamp::from_seconds(9),
            etag: ETag { digest: [1; 16], part_count: Some(2) },
            size: 5,
            storage_class: StorageClass::Standard,
            owner: None,
            checksum: None,
        };
        ListObjectsV2Result {
            bucket: BucketName::parse("bucket").unwrap(),
            prefix: "a b".into(),
            delimiter: None,
            max_keys: 1000,
            key_count: 1,
            encoding_url,
            is_truncated: true,
            continuation_token: None,
            next_continuation_token: Some("a%20b+".into()),
            start_after: None,
            contents: keys.iter().map(object).collect(),
            common_prefixes: vec!["é /".into()],
        }
    }

    #[test]
    fn b102_what_our_server_writes_is_read_encoded_and_plain() {
        for url in [false, true] {
            let keys = ["a b+c", "p%2F/é&<", "../z\u{1}\r\n"];
            let page = list_objects(&root(&written(&keys, url).to_xml())).unwrap();
            let read: Vec<_> = page.objects.iter().map(|object| object.key.as_str()).collect();
            assert_eq!(read, keys);
            assert_eq!(page.common_prefixes, ["é /"]);
            assert_eq!(page.next_continuation_token.as_deref(), Some("a%20b+"), "tokens are never encoded");
            let first = &page.objects[0];
            assert_eq!((first.size, first.last_modified), (5, Some(Timestamp::from_seconds(9))));
            assert_eq!(first.etag, Some(format!("{}-2", "01".repeat(16))));
        }
    }

    #[test]
    fn a_page_of_a_thousand_objects_with_owners_is_within_the_limits() {
        let object = "<Contents><Key>k</Key><LastModified>2026-11-22T10:30:00.000Z</LastModified><ETag>e</ETag><Size>1</Size>\
                      <ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType><StorageClass>STANDARD</StorageClass>\
                      <Owner><ID>i</ID><DisplayName>d</DisplayName></Owner></Contents>";
        let xml = format!("<ListBucketResult>{}</ListBucketResult>", object.repeat(1000));
        assert_eq!(list_objects(&root(&xml)).unwrap().objects.len(), 1000);
    }

    #[test]
    fn documents_of_other_stores_are_read() {
        let list =
            |inside: &str| list_objects(&root(&format!("<ListBucketResult>{inside}</ListBucketResult>")));
        let token = |inside: &str| list(inside).map(|page| page.next_continuation_token);
        assert_eq!(token(""), Ok(None));
        assert_eq!(token("<NextContinuationToken>t</NextContinuationToken>"), Ok(Some("t".to_owned())));
        let last = "<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>";
        assert_eq!(token(last), Ok(None));
        assert!(token("<IsTruncated>true</IsTruncated>").is_err());
        let page = list("<Contents><Size>0</Size><Key>k</Key></Contents>").unwrap();
        assert_eq!((page.objects[0].etag.as_ref(), page.objects[0].last_modified), (None, None));
        assert!(list("<Contents><Key>k</Key></Contents>").is_err());
        assert!(list("<Contents><Key>k</Key><Size>-1</Size></Contents>").is_err());
    }
}
