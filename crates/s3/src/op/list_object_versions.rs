//! ListObjectVersions: every version and delete marker, by key and then the latest first.

use drystone_store::object::list::{VersionEntry as Listed, VersionPage, VersionQuery};
use drystone_types::WhichVersion;
use drystone_wire::S3Error;
use drystone_wire::xml::response::list_versions::{ListVersionsResult, VersionEntry, VersionObject};

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let query = context.query;
    let max_keys = query.max_keys()?;
    let encoding_url = query.encoding_type_url()?;
    let key_marker = query.get_non_empty("key-marker");
    let version_marker = query.get_non_empty("version-id-marker");
    let version_query = VersionQuery {
        prefix: query.get("prefix").unwrap_or("").to_owned(),
        delimiter: query.get("delimiter").unwrap_or("").to_owned(),
        key_marker: key_marker.map(str::to_owned),
        version_marker: marker_version(key_marker, version_marker)?,
        max: max_keys as usize,
    };
    let page = context.store.list_versions(context.bucket(), version_query).await;
    let VersionPage { entries, is_truncated } = page.map_err(|error| context.refusal(error))?;
    let is_truncated = is_truncated && max_keys > 0;
    let (next_key_marker, next_version_id_marker) = match entries.last().filter(|_| is_truncated) {
        None => (None, None),
        Some(Listed::Prefix(prefix)) => (Some(prefix.clone()), None),
        Some(Listed::Version { key, record, .. }) => {
            (Some(key.as_str().to_owned()), Some(record.version.to_string()))
        }
        Some(Listed::DeleteMarker { key, marker, .. }) => {
            (Some(key.as_str().to_owned()), Some(marker.version.to_string()))
        }
    };
    let mut result = ListVersionsResult {
        bucket: context.bucket().clone(),
        prefix: query.get("prefix").unwrap_or("").to_owned(),
        key_marker: key_marker.unwrap_or("").to_owned(),
        version_id_marker: version_marker.unwrap_or("").to_owned(),
        next_key_marker,
        next_version_id_marker,
        delimiter: query.get_non_empty("delimiter").map(str::to_owned),
        max_keys,
        encoding_url,
        is_truncated,
        versions: Vec::new(),
        common_prefixes: Vec::new(),
    };
    for entry in entries {
        match entry {
            Listed::Prefix(prefix) => result.common_prefixes.push(prefix),
            Listed::Version { key, record, is_latest } => result.versions.push(VersionEntry {
                key,
                version: record.version,
                is_latest,
                last_modified: record.last_modified,
                owner: context.owner_of(&record.properties.owner),
                object: Some(VersionObject {
                    etag: record.etag,
                    size: record.size,
                    storage_class: record.properties.headers.storage_class,
                    checksum: record.checksum.map(|checksum| (checksum.checksum.algorithm(), checksum.kind)),
                }),
            }),
            Listed::DeleteMarker { key, marker, is_latest } => result.versions.push(VersionEntry {
                key,
                version: marker.version,
                is_latest,
                last_modified: marker.last_modified,
                owner: context.owner_of(&marker.owner),
                object: None,
            }),
        }
    }
    Ok(respond::xml(200, result.to_xml()))
}

/// The version after which the page begins.
fn marker_version(key: Option<&str>, version: Option<&str>) -> Result<Option<WhichVersion>, S3Error> {
    let Some(sent) = version else { return Ok(None) };
    if key.is_none() {
        return Err(S3Error::version_marker_without_key(sent));
    }
    let malformed = || S3Error::invalid_argument("version-id-marker", sent, "Invalid version id specified");
    WhichVersion::parse(sent).map(Some).ok_or_else(malformed)
}

#[cfg(test)]
mod tests {
    use super::{WhichVersion, marker_version};

    #[test]
    fn a_version_marker_needs_a_key_marker() {
        assert_eq!(marker_version(None, None), Ok(None));
        assert_eq!(marker_version(Some("k"), None), Ok(None));
        assert_eq!(marker_version(Some("k"), Some("null")), Ok(Some(WhichVersion::Null)));
        let error = marker_version(None, Some("null")).expect_err("half a marker");
        assert_eq!(error.message, "A version-id marker cannot be specified without a key marker.");
        let error = marker_version(Some("k"), Some("x")).expect_err("no version id");
        assert_eq!(error.get("ArgumentName"), Some("version-id-marker"));
    }
}
