//! A store that version 1 left is opened with all it holds, whenever the power is cut while it is.

use drystone_types::{
    AccountId, ChecksumAlgorithm, ETag, UploadId, Version, VersionId, Versioning, WhichVersion,
};
use redb::{Database, Durability};

use super::*;
use crate::record::{BucketChange, BucketUsage, PutObject, UploadName, VersionEntry, VersionQuery};
use crate::redb::backend::{Failures, FileBackend, check_header, header};
use crate::redb::tables::{self, RowKey, Table};

/// The golden rows of a table: their keys' elements and their values.
fn rows_of(table: &str) -> Vec<(Vec<&'static str>, Vec<u8>)> {
    let rows = include_str!("store_v1.txt").lines().filter(|line| !line.starts_with('#'));
    let rows = rows.map(|line| line.split('\t').collect::<Vec<_>>()).filter(|row| row[0] == table);
    let value = |hex: &str| {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    rows.map(|row| (row[1].split(' ').collect(), value(row[2]))).collect()
}

/// Writes the golden rows of a table.
fn restore<K: RowKey>(
    txn: &redb::WriteTransaction,
    table: Table<K>,
    key: impl Fn(&[&'static str]) -> K::SelfType<'static>,
) {
    let mut rows = txn.open_table(table.definition).unwrap();
    for (elements, value) in rows_of(redb::TableHandle::name(&table.definition)) {
        rows.insert(key(&elements), value.as_slice()).unwrap();
    }
}

fn number<N: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> N {
    text.parse().unwrap()
}

/// Lays the golden store down as version 1 did: 15 tables behind a header of version 1.
fn lay_down(fs: &MemoryFs) {
    let file = fs.create_new(path()).unwrap();
    file.write_all_at(&header(1), 0).unwrap();
    let backend = FileBackend { file: Arc::clone(&file), failures: Failures::default() };
    let database = Database::builder().create_with_backend(backend).unwrap();
    let mut txn = database.begin_write().unwrap();
    txn.set_durability(Durability::Immediate).unwrap();
    txn.set_quick_repair(true);
    restore(&txn, tables::COUNTERS, |key| number(key[0]));
    restore(&txn, tables::BUCKETS, |key| key[0]);
    restore(&txn, tables::BUCKET_NAMES, |key| number(key[0]));
    restore(&txn, tables::DEAD_BUCKETS, |key| number(key[0]));
    restore(&txn, tables::OBJECTS, |key| (number(key[0]), key[1]));
    restore(&txn, tables::MANIFESTS, |key| number(key[0]));
    restore(&txn, tables::INLINE, |key| number(key[0]));
    restore(&txn, tables::UPLOADS, |key| (number(key[0]), key[1], number(key[2])));
    restore(&txn, tables::PARTS, |key| (number(key[0]), number(key[1])));
    restore(&txn, tables::ENDED, |key| number(key[0]));
    restore(&txn, tables::ENDED_ORDER, |key| (number(key[0]), number(key[1])));
    restore(&txn, tables::DRAINING, |key| number(key[0]));
    restore(&txn, tables::TOUCHED, |key| (number(key[0]), key[1]));
    restore(&txn, tables::LEASES, |key| number(key[0]));
    restore(&txn, tables::GARBAGE, |key| number(key[0]));
    txn.commit().unwrap();
    database.close().unwrap();
    file.sync_data().unwrap();
    fs.sync_dir(Path::new("/")).unwrap();
}

fn owner() -> AccountId {
    AccountId::parse("first-owner").unwrap()
}

fn open(fs: impl Fs + 'static) -> Result<RedbMetaStore, MetaError> {
    let fs: Arc<dyn Fs> = Arc::new(fs);
    RedbMetaStore::open_with(&fs, path(), Options { owner: Some(owner()), ..Options::default() })
}

fn whole_file(fs: &MemoryFs) -> Vec<u8> {
    let file = fs.open(path()).unwrap();
    let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

#[test]
fn the_version_of_a_store_is_told_without_a_changed_byte() {
    let fs = MemoryFs::new();
    lay_down(&fs);
    let before = whole_file(&fs);
    assert_eq!(RedbMetaStore::version_of(&fs, path()).unwrap(), 1);
    assert_eq!(whole_file(&fs), before);
    drop(open(fs.clone()).unwrap());
    assert_eq!(RedbMetaStore::version_of(&fs, path()).unwrap(), FORMAT_VERSION);
}

fn named(text: &str) -> drystone_types::BucketName {
    drystone_types::BucketName::parse(text).unwrap()
}

/// The open upload of the golden store.
fn open_upload() -> UploadName {
    UploadName { bucket: bucket(), key: name("open"), id: UploadId(2_417_851_639_229_258_349_412_352_007) }
}

const NULL: Version = Version { id: VersionId(0), is_null: true };

/// Asserts that all that the golden store holds is there.
async fn assert_all_there(store: &RedbMetaStore) {
    every_blob_accounted(store).await;
    let (buckets, _) = store.list_buckets("", None, 9).await.unwrap();
    assert_eq!(buckets.iter().map(|bucket| bucket.name.as_str()).collect::<Vec<_>>(), ["bucket", "ruled"]);
    assert!(
        buckets
            .iter()
            .all(|b| b.owner == owner() && b.versioning == Versioning::Unversioned && b.revision == 0)
    );
    assert_eq!((buckets[1].location.as_str(), buckets[1].created.0), ("eu-west-1", 1001));
    assert_eq!(buckets[1].lifecycle.as_ref().unwrap().rules[0].abort_incomplete_days, Some(7));
    let usage = store.get_usage(&bucket()).await.unwrap();
    let version_bytes = 10 + 70_000 + 3 + (10 << 20) + 1;
    assert_eq!(usage, BucketUsage { versions: 5, version_bytes, parts: 2, part_bytes: (6 << 20) + 4 });
    assert_eq!(store.get_usage(&named("ruled")).await.unwrap(), BucketUsage::default());

    assert_eq!(keys(store).await, ["inline", "open", "replaced", "stored", "whole"].map(name));
    let view = store.get_object(&bucket(), &name("inline"), None).await.unwrap();
    assert_eq!(view.inline.as_deref(), Some(&b"some bytes"[..]));
    assert_eq!((view.record.version, view.record.last_modified.0), (NULL, 1002));
    assert_eq!((view.record.etag, view.record.properties.owner), (ETag::single([3; 16]), owner()));
    assert_eq!(view.record.properties.headers.user_metadata, [("a".to_owned(), "1".to_owned())]);
    let whole = store.get_object(&bucket(), &name("whole"), Some(WhichVersion::Null)).await.unwrap();
    assert_eq!((whole.record.size, whole.manifest.parts.len()), (10 << 20, 2));

    let UploadState::Open(upload) = store.get_upload(&open_upload()).await.unwrap() else {
        panic!("it is open")
    };
    assert_eq!((upload.initiator.as_str(), &upload.properties.owner), ("initiator", &owner()));
    assert_eq!(upload.checksum.unwrap().0, ChecksumAlgorithm::Crc64Nvme);
    let parts = store.list_parts(&open_upload(), 0, 9).await.unwrap().parts;
    assert_eq!(parts.iter().map(|part| part.part.size).collect::<Vec<_>>(), [6 << 20, 4]);
    let done = UploadName {
        key: name("whole"),
        id: UploadId(1_216_179_374_532_316_949_754_413_063),
        ..open_upload()
    };
    let UploadState::Completed(answer) = store.get_upload(&done).await.unwrap() else {
        panic!("it was completed")
    };
    assert_eq!((answer.size, answer.version), (10 << 20, None));
    assert_eq!(
        store.last_version_id().await.unwrap(),
        Some(VersionId(3_626_777_458_843_887_524_118_528_007))
    );
    assert_eq!(store.list_garbage(0, 9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_store_of_version_1_is_opened_with_all_it_holds() {
    let memory = MemoryFs::new();
    lay_down(&memory);
    let store = open(memory.clone()).unwrap();
    assert_all_there(&store).await;
    drop(store);
    assert_eq!(check_header(memory.open(path()).unwrap().as_ref()).unwrap(), FORMAT_VERSION);
    let store = reopened(&memory).await; // no owner is needed any more
    assert_all_there(&store).await;
}

#[tokio::test]
async fn a_store_of_version_1_is_not_touched_without_an_owner() {
    let memory = MemoryFs::new();
    lay_down(&memory);
    let before = whole_file(&memory);
    let fs: Arc<dyn Fs> = Arc::new(memory.clone());
    let opened = RedbMetaStore::open(&fs, path());
    assert!(matches!(opened, Err(MetaError::Engine { .. })), "{opened:?}");
    assert!(whole_file(&memory) == before);
}

#[tokio::test]
async fn a_power_cut_at_any_call_of_the_migration_loses_nothing() {
    for nth in 1..400 {
        let memory = MemoryFs::new();
        lay_down(&memory);
        let faulty = FaultyFs::new(Arc::new(memory.clone()));
        faulty.fail_from(None, nth, io::ErrorKind::Other);
        let opened = open(faulty);
        let is_open = opened.is_ok();
        memory.crash_torn(nth);
        drop(opened);
        let store = open(memory.clone()).unwrap();
        assert_all_there(&store).await;
        if is_open {
            return;
        }
    }
    panic!("the migration never came through");
}

#[tokio::test]
async fn a_full_disk_stops_the_migration_and_it_goes_on_when_there_is_room() {
    for bytes in (0..400_000).step_by(30_011) {
        let memory = MemoryFs::new();
        lay_down(&memory);
        let faulty = FaultyFs::new(Arc::new(memory.clone()));
        faulty.fill_after(bytes);
        let opened = open(faulty.clone());
        if let Err(error) = &opened {
            assert!(matches!(error, MetaError::Full | MetaError::Engine { .. }), "{error:?}");
        }
        drop(opened);
        faulty.heal();
        assert_all_there(&open(memory.clone()).unwrap()).await;
    }
}

#[tokio::test]
async fn what_version_1_wrote_takes_part_in_versioning() {
    let memory = MemoryFs::new();
    lay_down(&memory);
    let store: Arc<RedbMetaStore> = Arc::new(open(memory.clone()).unwrap());
    let enabled = BucketChange::Versioning(Versioning::Enabled);
    store.change_bucket(&bucket(), enabled).await.unwrap();
    let t = Tester::attach(Arc::clone(&store) as _).await;
    let old = store.get_object(&bucket(), &name("inline"), None).await.unwrap();
    let new = t
        .put_step(PutObject { version: VersionId(1 << 120), ..t.new_put("inline", inline("newer")) })
        .await
        .unwrap();
    assert!(!new.version.is_null);
    let null = store.get_object(&bucket(), &name("inline"), Some(WhichVersion::Null)).await.unwrap();
    assert_eq!(null, old);

    let chosen = t.parts(&open_upload()).await;
    let commit = t.commit(&open_upload(), chosen, drystone_types::WritePrecondition::None);
    let answer = store.commit_upload(commit).await.unwrap();
    assert_eq!(answer.version.map(|version| version.id), Some(open_upload().id.into())); // b191
    t.accounts().await;
    let query = VersionQuery { prefix: "open".to_owned(), max: 9, ..VersionQuery::default() };
    let page = store.list_versions(&bucket(), query).await.unwrap();
    let version = |entry: &VersionEntry| match entry {
        VersionEntry::Version { record, is_latest, .. } => Some((record.version.is_null, *is_latest)),
        _ => None,
    };
    let versions: Vec<_> = page.entries.iter().filter_map(version).collect();
    assert_eq!(versions, [(false, true), (true, false)]);

    for key in ["inline", "open", "replaced", "stored", "whole"] {
        t.delete_version(key, WhichVersion::Null).await;
    }
    t.sweep().await;
    let left = store.get_usage(&bucket()).await.unwrap();
    assert_eq!((left.versions, left.parts), (2, 0));
    drop((t, store));
    reopened(&memory).await;
}

#[test]
fn the_golden_store_has_every_table_of_version_1() {
    let tables = [
        "counters",
        "buckets",
        "bucket_names",
        "dead_buckets",
        "objects",
        "manifests",
        "inline",
        "uploads",
        "parts",
        "ended",
        "ended_order",
        "draining",
        "touched",
        "leases",
        "garbage",
    ];
    for table in tables {
        assert!(!rows_of(table).is_empty(), "{table}");
    }
}
