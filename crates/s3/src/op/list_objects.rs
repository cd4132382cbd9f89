//! ListObjects: the old form of the list.

use drystone_store::object::list::{ObjectEntry as Listed, ObjectPage, ObjectQuery};
use drystone_wire::xml::response::list_objects::{ListObjectsResult, ObjectEntry};
use drystone_wire::{Query, S3Error};

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let query = context.query;
    let max_keys = query.max_keys()?;
    let encoding_url = query.encoding_type_url()?;
    let marker = query.get_non_empty("marker").map(str::to_owned);
    let page = list(context, query, marker.clone(), max_keys).await?;
    let delimiter = query.get_non_empty("delimiter").map(str::to_owned);
    let next_marker = page.last.filter(|_| page.is_truncated && delimiter.is_some());
    let result = ListObjectsResult {
        bucket: context.bucket().clone(),
        prefix: query.get("prefix").unwrap_or("").to_owned(),
        marker: marker.unwrap_or_default(),
        next_marker,
        delimiter,
        max_keys,
        encoding_url,
        is_truncated: page.is_truncated,
        contents: entries(context, page.objects, !context.caller.principal.is_anonymous()),
        common_prefixes: page.common_prefixes,
    };
    respond_with_region(context, result.to_xml()).await
}

/// The list, and in a header where its bucket is: some clients learn the region from it.
pub(super) async fn respond_with_region(context: &Context<'_>, xml: String) -> Result<HttpResponse, S3Error> {
    let bucket = context.bucket_record().await?;
    let mut response = respond::xml(200, xml);
    respond::set(&mut response, "x-amz-bucket-region", context.region_of(&bucket));
    Ok(response)
}

/// A page, taken apart.
pub(super) struct Listing {
    pub(super) objects: Vec<Listed>,
    pub(super) common_prefixes: Vec<String>,
    /// The last key or prefix.
    pub(super) last: Option<String>,
    pub(super) is_truncated: bool,
}

/// Lists after `after`.
pub(super) async fn list(
    context: &Context<'_>,
    query: &Query,
    after: Option<String>,
    max_keys: u32,
) -> Result<Listing, S3Error> {
    let object_query = ObjectQuery {
        prefix: query.get("prefix").unwrap_or("").to_owned(),
        delimiter: query.get("delimiter").unwrap_or("").to_owned(),
        after,
        max: max_keys as usize,
    };
    let page = context.store.list_objects(context.bucket(), object_query).await;
    let ObjectPage { entries, is_truncated } = page.map_err(|error| context.refusal(error))?;
    let last = entries.last().map(|entry| match entry {
        Listed::Object(key, _) => key.as_str().to_owned(),
        Listed::Prefix(prefix) => prefix.clone(),
    });
    let (prefixes, objects): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| matches!(entry, Listed::Prefix(_)));
    let prefix_of = |entry| match entry {
        Listed::Prefix(prefix) => Some(prefix),
        Listed::Object(..) => None,
    };
    let common_prefixes = prefixes.into_iter().filter_map(prefix_of).collect();
    Ok(Listing { objects, common_prefixes, last, is_truncated: is_truncated && max_keys > 0 })
}

/// The objects as the document shows them.
pub(super) fn entries(context: &Context<'_>, objects: Vec<Listed>, with_owner: bool) -> Vec<ObjectEntry> {
    let shown = |entry| match entry {
        Listed::Prefix(_) => None,
        Listed::Object(key, record) => Some(ObjectEntry {
            key,
            last_modified: record.last_modified,
            etag: record.etag,
            size: record.size,
            storage_class: record.properties.headers.storage_class,
            owner: with_owner.then(|| context.owner_of(&record.properties.owner)),
            checksum: record.checksum.map(|checksum| (checksum.checksum.algorithm(), checksum.kind)),
        }),
    };
    objects.into_iter().filter_map(shown).collect()
}
