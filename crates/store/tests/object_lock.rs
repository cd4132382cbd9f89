//! Object lock over real engines, on an injected clock: defaults, uploads, lifecycle and power cuts (b31, b34, b195, b196).

mod support;

use drystone_store::body::body_of;
use drystone_store::bucket::{BucketChange, CreateBucketRequest};
use drystone_store::object::change::ObjectChange;
use drystone_store::object::delete::DeleteRequest;
use drystone_store::object::put::PutRequest;
use drystone_store::upload::UploadName;
use drystone_store::upload::create::CreateUploadRequest;
use drystone_store::{Store, StoreError};
use drystone_types::lifecycle::{Expiration, Filter, LifecycleConfiguration, Rule};
use drystone_types::lock::{DefaultRetention, RetentionPeriod};
use drystone_types::{
    ObjectLock, ObjectLockConfiguration, ObjectProperties, Retention, RetentionMode, Timestamp, Version,
    Versioning, WhichVersion,
};
use std::time::Duration;
use support::{
    DAY, NOW, World, account, bucket, complete, content, key, listed, part, properties, put_request, world,
};

async fn locked_world() -> World {
    let world = World::new().await;
    let request = CreateBucketRequest { object_lock: true, ..CreateBucketRequest::of(bucket(), account()) };
    world.store.create_bucket(request).await.expect("a new bucket");
    world
}

async fn set_default(store: &Store, days: u32) {
    let default = DefaultRetention { mode: RetentionMode::Compliance, period: RetentionPeriod::Days(days) };
    let change = BucketChange::ObjectLock(ObjectLockConfiguration { default: Some(default) });
    store.change_bucket(&bucket(), change).await.expect("versioning is enabled");
}

async fn put(store: &Store, name: &str, lock: ObjectLock) -> Result<Version, StoreError> {
    let properties = ObjectProperties { lock, ..properties() };
    let request = PutRequest { properties, ..put_request(name) };
    Ok(store.put_object(request, body_of(content(1, 100))).await?.version)
}

async fn create(store: &Store, name: &str, lock: ObjectLock) -> Result<UploadName, StoreError> {
    let request = CreateUploadRequest {
        bucket: bucket(),
        key: key(name),
        initiator: "key".into(),
        properties: ObjectProperties { lock, ..properties() },
        encryption: None,
        checksum: None,
    };
    let (upload, _) = store.create_upload(request).await?;
    Ok(UploadName { bucket: bucket(), key: key(name), id: upload.id })
}

async fn delete(store: &Store, name: &str, version: Version) -> Result<(), StoreError> {
    let which = Some(WhichVersion::Id(version.id));
    let request = DeleteRequest { which, ..DeleteRequest::of(bucket(), key(name), account()) };
    store.delete_object(request).await.map(drop)
}

async fn lock_of(store: &Store, name: &str) -> ObjectLock {
    store.head_object(&bucket(), &key(name), None).await.expect("it is there").properties.lock
}

fn until(ms: u64) -> ObjectLock {
    let retention = Retention { mode: RetentionMode::Compliance, until: Timestamp(ms) };
    ObjectLock { retention: Some(retention), legal_hold: None }
}

const HELD: ObjectLock = ObjectLock { retention: None, legal_hold: Some(true) };

#[tokio::test(flavor = "multi_thread")]
async fn b34_b195_the_default_holds_to_the_millisecond() {
    let world = locked_world().await;
    set_default(&world.store, 2).await;
    let version = put(&world.store, "k", ObjectLock::default()).await.expect("it is put");
    assert_eq!(lock_of(&world.store, "k").await, until(NOW.0 + 2 * 86_400_000));
    world.clock.advance(Duration::from_millis(2 * 86_400_000 - 1));
    assert!(matches!(delete(&world.store, "k", version).await, Err(StoreError::Locked)));
    world.clock.advance(Duration::from_millis(1));
    delete(&world.store, "k", version).await.expect("the retention is over");
    world.assert_no_leak().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b34_an_upload_is_held_from_its_initiation_by_the_default_of_then() {
    let world = locked_world().await;
    set_default(&world.store, 2).await;
    let upload = create(&world.store, "k", ObjectLock::default()).await.expect("an upload");
    set_default(&world.store, 9).await;
    world.clock.advance(DAY);
    let parts = [listed(&part(&world.store, &upload, 1, &content(1, 100)).await.expect("a part"))];
    complete(&world.store, &upload, &parts).await.expect("it completes");
    assert_eq!(lock_of(&world.store, "k").await, until(NOW.0 + 2 * 86_400_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn b31_a_lock_needs_a_bucket_that_has_it() {
    let world = world().await;
    for lock in [HELD, until(NOW.0 + 1)] {
        assert!(matches!(put(&world.store, "k", lock).await, Err(StoreError::NoObjectLock)));
        assert!(matches!(create(&world.store, "k", lock).await, Err(StoreError::NoObjectLock)));
    }
    let report = world.assert_no_leak().await;
    assert_eq!((report.objects, report.uploads), (0, 0));
    let enable = || BucketChange::ObjectLock(ObjectLockConfiguration::default());
    let refused = world.store.change_bucket(&bucket(), enable()).await;
    assert!(matches!(refused, Err(StoreError::InvalidBucketState(_))));
    let versioning = BucketChange::Versioning(Versioning::Enabled);
    world.store.change_bucket(&bucket(), versioning).await.expect("the bucket exists");
    world.store.change_bucket(&bucket(), enable()).await.expect("versioning is enabled");
    put(&world.store, "k", HELD).await.expect("it may be held now");
}

/// The null version of the time before, too, may be held; nothing replaces it afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn b196_a_null_version_can_be_held() {
    let world = world().await;
    let version = put(&world.store, "k", ObjectLock::default()).await.expect("it is put");
    assert!(version.is_null);
    for change in [
        BucketChange::Versioning(Versioning::Enabled),
        BucketChange::ObjectLock(ObjectLockConfiguration::default()),
    ] {
        world.store.change_bucket(&bucket(), change).await.expect("the bucket exists");
    }
    let (name, null) = (key("k"), Some(WhichVersion::Null));
    let hold = ObjectChange::LegalHold(true);
    world.store.change_object(&bucket(), &name, null, hold, None).await.expect("it is held");
    put(&world.store, "k", ObjectLock::default()).await.expect("another version");
    let request = DeleteRequest { which: null, ..DeleteRequest::of(bucket(), name.clone(), account()) };
    assert!(matches!(world.store.delete_object(request).await, Err(StoreError::Locked)));
    let versioning = BucketChange::Versioning(Versioning::Suspended);
    let refused = world.store.change_bucket(&bucket(), versioning).await;
    assert!(matches!(refused, Err(StoreError::InvalidBucketState(_))));
    assert!(world.store.head_object(&bucket(), &name, null).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn b195_lifecycle_obeys_locks() {
    let world = locked_world().await;
    let held = put(&world.store, "held", HELD).await.expect("it is put");
    let kept = put(&world.store, "kept", until(NOW.0 + 100 * 86_400_000)).await.expect("it is put");
    let rule = Rule {
        id: "all".into(),
        enabled: true,
        filter: Filter::default(),
        abort_incomplete_days: None,
        expiration: Some(Expiration::Days(1)),
        noncurrent: None,
    };
    let change = BucketChange::Lifecycle(Some(LifecycleConfiguration { rules: vec![rule] }));
    world.store.change_bucket(&bucket(), change).await.expect("the bucket exists");
    world.clock.advance(10 * DAY);
    world.store.apply_lifecycle().await.expect("it is applied");
    for (name, version) in [("held", held), ("kept", kept)] {
        let found = world.store.head_object(&bucket(), &key(name), None).await;
        assert!(matches!(found, Err(StoreError::DeleteMarker { .. })), "{name} is hidden");
        let which = Some(WhichVersion::Id(version.id));
        assert!(world.store.head_object(&bucket(), &key(name), which).await.is_ok(), "{name} is there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b195_locks_survive_a_power_cut() {
    let world = locked_world().await;
    set_default(&world.store, 3).await;
    let version = put(&world.store, "k", HELD).await.expect("it is put");
    let lock = lock_of(&world.store, "k").await;
    let world = world.crash_and_reopen().await;
    assert_eq!(lock_of(&world.store, "k").await, lock);
    assert_eq!(lock.legal_hold, Some(true));
    assert!(matches!(delete(&world.store, "k", version).await, Err(StoreError::Locked)));
    let other = put(&world.store, "other", ObjectLock::default()).await.expect("it is put");
    assert!(
        matches!(delete(&world.store, "other", other).await, Err(StoreError::Locked)),
        "the default is there"
    );
}
