//! Random steps on the memory engine and on redb: equal results, equal audits, also across reopening.
//!
//! A failing case prints its shrunken steps; the seed goes to `proptest-regressions`.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use drystone_disk::{Fs, MemoryFs};
use drystone_metastore::conformance::every_blob_accounted;
use drystone_metastore::conformance::tester::{digests, len, name, owner, part_number};
use drystone_metastore::record::{
    AuditRow, BucketChange, ChangeObject, CommitUpload, CreateBucket, CreateUpload, DeleteCondition,
    DeleteObject, DocumentKind, EventSeed, NewBlob, ObjectChange, ObjectQuery, PutObject, PutPart, SessionId,
    UploadName, UploadQuery, VersionEntry, VersionQuery,
};
use drystone_metastore::{MemoryMetaStore, MetaStore, RedbMetaStore};
use drystone_types::{
    AccountId, BlobHome, BlobId, BlobRef, BucketName, ETag, ObjectLockConfiguration, ObjectProperties,
    Retention, RetentionMode, Tags, Timestamp, UploadId, Version, VersionId, Versioning, WhichVersion,
    WritePrecondition,
};
use proptest::prelude::*;

/// A step in small numbers, so that steps meet each other.
#[derive(Clone, Debug)]
enum Step {
    CreateBucket { bucket: u8, locked: bool },
    DeleteBucket(u8),
    ChangeBucket { bucket: u8, change: Change },
    Put { bucket: u8, key: u8, content: Content, condition: Condition, how: How },
    Delete { bucket: u8, key: u8, which: Which, condition: Condition, how: How },
    ChangeObject { bucket: u8, key: u8, which: Which, retain_ms: u8, bypass: bool, kind: u8 },
    CreateUpload { bucket: u8, key: u8, how: How },
    PutPart { upload: Upload, number: u8, content: Content },
    Complete { upload: Upload, skip: u8, stale: bool, condition: Condition },
    Abort { upload: Upload, idle_since: Option<u8> },
    Lease(u8),
    Abandon(u8),
    OpenSession,
    SweepLeases(u8),
    SweepEnded { age: u8, max: u8 },
    ForgetGarbage(u8),
    ForgetEvents(u8),
    WriteIdentities { stale: bool, name: u8, gone: bool },
    Reopen,
}

/// A change of a bucket.
#[derive(Clone, Copy, Debug)]
enum Change {
    Versioning(Versioning),
    ObjectLock,
    Quota(Option<u8>),
    Document(bool),
}

/// Ways of a write that are rare.
#[derive(Clone, Copy, Debug)]
struct How {
    /// How much older its number is than the step, as of a write that took long.
    late: u8,
    /// How long the version is retained.
    retain_ms: u8,
    /// Does the owner differ from the bucket's?
    other_owner: bool,
    /// May governance be bypassed?
    bypass: bool,
    /// Is there an event to tell?
    event: bool,
}

/// A version of a key.
#[derive(Clone, Copy, Debug)]
enum Which {
    Current,
    Null,
    /// The version of this index in the key's history, if there is one.
    Nth(u8),
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

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => Just(Change::Versioning(Versioning::Enabled)),
        2 => Just(Change::Versioning(Versioning::Suspended)),
        1 => Just(Change::Versioning(Versioning::Unversioned)),
        1 => Just(Change::ObjectLock),
        1 => prop::option::of(any::<u8>()).prop_map(Change::Quota),
        1 => any::<bool>().prop_map(Change::Document),
    ]
}

fn how() -> impl Strategy<Value = How> {
    let rarely = || prop_oneof![5 => Just(0), 1 => 1..20_u8];
    (rarely(), rarely(), prop::bool::weighted(0.1), prop::bool::weighted(0.1), prop::bool::weighted(0.2))
        .prop_map(|(late, retain_ms, other_owner, bypass, event)| How {
            late,
            retain_ms,
            other_owner,
            bypass,
            event,
        })
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        4 => Just(Which::Current),
        1 => Just(Which::Null),
        5 => (0..6_u8).prop_map(Which::Nth),
    ]
}

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
        2 => (bucket(), prop::bool::weighted(0.2))
            .prop_map(|(bucket, locked)| Step::CreateBucket { bucket, locked }),
        1 => bucket().prop_map(Step::DeleteBucket),
        4 => (bucket(), change()).prop_map(|(bucket, change)| Step::ChangeBucket { bucket, change }),
        9 => (bucket(), key(), content(), condition(), how()).prop_map(
            |(bucket, key, content, condition, how)| Step::Put { bucket, key, content, condition, how }
        ),
        9 => (bucket(), key(), which(), condition(), how()).prop_map(
            |(bucket, key, which, condition, how)| Step::Delete { bucket, key, which, condition, how }
        ),
        3 => (bucket(), key(), which(), 0..30_u8, any::<bool>(), 0..4_u8).prop_map(
            |(bucket, key, which, retain_ms, bypass, kind)| {
                Step::ChangeObject { bucket, key, which, retain_ms, bypass, kind }
            }
        ),
        5 => (bucket(), key(), how()).prop_map(|(bucket, key, how)| Step::CreateUpload { bucket, key, how }),
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
        1 => (0..4_u8).prop_map(Step::ForgetEvents),
        1 => (prop::bool::weighted(0.3), 0..3_u8, any::<bool>())
            .prop_map(|(stale, name, gone)| Step::WriteIdentities { stale, name, gone }),
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

impl World {
    fn properties(&self, how: How) -> ObjectProperties {
        let other = AccountId::parse("other").unwrap();
        let mut properties = ObjectProperties::of(if how.other_owner { other } else { owner() });
        properties.lock.retention = (how.retain_ms > 0).then(|| self.retention(how.retain_ms));
        properties
    }

    fn retention(&self, ms: u8) -> Retention {
        let mode = if ms % 2 == 0 { RetentionMode::Governance } else { RetentionMode::Compliance };
        Retention { mode, until: Timestamp(self.now_ms + u64::from(ms)) }
    }

    /// A number for a version; one of a late write may be there already.
    fn version(&self, how: How) -> VersionId {
        VersionId(u128::from(self.now_ms.saturating_sub(u64::from(how.late))) << 80)
    }
}

fn event(how: How, name: &str) -> Option<EventSeed> {
    how.event.then(|| EventSeed {
        name: name.to_owned(),
        targets: vec![("id".to_owned(), "target".to_owned())],
        principal: "p".to_owned(),
        source_ip: "::1".to_owned(),
        request_id: "r".to_owned(),
    })
}

/// The version of this index in a key's history; from the audit of the store under test, which is the same for both.
async fn find(store: &dyn MetaStore, b: u8, key: u8, which: Which) -> Option<WhichVersion> {
    let Which::Nth(index) = which else {
        return matches!(which, Which::Null).then_some(WhichVersion::Null);
    };
    let query = VersionQuery { prefix: KEYS[usize::from(key)].to_owned(), max: 9, ..VersionQuery::default() };
    let page = store.list_versions(&bucket(b), query).await.ok()?;
    let versions = page.entries.iter().filter_map(|entry| match entry {
        VersionEntry::Version { key: k, record, .. } => Some((k, record.version)),
        VersionEntry::DeleteMarker { key: k, marker, .. } => Some((k, marker.version)),
        VersionEntry::Prefix(_) => None,
    });
    let of_key = versions.filter(|(k, _)| k.as_str() == KEYS[usize::from(key)]);
    let named =
        |version: Version| if version.is_null { WhichVersion::Null } else { WhichVersion::Id(version.id) };
    let found = of_key.map(|(_, version)| named(version)).nth(usize::from(index));
    Some(found.unwrap_or(WhichVersion::Id(VersionId(1))))
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
        Step::CreateBucket { bucket: b, locked } => {
            let create = CreateBucket {
                name: bucket(b),
                location: String::new(),
                owner: owner(),
                object_lock: locked,
                documents: BTreeMap::new(),
                now,
            };
            text(store.create_bucket(create).await)
        }
        Step::DeleteBucket(b) => text(store.delete_bucket(&bucket(b)).await),
        Step::ChangeBucket { bucket: b, change } => {
            let change = match change {
                Change::Versioning(versioning) => BucketChange::Versioning(versioning),
                Change::ObjectLock => BucketChange::ObjectLock(ObjectLockConfiguration::default()),
                Change::Quota(bytes) => BucketChange::Quota(bytes.map(u64::from)),
                Change::Document(set) => {
                    BucketChange::Document(DocumentKind::Policy, set.then(|| "{}".to_owned()))
                }
            };
            text(store.change_bucket(&bucket(b), change).await)
        }
        Step::Put { bucket: b, key, content, condition: c, how } => {
            let content = world.content(content);
            let put = PutObject {
                bucket: bucket(b),
                key: name(KEYS[usize::from(key)]),
                size: len(&content),
                etag: None,
                digests: digests(&content),
                content,
                properties: world.properties(how),
                precondition: condition(c),
                version: world.version(how),
                now,
                event: event(how, "put"),
            };
            text(store.put_object(put).await)
        }
        Step::Delete { bucket: b, key, which, condition: c, how } => {
            let condition = match condition(c) {
                WritePrecondition::IfMatch(etag) => DeleteCondition::IfMatch(etag),
                WritePrecondition::IfNoneMatchAny => DeleteCondition::Exists,
                WritePrecondition::None => DeleteCondition::None,
            };
            let delete = DeleteObject {
                bucket: bucket(b),
                key: name(KEYS[usize::from(key)]),
                which: find(store, b, key, which).await,
                condition,
                bypass_governance: how.bypass,
                marker: world.version(how),
                owner: world.properties(how).owner,
                now,
                event: event(how, "delete"),
                marker_event: event(how, "marker"),
            };
            text(store.delete_object(delete).await)
        }
        Step::ChangeObject { bucket: b, key, which, retain_ms, bypass, kind } => {
            let change = match kind {
                0 => ObjectChange::Tags(Tags(vec![("a".to_owned(), "b".to_owned())])),
                1 => ObjectChange::LegalHold(bypass),
                2 => ObjectChange::Retention {
                    retention: (retain_ms > 0).then(|| world.retention(retain_ms)),
                    bypass_governance: bypass,
                },
                _ => ObjectChange::Acl(Some(drystone_types::Acl::private(&owner()))),
            };
            let which = find(store, b, key, which).await;
            let key = name(KEYS[usize::from(key)]);
            let change = ChangeObject { bucket: bucket(b), key, which, change, now, event: None };
            text(store.change_object(change).await)
        }
        Step::CreateUpload { bucket: b, key, how } => {
            let create = CreateUpload {
                bucket: bucket(b),
                key: name(KEYS[usize::from(key)]),
                id: UploadId(u128::from(world.now_ms) << 80),
                initiated: now,
                initiator: "i".to_owned(),
                properties: world.properties(how),
                checksum: None,
            };
            text(store.create_upload(create).await)
        }
        Step::PutPart { upload, number, content } => {
            let Some(upload) = world.upload(upload) else { return String::new() };
            let content = world.content(content);
            let part_number = part_number(u64::from(number));
            let (size, digests) = (len(&content), digests(&content));
            text(store.put_part(PutPart { upload, part_number, content, size, digests, now }).await)
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
            let version = VersionId(u128::from(world.now_ms) << 80);
            let commit = CommitUpload {
                upload,
                chosen,
                etag,
                checksum: None,
                precondition,
                version,
                now,
                event: event(
                    How { late: 0, retain_ms: 0, other_owner: false, bypass: false, event: skip == 0 },
                    "done",
                ),
            };
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
        Step::ForgetEvents(count) => {
            let rows = store.list_events(0, usize::from(count)).await.unwrap();
            let forgotten = store.forget_events(rows.iter().map(|event| event.row).collect()).await;
            text(forgotten.map(|()| rows))
        }
        Step::WriteIdentities { stale, name, gone } => {
            let (revision, _) = store.read_identities().await.unwrap();
            let document = (!gone).then(|| vec![name].into());
            let changes = vec![(format!("name{name}"), document), ("other".to_owned(), Some(vec![].into()))];
            text(store.write_identities(revision + u64::from(stale), changes).await)
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
        Step::CreateUpload { bucket: b, key, .. } => {
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
async fn look(store: &dyn MetaStore, world: &World) -> Vec<String> {
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
    for step in [Step::OpenSession, Step::CreateBucket { bucket: 0, locked: false }, Step::Lease(3)]
        .into_iter()
        .chain(steps)
    {
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
    fn random_steps_give_the_same_on_both_engines(steps in prop::collection::vec(step(), 1..100)) {
        tokio::runtime::Runtime::new().unwrap().block_on(same_on_both(steps));
    }
}
