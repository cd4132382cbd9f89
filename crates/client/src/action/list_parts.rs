//! ListParts: what an upload has.

use super::{Paged, Pager};
use crate::{Call, CallError, Client};
use drystone_wire::xml::answer::{ListPartsPage, list_parts};
use http::{HeaderMap, Method};

/// Lists a page of parts.
#[derive(Clone, Debug, Default)]
pub struct ListParts {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// Parts after this number.
    pub part_number_marker: Option<u64>,
    /// Parts of a page.
    pub max_parts: Option<u32>,
    /// Keys of SSE-C.
    pub headers: HeaderMap,
}

impl ListParts {
    /// All parts of an upload.
    pub fn new(bucket: &str, key: &str, upload_id: &str) -> Self {
        let (bucket, key, upload_id) = (bucket.to_owned(), key.to_owned(), upload_id.to_owned());
        Self { bucket, key, upload_id, ..Self::default() }
    }

    /// The call.
    pub fn call(&self) -> Call {
        Call::new("ListParts", Method::GET)
            .object(&self.bucket, &self.key)
            .query("uploadId", &self.upload_id)
            .query_if("max-parts", self.max_parts)
            .query_if("part-number-marker", self.part_number_marker)
            .headers(self.headers.clone())
    }
}

impl Paged for ListParts {
    const ACTION: &'static str = "ListParts";
    type Page = ListPartsPage;

    async fn page(&self, client: &Client) -> Result<ListPartsPage, CallError> {
        client.document(|| Ok(self.call())).await?.read(list_parts)
    }

    fn after(&self, page: &ListPartsPage) -> Option<Self> {
        let next = page.next_part_number_marker?;
        Some(Self { part_number_marker: Some(next), ..self.clone() })
    }

    fn marker(&self) -> String {
        self.part_number_marker.unwrap_or(0).to_string()
    }
}

impl Client {
    /// ListParts, page by page.
    pub fn list_parts(&self, request: ListParts) -> Pager<ListParts> {
        Pager::new(self, request)
    }
}
