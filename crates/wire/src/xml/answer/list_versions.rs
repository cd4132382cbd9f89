//! ListVersionsResult, read.

use super::common::{
    Account, Names, NotUnderstood, account, date, etag, expect, flag, number, required, string,
};
use crate::xml::reader::Node;
use drystone_types::Timestamp;

/// One page of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListVersionsPage {
    /// Where the next page begins, if there is one: a key, and a version of it, which is empty after a common prefix.
    pub next_markers: Option<(String, String)>,
    /// Versions and delete markers in the order of the document: by key, then the latest first.
    pub versions: Vec<VersionEntry>,
    /// Rolled-up prefixes.
    pub common_prefixes: Vec<String>,
}

/// A version or a delete marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionEntry {
    /// Key.
    pub key: String,
    /// The version, opaque; `null` of an object that was put without versioning.
    pub version_id: String,
    /// Is it the current one?
    pub is_latest: bool,
    /// Is it a delete marker? Then it has neither size nor ETag.
    pub is_delete_marker: bool,
    /// Bytes.
    pub size: u64,
    /// ETag, without quotes.
    pub etag: Option<String>,
    /// Last modified.
    pub last_modified: Option<Timestamp>,
    /// Storage class.
    pub storage_class: Option<String>,
    /// Owner.
    pub owner: Option<Account>,
}

/// Reads a page of ListObjectVersions. A truncated page without markers goes on after its last version.
///
/// # Errors
/// [`NotUnderstood`] when it is another document, an entry lacks key or version, or the page is truncated and nothing says where the
/// next one begins.
pub fn list_versions(root: &Node) -> Result<ListVersionsPage, NotUnderstood> {
    expect(root, &["ListVersionsResult"])?;
    let names = Names::of(root);
    let nodes = root.children.iter().filter(|node| matches!(&*node.name, "Version" | "DeleteMarker"));
    let versions: Vec<_> = nodes.map(|node| version(node, names)).collect::<Result<_, _>>()?;
    let mut next_markers = None;
    if flag(root, "IsTruncated") == Some(true) {
        let told = names.optional(root, "NextKeyMarker")?;
        let told = told.map(|key| (key, string(root, "NextVersionIdMarker").unwrap_or_default()));
        let last = versions.last().map(|version| (version.key.clone(), version.version_id.clone()));
        next_markers = told.or(last);
        if next_markers.is_none() {
            return Err(NotUnderstood("the list of versions is truncated and has no NextKeyMarker".into()));
        }
    }
    Ok(ListVersionsPage { next_markers, versions, common_prefixes: names.common_prefixes(root)? })
}

fn version(node: &Node, names: Names) -> Result<VersionEntry, NotUnderstood> {
    Ok(VersionEntry {
        key: names.required(node, "Key")?,
        version_id: required(node, "VersionId")?.to_owned(),
        is_latest: flag(node, "IsLatest").unwrap_or(false),
        is_delete_marker: &*node.name == "DeleteMarker",
        size: number(node, "Size")?.unwrap_or(0),
        etag: etag(node),
        last_modified: date(node, "LastModified"),
        storage_class: string(node, "StorageClass"),
        owner: account(node, "Owner"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::common::testing::root;
    use super::list_versions;

    #[test]
    fn versions_and_delete_markers_stay_in_order() {
        let xml = "<ListVersionsResult><Name>bucket</Name><IsTruncated>MORE</IsTruncated><EncodingType>url</EncodingType>\
                   <DeleteMarker><Key>a+b</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest></DeleteMarker>\
                   <Version><Key>a+b</Key><VersionId>null</VersionId><IsLatest>false</IsLatest><ETag>\"e\"</ETag><Size>5</Size>\
                   <LastModified>2026-11-22T10:30:00.000Z</LastModified></Version>\
                   <CommonPrefixes><Prefix>p%2F</Prefix></CommonPrefixes></ListVersionsResult>";
        let page = list_versions(&root(&xml.replace("MORE", "false"))).unwrap();
        assert_eq!(
            (page.next_markers.as_ref(), page.common_prefixes.as_slice()),
            (None, &["p/".to_owned()][..])
        );
        let read: Vec<_> = page
            .versions
            .iter()
            .map(|v| (v.key.as_str(), v.version_id.as_str(), v.is_delete_marker))
            .collect();
        assert_eq!(read, [("a b", "v2", true), ("a b", "null", false)]);
        assert_eq!((page.versions[1].size, page.versions[1].etag.as_deref()), (5, Some("e")));
        let page = list_versions(&root(&xml.replace("MORE", "true"))).unwrap();
        assert_eq!(page.next_markers, Some(("a b".to_owned(), "null".to_owned())));
        assert!(
            list_versions(&root("<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>"))
                .is_err()
        );
    }
}
