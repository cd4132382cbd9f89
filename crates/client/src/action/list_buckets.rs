//! ListBuckets: the buckets of an account.

use super::{Paged, Pager};
use crate::{Call, CallError, Client};
use drystone_wire::xml::answer::{ListBucketsPage, list_buckets};
use http::Method;

/// Lists a page of buckets.
#[derive(Clone, Debug, Default)]
pub struct ListBuckets {
    /// Buckets whose names begin so.
    pub prefix: Option<String>,
    /// Where an earlier page ended.
    pub continuation_token: Option<String>,
    /// Buckets of a page; without it all come at once.
    pub max_buckets: Option<u32>,
}

impl ListBuckets {
    /// The call.
    pub fn call(&self) -> Call {
        Call::new("ListBuckets", Method::GET)
            .query_if("continuation-token", self.continuation_token.as_deref())
            .query_if("max-buckets", self.max_buckets)
            .query_if("prefix", self.prefix.as_deref())
    }
}

impl Paged for ListBuckets {
    const ACTION: &'static str = "ListBuckets";
    type Page = ListBucketsPage;

    async fn page(&self, client: &Client) -> Result<ListBucketsPage, CallError> {
        client.document(|| Ok(self.call())).await?.read(list_buckets)
    }

    fn after(&self, page: &ListBucketsPage) -> Option<Self> {
        let token = page.continuation_token.clone()?;
        Some(Self { continuation_token: Some(token), ..self.clone() })
    }

    fn marker(&self) -> String {
        format!("{:?}", self.continuation_token)
    }
}

impl Client {
    /// ListBuckets, page by page.
    pub fn list_buckets(&self, request: ListBuckets) -> Pager<ListBuckets> {
        Pager::new(self, request)
    }
}
