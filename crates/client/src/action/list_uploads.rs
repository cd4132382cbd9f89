//! ListMultipartUploads: the open uploads of a bucket.

use super::{Paged, Pager};
use crate::{Call, CallError, Client};
use drystone_wire::xml::answer::{ListUploadsPage, list_uploads};
use http::Method;

/// Lists a page of open uploads.
#[derive(Clone, Debug, Default)]
pub struct ListMultipartUploads {
    /// Bucket.
    pub bucket: String,
    /// Uploads whose keys begin so.
    pub prefix: Option<String>,
    /// Rolls up keys that have this after the prefix.
    pub delimiter: Option<String>,
    /// Keys after this one, or uploads of it after `upload_id_marker`.
    pub key_marker: Option<String>,
    /// Together with `key_marker`.
    pub upload_id_marker: Option<String>,
    /// Uploads of a page.
    pub max_uploads: Option<u32>,
}

impl ListMultipartUploads {
    /// All uploads of a bucket below a prefix, which may be empty.
    pub fn new(bucket: &str, prefix: &str) -> Self {
        let prefix = (!prefix.is_empty()).then(|| prefix.to_owned());
        Self { bucket: bucket.to_owned(), prefix, ..Self::default() }
    }

    /// The call.
    pub fn call(&self) -> Call {
        Call::new("ListMultipartUploads", Method::GET)
            .bucket(&self.bucket)
            .query("uploads", "")
            .query_if("delimiter", self.delimiter.as_deref())
            .query("encoding-type", "url")
            .query_if("key-marker", self.key_marker.as_deref())
            .query_if("max-uploads", self.max_uploads)
            .query_if("prefix", self.prefix.as_deref())
            .query_if("upload-id-marker", self.upload_id_marker.as_deref())
    }
}

impl Paged for ListMultipartUploads {
    const ACTION: &'static str = "ListMultipartUploads";
    type Page = ListUploadsPage;

    async fn page(&self, client: &Client) -> Result<ListUploadsPage, CallError> {
        client.document(|| Ok(self.call())).await?.read(list_uploads)
    }

    fn after(&self, page: &ListUploadsPage) -> Option<Self> {
        let (key, upload_id) = page.next_markers.clone()?;
        let upload_id_marker = (!upload_id.is_empty()).then_some(upload_id);
        Some(Self { key_marker: Some(key), upload_id_marker, ..self.clone() })
    }

    fn marker(&self) -> String {
        format!("{:?} {:?}", self.key_marker, self.upload_id_marker)
    }
}

impl Client {
    /// ListMultipartUploads, page by page.
    pub fn list_multipart_uploads(&self, request: ListMultipartUploads) -> Pager<ListMultipartUploads> {
        Pager::new(self, request)
    }
}
