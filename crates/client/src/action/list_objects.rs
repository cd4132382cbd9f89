//! ListObjectsV2: the objects of a bucket.

use super::{Paged, Pager};
use crate::{Call, CallError, Client};
use drystone_wire::xml::answer::{ListObjectsPage, list_objects};
use http::Method;

/// Lists a page of objects.
#[derive(Clone, Debug, Default)]
pub struct ListObjectsV2 {
    /// Bucket.
    pub bucket: String,
    /// Objects whose keys begin so.
    pub prefix: Option<String>,
    /// Rolls up keys that have this after the prefix.
    pub delimiter: Option<String>,
    /// Objects after this key.
    pub start_after: Option<String>,
    /// Where an earlier page ended.
    pub continuation_token: Option<String>,
    /// Objects of a page.
    pub max_keys: Option<u32>,
    /// With owners?
    pub fetch_owner: bool,
}

impl ListObjectsV2 {
    /// All objects of a bucket below a prefix, which may be empty.
    pub fn new(bucket: &str, prefix: &str) -> Self {
        let prefix = (!prefix.is_empty()).then(|| prefix.to_owned());
        Self { bucket: bucket.to_owned(), prefix, ..Self::default() }
    }

    /// Objects and folders right below the prefix.
    pub fn delimited(self, delimiter: &str) -> Self {
        Self { delimiter: Some(delimiter.to_owned()), ..self }
    }

    /// The call.
    pub fn call(&self) -> Call {
        Call::new("ListObjectsV2", Method::GET)
            .bucket(&self.bucket)
            .query("list-type", 2)
            .query_if("continuation-token", self.continuation_token.as_deref())
            .query_if("delimiter", self.delimiter.as_deref())
            .query("encoding-type", "url")
            .query_if("fetch-owner", self.fetch_owner.then_some("true"))
            .query_if("max-keys", self.max_keys)
            .query_if("prefix", self.prefix.as_deref())
            .query_if("start-after", self.start_after.as_deref())
    }
}

impl Paged for ListObjectsV2 {
    const ACTION: &'static str = "ListObjectsV2";
    type Page = ListObjectsPage;

    async fn page(&self, client: &Client) -> Result<ListObjectsPage, CallError> {
        client.document(|| Ok(self.call())).await?.read(list_objects)
    }

    fn after(&self, page: &ListObjectsPage) -> Option<Self> {
        let token = page.next_continuation_token.clone()?;
        Some(Self { continuation_token: Some(token), ..self.clone() })
    }

    fn marker(&self) -> String {
        format!("{:?}", self.continuation_token)
    }
}

impl Client {
    /// ListObjectsV2, page by page.
    pub fn list_objects_v2(&self, request: ListObjectsV2) -> Pager<ListObjectsV2> {
        Pager::new(self, request)
    }
}
