//! ListObjectsV2: the list with opaque tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::xml::response::list_objects::ListObjectsV2Result;

use super::list_objects::{entries, list, respond_with_region};
use crate::context::Context;
use crate::respond::HttpResponse;

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
    let next = page.last.filter(|_| page.is_truncated).map(|last| token_of(&last));
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
        start_after: start_after.filter(|_| token.is_none()).map(str::to_owned), // a token overrules it
        contents: entries(context, page.objects, query.get("fetch-owner") == Some("true")),
        common_prefixes: page.common_prefixes,
    };
    respond_with_region(context, result.to_xml()).await
}

/// First byte of a token: so that other formats may follow.
const TOKEN_FORMAT: u8 = b'1';

/// The token of a page that follows `last`.
fn token_of(last: &str) -> String {
    URL_SAFE_NO_PAD.encode([&[TOKEN_FORMAT], last.as_bytes()].concat())
}

/// The key or prefix that a token of ours stands for.
fn after_token(token: &str) -> Result<String, S3Error> {
    let last = || {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let last = bytes.strip_prefix(&[TOKEN_FORMAT])?;
        let legal = (1..=limits::KEY_LEN_MAX).contains(&last.len());
        std::str::from_utf8(last).ok().filter(|_| legal).map(str::to_owned)
    };
    last().ok_or_else(|| {
        S3Error::invalid_argument("continuation-token", token, "The continuation token provided is incorrect")
    })
}

#[cfg(test)]
mod tests {
    use super::{after_token, token_of};

    #[test]
    fn only_tokens_of_ours_are_taken() {
        for last in ["a", "ü/\u{10FFFF}", &"k".repeat(1024)] {
            assert_eq!(after_token(&token_of(last)).expect("ours"), last);
        }
        for bad in ["", "*", "AAAA", "YWJj", &token_of(""), &token_of(&"k".repeat(1025))] {
            assert!(after_token(bad).is_err(), "{bad}");
        }
    }
}
