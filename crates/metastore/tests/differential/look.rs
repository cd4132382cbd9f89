//! All that reads say of a store.

use drystone_metastore::MetaStore;
use drystone_metastore::conformance::every_blob_accounted;
use drystone_metastore::conformance::tester::name;
use drystone_metastore::record::{ObjectQuery, UploadQuery, VersionEntry, VersionQuery};
use drystone_types::{VersionId, WhichVersion};

use crate::apply::text;
use crate::steps::KEYS;
use crate::world::{World, bucket};

/// Every version of a bucket by itself, and all pages that begin after it.
async fn look_at_versions(store: &dyn MetaStore, b: u8, seen: &mut Vec<String>) {
    let all = VersionQuery { max: 999, ..VersionQuery::default() };
    let Ok(page) = store.list_versions(&bucket(b), all.clone()).await else { return };
    for entry in &page.entries {
        let (key, version) = match entry {
            VersionEntry::Version { key, record, .. } => (key, record.version),
            VersionEntry::DeleteMarker { key, marker, .. } => (key, marker.version),
            VersionEntry::Prefix(_) => continue,
        };
        for which in
            [WhichVersion::Id(version.id), WhichVersion::Null, WhichVersion::Id(VersionId(version.id.0 + 1))]
        {
            seen.push(text(store.get_object(&bucket(b), key, Some(which)).await));
            for max in [1, 3] {
                let key_marker = Some(key.as_str().to_owned());
                let query = VersionQuery { key_marker, version_marker: Some(which), max, ..all.clone() };
                seen.push(text(store.list_versions(&bucket(b), query).await));
            }
        }
    }
    seen.push(text(page));
}

/// All that reads say.
pub(crate) async fn look(store: &dyn MetaStore, world: &World) -> Vec<String> {
    let mut seen = vec![
        text(store.list_buckets("", None, 9).await),
        text(store.list_garbage(0, 99).await),
        text(store.scan_uploads(None, 99).await),
        text(store.last_version_id().await),
        text(store.list_events(1, 99).await),
        text(store.read_identities().await),
    ];
    for b in 0..2 {
        seen.push(text(store.get_usage(&bucket(b)).await));
        look_at_versions(store, b, &mut seen).await;
        for delimiter in ["", "/"] {
            let delimiter = delimiter.to_owned();
            let objects = ObjectQuery { delimiter: delimiter.clone(), max: 3, ..ObjectQuery::default() };
            seen.push(text(store.list_objects(&bucket(b), objects).await));
            let versions = VersionQuery { delimiter: delimiter.clone(), max: 5, ..VersionQuery::default() };
            seen.push(text(store.list_versions(&bucket(b), versions).await));
            let uploads = UploadQuery { delimiter, max: 3, ..UploadQuery::default() };
            seen.push(text(store.list_uploads(&bucket(b), uploads).await));
        }
        for key in KEYS {
            seen.push(text(store.get_object(&bucket(b), &name(key), None).await));
            seen.push(text(store.head_object(&bucket(b), &name(key), Some(WhichVersion::Null)).await));
        }
    }
    for upload in &world.uploads {
        seen.push(text(store.get_upload(upload).await));
        seen.push(text(store.list_parts(upload, 1, 2).await));
        let marker = UploadQuery {
            key_marker: Some(upload.key.as_str().to_owned()),
            upload_id_marker: Some(upload.id),
            max: 9,
            ..UploadQuery::default()
        };
        seen.push(text(store.list_uploads(&upload.bucket, marker).await));
    }
    seen
}

pub(crate) async fn audit(store: &dyn MetaStore) -> Vec<String> {
    let mut rows: Vec<_> = every_blob_accounted(store).await.rows.into_iter().map(text).collect();
    rows.sort();
    rows
}
