//! ListBuckets: all buckets of the caller's account, or a page of them.

use drystone_wire::S3Error;
use drystone_wire::xml::response::list_buckets::{BucketEntry, ListAllMyBucketsResult};

use crate::context::Context;
use crate::respond::{self, HttpResponse};

/// Buckets on one page when the request names no limit.
const PAGE_DEFAULT: u32 = 10_000;

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let query = context.query;
    let max = query.max_buckets()?;
    let prefix = query.get("prefix").unwrap_or("");
    let after = query.get_non_empty("continuation-token");
    let of_region = query.get_non_empty("bucket-region");
    let selects =
        ["max-buckets", "prefix", "continuation-token", "bucket-region"].iter().any(|name| query.has(name));
    let (page, more) = context
        .store
        .list_buckets_of(context.account(), prefix, after, max.unwrap_or(PAGE_DEFAULT) as usize)
        .await
        .map_err(|error| context.refusal(error))?;
    let continuation_token = page.last().filter(|_| more).map(|bucket| bucket.name.as_str().to_owned());
    let buckets = page
        .into_iter()
        .filter(|bucket| of_region.is_none_or(|region| context.region_of(bucket) == region))
        .map(|bucket| BucketEntry {
            region: selects.then(|| context.region_of(&bucket).to_owned()),
            name: bucket.name,
            created: bucket.created,
        })
        .collect();
    let result = ListAllMyBucketsResult {
        owner: context.owner_of(context.account()),
        buckets,
        prefix: query.get("prefix").map(str::to_owned),
        continuation_token,
    };
    Ok(respond::xml(200, result.to_xml()))
}
