//! Lifecycle, carried out on an injected clock (b167-b175), and the abort of idle uploads, our addition.

mod support;

use drystone_store::StoreError;
use drystone_store::bucket::BucketChange;
use drystone_types::lifecycle::{Expiration, Filter, LifecycleConfiguration, Rule};
use drystone_types::{PartNumber, Timestamp};
use std::time::Duration;
use support::{DAY, NOW, World, bucket, complete, content, create, get, listed, part, put, world};

fn rule(prefix: &str, abort_days: Option<u32>, expiration: Option<Expiration>) -> Rule {
    let filter = Filter { prefix: prefix.into(), ..Filter::default() };
    let id = "rule".into();
    Rule { id, enabled: true, filter, abort_incomplete_days: abort_days, expiration, noncurrent: None }
}

async fn set(world: &World, rules: Vec<Rule>) {
    world
        .store
        .change_bucket(&bucket(), BucketChange::Lifecycle(Some(LifecycleConfiguration { rules })))
        .await
        .expect("the bucket exists");
}

/// b168, b169, b173, b174: the upload is aborted at midnight after its days, whether it is older than the rule or not; a
/// finished object is left alone, and space is freed.
#[tokio::test(flavor = "multi_thread")]
async fn b168_b173_b174_incomplete_uploads_are_aborted_when_due() {
    let world = world().await;
    let before = create(&world.store, "logs/a").await.unwrap();
    part(&world.store, &before, 1, &content(1, 100_000)).await.unwrap();
    let finished = create(&world.store, "logs/done").await.unwrap();
    let parts = [listed(&part(&world.store, &finished, 1, &content(2, 100)).await.unwrap())];
    complete(&world.store, &finished, &parts).await.unwrap();
    set(&world, vec![rule("logs/", Some(1), None)]).await;
    let after = create(&world.store, "logs/b").await.unwrap();
    let other = create(&world.store, "other").await.unwrap();

    world.clock.advance(Duration::from_secs(37 * 3600)); // 10:00 + 37 h: an hour before the due midnight
    assert_eq!(world.store.apply_lifecycle().await.unwrap().uploads_aborted, 0);
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(world.store.apply_lifecycle().await.unwrap().uploads_aborted, 2);
    for gone in [&before, &after] {
        assert!(matches!(world.store.list_parts(gone, 0, 1).await, Err(StoreError::NoSuchUpload)));
        assert!(matches!(part(&world.store, gone, 1, &content(1, 9)).await, Err(StoreError::NoSuchUpload)));
    }
    assert!(world.store.list_parts(&other, 0, 1).await.is_ok());
    assert_eq!(get(&world.store, "logs/done").await.unwrap(), content(2, 100));
    let report = world.assert_no_leak().await;
    assert_eq!((report.uploads, report.parts, report.blobs_verified), (1, 0, 0));
}

/// b32, b88: Create and ListParts tell when the abort is due.
#[tokio::test(flavor = "multi_thread")]
async fn b32_b88_the_due_moment_is_told() {
    let world = world().await;
    set(&world, vec![rule("logs/", Some(3), None)]).await;
    let upload = create(&world.store, "logs/a").await.unwrap();
    let (_, due) = world.store.list_parts(&upload, 0, 1).await.unwrap();
    let due = due.expect("a rule covers it");
    assert_eq!(due.at, Timestamp::parse_iso8601("2026-11-26T00:00:00Z").unwrap());
    assert_eq!(due.rule_id, "rule");
    let upload = create(&world.store, "other").await.unwrap();
    assert_eq!(world.store.list_parts(&upload, 0, 1).await.unwrap().1, None);
}

/// Our addition: an upload without activity for 7 days is aborted; one whose last part is younger is not.
#[tokio::test(flavor = "multi_thread")]
async fn uploads_idle_for_seven_days_are_aborted_and_active_ones_are_not() {
    let world = world().await;
    let idle = create(&world.store, "idle").await.unwrap();
    let active = create(&world.store, "active").await.unwrap();
    world.clock.advance(6 * DAY);
    part(&world.store, &active, 1, &content(1, 9)).await.unwrap();
    world.clock.advance(DAY + Duration::from_secs(1));
    let report = world.store.apply_lifecycle().await.unwrap();
    assert_eq!((report.uploads_idle, report.uploads_aborted), (1, 0));
    assert!(world.store.list_parts(&idle, 0, 1).await.is_err());
    let (page, _) = world.store.list_parts(&active, 0, 1).await.unwrap();
    assert_eq!(page.parts[0].part.part_number, PartNumber::new(1).unwrap());
}

/// Expiration by days, by date, and within size limits; an object written again meanwhile stays.
#[tokio::test(flavor = "multi_thread")]
async fn objects_expire_when_due() {
    let world = world().await;
    put(&world.store, "tmp/small", &content(1, 10)).await.unwrap();
    put(&world.store, "tmp/large", &content(2, 100_000)).await.unwrap();
    put(&world.store, "keep", &content(3, 10)).await.unwrap();
    let mut large_only = rule("tmp/", None, Some(Expiration::Days(1)));
    large_only.filter.object_size_greater_than = Some(1000);
    set(&world, vec![large_only]).await;
    world.clock.advance(2 * DAY);
    assert_eq!(world.store.apply_lifecycle().await.unwrap().objects_expired, 1);
    assert!(get(&world.store, "tmp/large").await.is_err());
    assert!(get(&world.store, "tmp/small").await.is_ok());
    let date = Timestamp(NOW.0 - NOW.0 % 86_400_000);
    set(&world, vec![rule("tmp/", None, Some(Expiration::Date(date)))]).await;
    assert_eq!(world.store.apply_lifecycle().await.unwrap().objects_expired, 1);
    assert!(get(&world.store, "keep").await.is_ok());
    world.assert_no_leak().await;
}
