//! ListObjectsV2: the list with opaque tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drystone_wire::S3Error;
use drystone_wire::xml::response::list_objects::ListObjectsV2Result;

use super::list_objects::{entries, list};
use crate::dispatch::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let query = context.query;
    let max_keys = query.max_keys()?;
    let encoding_url = query.encoding_type_url()?;
    let token = query.get("continuation-token");
    let start_after = query.get_non_empty("start-after");
    let after = match token {
        Some(token) => Some(after_token(token)?),
        None => start_after.map(str::to_owned),
    };
    let page = list(context, query, after, max_keys).await?;
    let next = page.last.filter(|_| page.is_truncated).map(|last| URL_SAFE_NO_PAD.encode(last));
    let key_count = page.objects.len() + page.common_prefixes.len();
    let result = ListObjectsV2Result {
        bucket: context.bucket().clone(),
        prefix: query.get("prefix").unwrap_or("").to_owned(),
        delimiter: query.get_non_empty("delimiter").map(str::to_owned),
        max_keys,
        key_count: u32::try_from(key_count).expect("at most a page"),
        encoding_url,
        is_truncated: page.is_truncated,
        continuation_token: token.map(str::to_owned),
        next_continuation_token: next,
        start_after: start_after.map(str::to_owned),
        contents: entries(context, page.objects, query.get("fetch-owner") == Some("true")),
        common_prefixes: page.common_prefixes,
    };
    Ok(respond::xml(200, result.to_xml()))
}

/// The key or prefix that a token of ours stands for.
fn after_token(token: &str) -> Result<String, S3Error> {
    let decoded = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.filter(|after| !after.is_empty()).ok_or_else(|| {
        S3Error::invalid_argument("continuation-token", token, "The continuation token provided is incorrect")
    })
}
