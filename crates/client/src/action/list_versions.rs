//! ListObjectVersions: versions and delete markers of a bucket.

use super::{Paged, Pager};
use crate::{Call, CallError, Client};
use drystone_wire::xml::answer::{ListVersionsPage, list_versions};
use http::Method;

/// Lists a page of versions.
#[derive(Clone, Debug, Default)]
pub struct ListObjectVersions {
    /// Bucket.
    pub bucket: String,
    /// Objects whose keys begin so.
    pub prefix: Option<String>,
    /// Rolls up keys that have this after the prefix.
    pub delimiter: Option<String>,
    /// Keys after this one, or versions of it after `version_id_marker`.
    pub key_marker: Option<String>,
    /// Together with `key_marker`.
    pub version_id_marker: Option<String>,
    /// Versions of a page.
    pub max_keys: Option<u32>,
}

impl ListObjectVersions {
    /// All versions in a bucket below a prefix, which may be empty.
    pub fn new(bucket: &str, prefix: &str) -> Self {
        let prefix = (!prefix.is_empty()).then(|| prefix.to_owned());
        Self { bucket: bucket.to_owned(), prefix, ..Self::default() }
    }

    /// The call.
    pub fn call(&self) -> Call {
        Call::new("ListObjectVersions", Method::GET)
            .bucket(&self.bucket)
            .query("versions", "")
            .query_if("delimiter", self.delimiter.as_deref())
            .query("encoding-type", "url")
            .query_if("key-marker", self.key_marker.as_deref())
            .query_if("max-keys", self.max_keys)
            .query_if("prefix", self.prefix.as_deref())
            .query_if("version-id-marker", self.version_id_marker.as_deref())
    }
}

impl Paged for ListObjectVersions {
    const ACTION: &'static str = "ListObjectVersions";
    type Page = ListVersionsPage;

    async fn page(&self, client: &Client) -> Result<ListVersionsPage, CallError> {
        client.document(|| Ok(self.call())).await?.read(list_versions)
    }

    fn after(&self, page: &ListVersionsPage) -> Option<Self> {
        let (key, version_id) = page.next_markers.clone()?;
        let version_id_marker = (!version_id.is_empty()).then_some(version_id);
        Some(Self { key_marker: Some(key), version_id_marker, ..self.clone() })
    }

    fn marker(&self) -> String {
        format!("{:?} {:?}", self.key_marker, self.version_id_marker)
    }
}

impl Client {
    /// ListObjectVersions, page by page.
    pub fn list_object_versions(&self, request: ListObjectVersions) -> Pager<ListObjectVersions> {
        Pager::new(self, request)
    }
}
