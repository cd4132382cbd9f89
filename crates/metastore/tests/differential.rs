//! Random steps on the memory engine and on redb: equal results, equal audits, also across reopening.
//!
//! A failing case prints its shrunken steps; the seed goes to `proptest-regressions`.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::sync::Arc;

use drystone_disk::{Fs, MemoryFs};
use drystone_metastore::conformance::every_blob_accounted;
use drystone_metastore::conformance::tester::{digests, name, part_number};
use drystone_metastore::record::{
    AuditRow, CommitUpload, CreateUpload, DeleteCondition, NewBlob, ObjectQuery, PutObject, PutPart,
    SessionId, UploadName, UploadQuery,
};
use drystone_metastore::{MemoryMetaStore, MetaStore, RedbMetaStore};
use drystone_types::{
    BlobHome, BlobId, BlobRef, BucketName, ETag, ObjectHeaders, Timestamp, UploadId, WritePrecondition,
};
use proptest::prelude::*;

/// A step in small numbers, so that steps meet each other.
#[derive(Clone, Debug)]
enum Step {
    CreateBucket(u8),
    DeleteBucket(u8),
    Put { bucket: u8, key: u8, content: Content, condition: Condition },
    Delete { bucket: u8, key: u8, condition: Condition },
    CreateUpload { bucket: u8, key: u8 },
    PutPart { upload: Upload, number: u8, content: Content },
    Complete { upload: Upload, skip: u8, stale: bool, condition: Condition },
    Abort { upload: Upload, idle_since: Option<u8> },
    Lease(u8),
    Abandon(u8),
    OpenSession,
    SweepLeases(u8),
    SweepEnded { age: u8, max: u8 },
    ForgetGarbage(u8),
    Reopen,
}

/// An upload by its index among those created, sometimes under a wrong key.
#[derive(Clone, Copy, Debug)]
struct Upload {
    index: u8,
    wrong_key: bool,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    Inline(u8),
    /// The lease of this index among those granted.
    Leased(u8),
}

#[derive(Clone, Copy, Debug)]
enum Condition {
    None,
    /// The ETag of these inline bytes.
    IfMatch(u8),
    IfAbsent,
}

const KEYS: [&str; 4] = ["a", "a/b", "a/c", "é"];

fn step() -> impl Strategy<Value = Step> {
    let bucket = || 0..2_u8;
    let key = || 0..4_u8;
    let content = || prop_oneof![(0..3_u8).prop_map(Content::Inline), (0..9_u8).prop_map(Content::Leased)];
    let condition = || {
        prop_oneof![
            4 => Just(Condition::None),
            1 => (0..3_u8).prop_map(Condition::IfMatch),
            1 => Just(Condition::IfAbsent),
        ]
    };
    let upload =
        || (0..6_u8, prop::bool::weighted(0.05)).prop_map(|(index, wrong_key)| Upload { index, wrong_key });
    prop_oneof![
        2 => bucket().prop_map(Step::CreateBucket),
        1 => bucket().prop_map(Step::DeleteBucket),
        4 => (bucket(), key(), content(), condition())
            .prop_map(|(bucket, key, content, condition)| Step::Put { bucket, key, content, condition }),
        3 => (bucket(), key(), condition())
            .prop_map(|(bucket, key, condition)| Step::Delete { bucket, key, condition }),
        5 => (bucket(), key()).prop_map(|(bucket, key)| Step::CreateUpload { bucket, key }),
        12 => (upload(), 1..5_u8, content())
            .prop_map(|(upload, number, content)| Step::PutPart { upload, number, content }),
        5 => (upload(), 0..5_u8, prop::bool::weighted(0.2), condition())
            .prop_map(|(upload, skip, stale, condition)| Step::Complete { upload, skip, stale, condition }),
        2 => (upload(), prop::option::of(0..60_u8))
            .prop_map(|(upload, idle_since)| Step::Abort { upload, idle_since }),
        4 => (1..4_u8).prop_map(Step::Lease),
        1 => (0..9_u8).prop_map(Step::Abandon),
        1 => Just(Step::OpenSession),
        1 => (0..4_u8).prop_map(Step::SweepLeases),
        3 => (0..20_u8, 0..6_u8).prop_map(|(age, max)| Step::SweepEnded { age, max }),
        2 => (0..4_u8).prop_map(Step::ForgetGarbage),
        1 => Just(Step::Reopen),
    ]
}

/// What steps refer to; the same for both engines, because their answers are.
#[derive(Default)]
struct World {
    now_ms: u64,
    session: u64,
    uploads: Vec<UploadName>,
    leases: Vec<BlobId>,
}

impl World {
    fn upload(&self, upload: Upload) -> Option<UploadName> {
        let mut found = self.uploads.get(usize::from(upload.index) % self.uploads.len().max(1))?.clone();
        if upload.wrong_key {
            found.key = name("wrong");
        }
        Some(found)
    }

    fn content(&self, content: Content) -> NewBlob {
        match content {
            Content::Inline(byte) => NewBlob::Inline(vec![byte; usize::from(byte)].into()),
            Content::Leased(index) => {
                let index = usize::from(index) % self.leases.len().max(1);
                let id = self.leases.get(index).copied().unwrap_or(BlobId(1 << 40));
                NewBlob::Leased(BlobRef { id, len: 100, home: BlobHome::Store })
            }
        }
    }
}

fn bucket(number: u8) -> BucketName {
    BucketName::parse(["one", "two"][usize::from(number)]).unwrap()
}

fn condition(condition: Condition) -> WritePrecondition {
    let etag = |byte| ETag::single(digests(&NewBlob::Inline(vec![byte; usize::from(byte)].into())).md5);
    match condition {
        Condition::None => WritePrecondition::None,
        Condition::IfMatch(byte) => WritePrecondition::IfMatch(Some(etag(byte))),
        Condition::IfAbsent => WritePrecondition::IfNoneMatchAny,
    }
}

/// Applies a step; its outcome as text. `world` is read only, so that both engines see the same.
async fn apply(store: &dyn MetaStore, world: &World, step: &Step) -> String {
    let now = Timestamp(world.now_ms);
    match step.clone() {
        Step::CreateBucket(b) => text(store.create_bucket(bucket(b), String::new(), now).await),
        Step::DeleteBucket(b) => text(store.delete_bucket(&bucket(b)).await),
        Step::Put { bucket: b, key, content, condition: c } => {
            let content = world.content(content);
            let put = PutObject {
                bucket: bucket(b),
                key: name(KEYS[usize::from(key)]),
                digests: digests(&content),
                content,
                headers: ObjectHeaders::default(),
                precondition: condition(c),
                now,
            };
            text(store.put_object(put).await)
        }
        Step::Delete { bucket: b, key, condition: c } => {
            let condition = match condition(c) {
                WritePrecondition::IfMatch(etag) => DeleteCondition::IfMatch(etag),
                _ => DeleteCondition::None,
            };
            text(store.delete_object(&bucket(b), &name(KEYS[usize::from(key)]), condition).await)
        }
        Step::CreateUpload { bucket: b, key } => {
            let create = CreateUpload {
                bucket: bucket(b),
                key: name(KEYS[usize::from(key)]),
                id: UploadId(u128::from(world.now_ms) << 80),
                initiated: now,
                initiator: "i".to_owned(),
                headers: ObjectHeaders::default(),
                checksum: None,
            };
            text(store.create_upload(create).await)
        }
        Step::PutPart { upload, number, content } => {
            let Some(upload) = world.upload(upload) else { return String::new() };
            let content = world.content(content);
            let part_number = part_number(u64::from(number));
            let digests = digests(&content);
            text(store.put_part(PutPart { upload, part_number, content, digests, now }).await)
        }
        Step::Complete { upload, skip, stale, condition: c } => {
            let Some(upload) = world.upload(upload) else { return String::new() };
            let page = store.list_parts(&upload, 0, 100).await;
            let parts = page.map(|page| page.parts).unwrap_or_default();
            let wanted = parts.iter().filter(|part| part.part.part_number.get() != u16::from(skip));
            let mut chosen: Vec<_> = wanted.map(|part| part.part).collect();
            if stale && let Some(last) = chosen.last_mut() {
                last.blob.id = BlobId(last.blob.id.0 + 1);
            }
            let etag = ETag { digest: [1; 16], part_count: Some(1) };
            let precondition = condition(c);
            let commit = CommitUpload { upload, chosen, etag, checksum: None, precondition, now };
            text(store.commit_upload(commit).await)
        }
        Step::Abort { upload, idle_since } => {
            let Some(upload) = world.upload(upload) else { return String::new() };
            let idle_since = idle_since.map(|ms| Timestamp(u64::from(ms)));
            text(store.abort_upload(&upload, idle_since).await)
        }
        Step::Lease(count) => text(store.grant_leases(SessionId(world.session), u32::from(count)).await),
        Step::Abandon(index) => {
            let NewBlob::Leased(blob) = world.content(Content::Leased(index)) else { unreachable!() };
            text(store.abandon_leases(vec![blob.id]).await)
        }
        Step::OpenSession => text(store.open_session().await),
        Step::SweepLeases(max) => text(store.sweep_leases(usize::from(max)).await),
        Step::SweepEnded { age, max } => {
            let before = Timestamp(world.now_ms.saturating_sub(u64::from(age)));
            text(store.sweep_ended(before, usize::from(max)).await)
        }
        Step::ForgetGarbage(count) => {
            let rows = store.list_garbage(0, usize::from(count)).await.unwrap();
            let forgotten = store.forget_garbage(rows.iter().map(|row| row.row).collect()).await;
            text(forgotten.map(|()| rows))
        }
        Step::Reopen => String::new(),
    }
}

fn text<T: std::fmt::Debug>(result: T) -> String {
    format!("{result:?}")
}

/// Lets the world know what a step made.
async fn learn(world: &mut World, store: &dyn MetaStore, step: &Step) {
    match step {
        Step::CreateUpload { bucket: b, key } => {
            let id = UploadId(u128::from(world.now_ms) << 80);
            let key = name(KEYS[usize::from(*key)]);
            world.uploads.push(UploadName { bucket: bucket(*b), key, id });
        }
        Step::OpenSession => world.session += 1,
        Step::Lease(_) => {
            let mut leases = Vec::new();
            let mut note = |row| {
                if let AuditRow::Lease(id, _) = row {
                    leases.push(id);
                }
            };
            store.audit(&mut note).await.unwrap();
            world.leases.extend(leases.into_iter().rev().take(4));
        }
        _ => {}
    }
    world.now_ms += 1;
}

/// All that reads say.
async fn look(store: &dyn MetaStore, world: &World) -> Vec<String> {
    let mut seen = vec![
        text(store.list_buckets("", None, 9).await),
        text(store.list_garbage(0, 99).await),
        text(store.scan_uploads(None, 99).await),
        text(store.last_upload_id().await),
    ];
    for b in 0..2 {
        for delimiter in ["", "/"] {
            let delimiter = delimiter.to_owned();
            let objects = ObjectQuery { delimiter: delimiter.clone(), max: 3, ..ObjectQuery::default() };
            seen.push(text(store.list_objects(&bucket(b), objects).await));
            let uploads = UploadQuery { delimiter, max: 3, ..UploadQuery::default() };
            seen.push(text(store.list_uploads(&bucket(b), uploads).await));
        }
        for key in KEYS {
            seen.push(text(store.get_object(&bucket(b), &name(key)).await));
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

async fn audit(store: &dyn MetaStore) -> Vec<String> {
    let mut rows: Vec<_> = every_blob_accounted(store).await.rows.into_iter().map(text).collect();
    rows.sort();
    rows
}

async fn same_on_both(steps: Vec<Step>) {
    let fs: Arc<dyn Fs> = Arc::new(MemoryFs::new());
    let path = Path::new("/meta.redb");
    let memory = MemoryMetaStore::new();
    let mut redb = RedbMetaStore::create(&fs, path).unwrap();
    let mut world = World { now_ms: 1, ..World::default() };
    for step in [Step::OpenSession, Step::CreateBucket(0), Step::Lease(3)].into_iter().chain(steps) {
        if matches!(step, Step::Reopen) {
            drop(redb);
            redb = RedbMetaStore::open(&fs, path).unwrap();
        }
        let outcome = apply(&memory, &world, &step).await;
        assert_eq!(apply(&redb, &world, &step).await, outcome, "{step:?}");
        learn(&mut world, &memory, &step).await;
        assert_eq!(audit(&redb).await, audit(&memory).await, "after {step:?}");
    }
    assert_eq!(look(&redb, &world).await, look(&memory, &world).await);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_steps_give_the_same_on_both_engines(steps in prop::collection::vec(step(), 1..80)) {
        tokio::runtime::Runtime::new().unwrap().block_on(same_on_both(steps));
    }
}
