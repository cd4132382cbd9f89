//! Versions over real engines: no acknowledged version is lost, and histories are what a naive list says.
//! Whatever is written, deleted, completed, suspended or cut off.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use bytes::Bytes;
use drystone_store::bucket::BucketChange;
use drystone_store::object::delete::{DeleteRequest, Deleted};
use drystone_store::object::list::{VersionEntry, VersionQuery};
use drystone_store::upload::UploadName;
use drystone_store::{Store, StoreError};
use drystone_types::{ByteRange, Version, Versioning, WhichVersion};
use std::collections::BTreeMap;
use std::time::Duration;
use support::{
    World, account, bucket, complete_request, content, create, key, listed, part, put_request, world,
};

async fn set(store: &Store, versioning: Versioning) {
    store.change_bucket(&bucket(), BucketChange::Versioning(versioning)).await.unwrap();
}

async fn put(store: &Store, name: &str, data: &Bytes) -> Version {
    let body = drystone_store::body::body_of(data.clone());
    store.put_object(put_request(name), body).await.unwrap().version
}

async fn read(store: &Store, name: &str, which: Option<WhichVersion>) -> Result<Bytes, StoreError> {
    let object = store.find_object(&bucket(), &key(name), which).await?;
    let size = object.record.size;
    let bytes = store.read_object(object, ByteRange::whole(size)).await?;
    support::collect(bytes).await
}

async fn delete(store: &Store, name: &str, which: Option<WhichVersion>) -> Deleted {
    let request = DeleteRequest { which, ..DeleteRequest::of(bucket(), key(name), account()) };
    store.delete_object(request).await.unwrap()
}

fn named(version: Version) -> WhichVersion {
    if version.is_null { WhichVersion::Null } else { WhichVersion::Id(version.id) }
}

/// What is listed: key, version, is it current, is it a delete marker?
type Line = (String, Version, bool, bool);

async fn history(store: &Store) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut query = VersionQuery { max: 3, ..VersionQuery::default() };
    loop {
        let page = store.list_versions(&bucket(), query.clone()).await.unwrap();
        for entry in page.entries {
            lines.push(match entry {
                VersionEntry::Version { key, record, is_latest } => {
                    (key.as_str().to_owned(), record.version, is_latest, false)
                }
                VersionEntry::DeleteMarker { key, marker, is_latest } => {
                    (key.as_str().to_owned(), marker.version, is_latest, true)
                }
                VersionEntry::Prefix(_) => panic!("no delimiter was given"),
            });
        }
        if !page.is_truncated {
            return lines;
        }
        let (key, version, ..) = lines.last().unwrap();
        query.key_marker = Some(key.clone());
        query.version_marker = Some(named(*version));
    }
}

/// P1, for versions: cut the power after each answer; every version is there, and what is current stays current.
#[tokio::test(flavor = "multi_thread")]
async fn p1_no_acknowledged_version_is_lost_when_the_power_is_cut() {
    let mut world = world().await;
    let (small, large) = (content(1, 100), content(2, 200_000));
    let before = put(&world.store, "k", &small).await;
    set(&world.store, Versioning::Enabled).await;
    world = world.crash_and_reopen().await;
    let first = put(&world.store, "k", &large).await;
    world = world.crash_and_reopen().await;
    let upload = create(&world.store, "k").await.unwrap();
    let parts = [listed(&part(&world.store, &upload, 1, &large).await.unwrap())];
    let second = put(&world.store, "k", &small).await;
    world.store.complete_upload(complete_request(&upload, &parts)).await.unwrap();
    world = world.crash_and_reopen().await;
    let marker = delete(&world.store, "k", None).await.version.unwrap();
    world = world.crash_and_reopen().await;
    let third = WhichVersion::Id(upload.id.into());
    for (which, expected) in
        [(named(before), &small), (named(first), &large), (named(second), &small), (third, &large)]
    {
        assert_eq!(&read(&world.store, "k", Some(which)).await.unwrap(), expected, "{which:?}");
    }
    assert!(matches!(read(&world.store, "k", None).await, Err(StoreError::DeleteMarker { .. })));
    let report = world.assert_no_leak().await;
    assert_eq!((report.objects, report.delete_markers), (4, 1));

    delete(&world.store, "k", Some(named(marker))).await;
    world = world.crash_and_reopen().await;
    assert_eq!(
        read(&world.store, "k", None).await.unwrap(),
        small,
        "b191: the put was initiated after the upload"
    );
    delete(&world.store, "k", Some(named(first))).await;
    world = world.crash_and_reopen().await;
    assert!(matches!(read(&world.store, "k", Some(named(first))).await, Err(StoreError::NoSuchVersion)));
    let report = world.assert_no_leak().await;
    assert_eq!((report.objects, report.delete_markers), (3, 0));
}

/// A version that is deleted or replaced while it is read is read to its end.
#[tokio::test(flavor = "multi_thread")]
async fn p2_a_version_deleted_while_it_is_read_is_read_whole() {
    let world = world().await;
    set(&world.store, Versioning::Enabled).await;
    let data = content(1, 3_000_000);
    let version = put(&world.store, "k", &data).await;
    let object = world.store.find_object(&bucket(), &key("k"), Some(named(version))).await.unwrap();
    delete(&world.store, "k", Some(named(version))).await;
    world.store.sweep().await.unwrap();
    let bytes = world.store.read_object(object, ByteRange::whole(3_000_000)).await.unwrap();
    assert_eq!(support::collect(bytes).await.unwrap(), data);
    world.assert_no_leak().await;
}

/// Ids tell the order also after a restart with the clock set back.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_makes_no_version_older() {
    let world = world().await;
    set(&world.store, Versioning::Enabled).await;
    world.clock.advance(Duration::from_secs(1_000_000));
    let first = put(&world.store, "k", &content(1, 10)).await;
    let world = world.crash_and_reopen().await; // begins at the old time again
    let second = put(&world.store, "k", &content(2, 10)).await;
    assert!(second.id > first.id);
    assert_eq!(read(&world.store, "k", None).await.unwrap(), content(2, 10));
}

/// One version as the model knows it, the newest first in its list; `None` is a delete marker.
type Past = BTreeMap<String, Vec<(Version, Option<Bytes>)>>;

struct Model {
    past: Past,
    versioning: Versioning,
    uploads: Vec<(UploadName, Bytes)>,
}

impl Model {
    /// Adds a version that was made, in the order of ids; a null one replaces the other.
    fn add(&mut self, name: &str, version: Version, content: Option<Bytes>) {
        let past = self.past.entry(name.to_owned()).or_default();
        if version.is_null {
            past.retain(|(old, _)| !old.is_null);
        }
        past.push((version, content));
        past.sort_by_key(|(version, _)| std::cmp::Reverse(version.id));
    }

    fn lines(&self) -> Vec<Line> {
        let of_key = |(name, past): (&String, &Vec<(Version, Option<Bytes>)>)| {
            let line = |(place, (version, content)): (usize, &(Version, Option<Bytes>))| {
                (name.clone(), *version, place == 0, content.is_none())
            };
            past.iter().enumerate().map(line).collect::<Vec<_>>()
        };
        self.past.iter().flat_map(of_key).collect()
    }
}

/// The random numbers of one run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

const KEYS: [&str; 3] = ["a", "a/b", "b"];

async fn one_deed(mut world: World, model: &mut Model, chance: &mut Chance, step: u64) -> World {
    let name = KEYS[chance.below(KEYS.len())];
    let store = std::sync::Arc::clone(&world.store);
    let data = content(step, [0, 10, 70_000][chance.below(3)]);
    match chance.below(20) {
        0..6 => {
            let version = put(&store, name, &data).await;
            assert_eq!(version.is_null, model.versioning != Versioning::Enabled);
            model.add(name, version, Some(data));
        }
        6..9 => {
            let deleted = delete(&store, name, None).await;
            if let Some(version) = deleted.version {
                assert!(deleted.delete_marker);
                model.add(name, version, None);
            } else {
                assert_eq!(model.versioning, Versioning::Unversioned);
                model.past.remove(name);
            }
        }
        9..12 => {
            let Some(past) = model.past.get_mut(name).filter(|past| !past.is_empty()) else { return world };
            let (version, content) = past.remove(chance.below(past.len()));
            let deleted = delete(&store, name, Some(named(version))).await;
            assert_eq!(deleted.delete_marker, content.is_none());
        }
        12..14 => {
            let upload = create(&store, name).await.unwrap();
            part(&store, &upload, 1, &data).await.unwrap();
            model.uploads.push((upload, data));
        }
        14..16 => {
            if model.uploads.is_empty() {
                return world;
            }
            let (upload, data) = model.uploads.swap_remove(chance.below(model.uploads.len()));
            let (page, _) = store.list_parts(&upload, 0, 1).await.unwrap();
            let parts = [support::listed_record(&page.parts[0])];
            let done = store.complete_upload(complete_request(&upload, &parts)).await.unwrap();
            let name = upload.key.as_str();
            let version = if let Some(version) = done.completed.version {
                assert_eq!(version, Version { id: upload.id.into(), is_null: false }); // b191
                version
            } else {
                let null = Some(WhichVersion::Null);
                let made = store.head_object(&bucket(), &upload.key, null).await.unwrap();
                assert_eq!(made.last_modified, page.upload.initiated); // b190
                made.version
            };
            model.add(name, version, Some(data));
        }
        16..18 => {
            let next = if chance.below(3) == 0 { Versioning::Suspended } else { Versioning::Enabled };
            set(&store, next).await;
            model.versioning = next;
        }
        18 => world.clock.advance(Duration::from_millis(chance.below(5) as u64)),
        _ => {
            drop(store);
            world = world.crash_and_reopen().await;
        }
    }
    world
}

async fn run(seed: u64, steps: u64) {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut world = world().await;
    let mut model = Model { past: Past::new(), versioning: Versioning::Unversioned, uploads: Vec::new() };
    for step in 0..steps {
        world = one_deed(world, &mut model, &mut chance, step).await;
        let context = format!("seed {seed}, step {step}");
        assert_eq!(history(&world.store).await, model.lines(), "{context}");
        for name in KEYS {
            let current = model.past.get(name).and_then(|past| past.first());
            match (read(&world.store, name, None).await, current) {
                (Ok(data), Some((_, Some(expected)))) => assert_eq!(data, expected, "{context}: {name}"),
                (Err(StoreError::DeleteMarker { .. }), Some((_, None)))
                | (Err(StoreError::NoSuchKey), None) => {}
                (found, expected) => panic!("{context}: {name}: {found:?} instead of {expected:?}"),
            }
        }
    }
    for (name, past) in &model.past {
        for (version, content) in past {
            let found = read(&world.store, name, Some(named(*version))).await;
            match content {
                Some(content) => assert_eq!(found.unwrap(), content, "seed {seed}: {name} {version}"),
                None => {
                    assert!(matches!(found, Err(StoreError::DeleteMarker { .. })), "seed {seed}: {found:?}");
                }
            }
        }
    }
    let report = world.assert_no_leak().await;
    let markers = model.lines().iter().filter(|(.., is_marker)| *is_marker).count();
    assert_eq!(report.delete_markers, markers as u64, "seed {seed}");
    assert_eq!(report.objects, (model.lines().len() - markers) as u64, "seed {seed}");
}

/// A failure names its seed; `run(seed, 60)` replays it.
#[tokio::test(flavor = "multi_thread")]
async fn b190_to_b193_a_random_history_is_what_the_model_says() {
    for seed in 1..=24 {
        run(seed, 60).await;
    }
}
