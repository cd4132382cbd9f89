//! The audit sees what no step would leave behind.

use drystone_types::{VersionId, Versioning, WhichVersion};

use super::*;
use crate::format::v2::{StoredVersion, encode_id};
use crate::listing::version_number;
use crate::record::AuditRow;
use crate::redb::history::History as _;
use crate::redb::writing::Writing;

const OLD: &str = "k";

/// A store whose key `k` has a null version, one with an id, and a current one; `l` has a delete marker on top.
async fn store() -> Arc<RedbMetaStore> {
    let fs: Arc<dyn Fs> = Arc::new(MemoryFs::new());
    let store = Arc::new(RedbMetaStore::create(&fs, path()).unwrap());
    let t = Tester::new(Arc::clone(&store) as _).await;
    t.put(OLD, "null").await;
    t.versioning(Versioning::Enabled).await;
    for key in [OLD, OLD, "l"] {
        t.put(key, "bytes").await;
    }
    t.delete("l").await;
    store
}

async fn broken(store: &RedbMetaStore) -> Vec<String> {
    let mut found = Vec::new();
    let mut note = |row| {
        if let AuditRow::Broken(what) = row {
            found.push(what);
        }
    };
    store.audit(&mut note).await.unwrap();
    found
}

/// Does something to the tables, and asserts that the audit says so.
async fn harmed(harm: impl FnOnce(&mut Writing<'_>) -> Step<()> + Send + 'static, says: &str) {
    let store = store().await;
    assert_eq!(broken(&store).await, Vec::<String>::new());
    store.step(harm).await.unwrap();
    let found = broken(&store).await;
    assert!(found.iter().any(|what| what.contains(says)), "{says}: {found:?}");
}

#[tokio::test]
async fn usage_that_is_not_what_is_there() {
    harmed(|writing| writing.count(1, |usage| usage.gain_part(1)), "holds").await;
    harmed(|writing| writing.usage.remove(&1).map(drop), "usage of bucket id 1 is missing").await;
    harmed(|writing| writing.count(9, |usage| usage.gain_part(1)), "there is no such bucket").await;
}

#[tokio::test]
async fn a_null_version_that_is_not_found_as_such() {
    harmed(|writing| writing.nulls.remove(&(1, OLD)).map(drop), "not found as such").await;
    let elsewhere =
        |writing: &mut Writing<'_>| writing.nulls.put(&(1, "l"), |place| encode_id(VersionId(5), place));
    harmed(elsewhere, "leads nowhere").await;
}

#[tokio::test]
async fn a_current_object_out_of_its_place() {
    harmed(|writing| writing.objects.remove(&(1, OLD)).map(drop), "is current and out of place").await;
    let newer = |writing: &mut Writing<'_>| {
        let bucket = writing.bucket_head(&bucket())?;
        let mut object = writing.object(&bucket, OLD)?.unwrap();
        object.record.version.id.0 += 1;
        let at = (1, OLD, version_number(object.record.version.id));
        writing.versions.put(&at, |place| StoredVersion::Object(object).encode(place, &bucket.owner))
    };
    harmed(newer, "is not the newest version").await;
}

#[tokio::test]
async fn a_version_under_the_number_of_another() {
    let moved = |writing: &mut Writing<'_>| {
        let bucket = writing.bucket_head(&bucket())?;
        let null = writing.find(&bucket, OLD, Some(WhichVersion::Null))?.unwrap();
        writing.versions.put(&(1, OLD, u128::MAX), |place| null.encode(place, &bucket.owner))
    };
    harmed(moved, "says that it is another").await;
}

#[tokio::test]
async fn versions_of_a_bucket_that_never_had_any() {
    let unversioned = |writing: &mut Writing<'_>| {
        let mut record = writing.bucket(&bucket())?;
        record.versioning = Versioning::Unversioned;
        writing.put_bucket(&record)
    };
    harmed(unversioned, "has no bucket with versions").await;
}
