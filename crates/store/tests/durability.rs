//! P1: a 2xx means that every byte and every directory entry on its path was synced, in order.
//! And a crash right after it loses nothing.

mod support;

use drystone_store::bucket::{BucketChange, CreateBucketRequest};
use drystone_store::object::copy::CopyRequest;
use drystone_types::WritePrecondition;
use drystone_types::lifecycle::LifecycleConfiguration;
use std::io::ErrorKind;
use std::path::Path;
use support::{
    MIB, PART, World, account, bucket, complete, content, create, delete, get, key, listed, part, properties,
    put, world,
};

fn is_blob(path: &Path) -> bool {
    path.starts_with("/blobs")
}

fn is_meta(path: &Path) -> bool {
    path.starts_with("/meta.redb")
}

/// Runs one operation, and asserts that everything it wrote was synced when it answered, blobs before the metadata that
/// names them.
async fn durable<T>(world: &World, operation: impl Future<Output = T>) -> T {
    let mark = world.recorder.mark();
    let answer = operation.await;
    world.recorder.assert_durable(mark);
    world.recorder.assert_synced_before(mark, is_blob, is_meta);
    answer
}

/// "Acknowledged = durable. Any 2xx to PUT/UploadPart/Complete/Copy/Delete/config survives" (P1), shown by the recorder.
#[tokio::test(flavor = "multi_thread")]
async fn p1_every_acknowledged_operation_is_synced_in_order_when_it_answers() {
    let world = World::new().await;
    let store = world.store.clone();
    durable(&world, store.create_bucket(CreateBucketRequest::of(bucket(), account()))).await.unwrap();
    for (name, len) in [("empty", 0), ("small", 4096), ("large", 3 * MIB + 5)] {
        durable(&world, put(&store, name, &content(1, len))).await.unwrap();
        durable(&world, put(&store, name, &content(2, len))).await.unwrap(); // and over itself
    }
    let upload = durable(&world, create(&store, "big")).await.unwrap();
    let first = durable(&world, part(&store, &upload, 1, &content(3, PART))).await.unwrap();
    durable(&world, part(&store, &upload, 2, &content(4, 100))).await.unwrap();
    let second = durable(&world, part(&store, &upload, 2, &content(5, MIB))).await.unwrap();
    durable(&world, complete(&store, &upload, &[listed(&first), listed(&second)])).await.unwrap();
    durable(&world, complete(&store, &upload, &[listed(&first), listed(&second)])).await.unwrap();

    let source = store.find_object(&bucket(), &key("big"), None).await.unwrap();
    let copy = CopyRequest {
        bucket: bucket(),
        key: key("copy"),
        properties: properties(),
        encryption: None,
        checksum: None,
        precondition: WritePrecondition::None,
        event: None,
    };
    durable(&world, store.copy_object(source, copy)).await.unwrap();
    let upload = durable(&world, create(&store, "aborted")).await.unwrap();
    durable(&world, part(&store, &upload, 1, &content(6, MIB))).await.unwrap();
    durable(&world, store.abort_upload(&upload)).await.unwrap();
    durable(&world, delete(&store, "large")).await.unwrap();
    durable(
        &world,
        store.change_bucket(&bucket(), BucketChange::Lifecycle(Some(LifecycleConfiguration::default()))),
    )
    .await
    .unwrap();
    world.assert_no_leak().await;
}

/// The same promise, shown by cutting the power after each answer.
#[tokio::test(flavor = "multi_thread")]
async fn p1_a_crash_right_after_an_answer_loses_nothing() {
    let mut world = world().await;
    let (small, large) = (content(1, 4096), content(2, 2 * MIB));
    put(&world.store, "small", &small).await.unwrap();
    put(&world.store, "large", &large).await.unwrap();
    world = world.crash_and_reopen().await;
    assert_eq!(get(&world.store, "small").await.unwrap(), small);
    assert_eq!(get(&world.store, "large").await.unwrap(), large);

    let upload = create(&world.store, "big").await.unwrap();
    world = world.crash_and_reopen().await;
    let first = part(&world.store, &upload, 1, &content(3, PART)).await.unwrap();
    let second = part(&world.store, &upload, 2, &content(4, 10)).await.unwrap();
    world = world.crash_and_reopen().await;
    let (page, _) = world.store.list_parts(&upload, 0, 10).await.unwrap();
    assert_eq!(
        page.parts.iter().map(|part| part.part).collect::<Vec<_>>(),
        [first.record.part, second.record.part]
    );
    let parts = [listed(&first), listed(&second)];
    let etag = complete(&world.store, &upload, &parts).await.unwrap();
    world = world.crash_and_reopen().await;
    let whole = [content(3, PART), content(4, 10)].concat();
    assert_eq!(get(&world.store, "big").await.unwrap(), whole);
    assert_eq!(complete(&world.store, &upload, &parts).await.unwrap(), etag, "b124 holds across a crash");

    delete(&world.store, "small").await.unwrap();
    world = world.crash_and_reopen().await;
    assert!(get(&world.store, "small").await.is_err(), "a deleted object stays deleted");
    world.assert_no_leak().await;
    assert_eq!(get(&world.store, "big").await.unwrap(), whole, "the sweep took nothing that is referred to");
}

/// A write fails at its Nth call, for every N: it is never acknowledged, what was there stays, nothing leaks.
#[tokio::test(flavor = "multi_thread")]
async fn p5_m13_a_put_that_fails_at_any_blob_call_is_not_acknowledged_and_leaves_nothing() {
    let world = world().await;
    let (old, new) = (content(1, MIB), content(2, 2 * MIB + 1));
    put(&world.store, "k", &old).await.unwrap();
    for kind in [drystone_disk::Call::CreateNew, drystone_disk::Call::Write, drystone_disk::Call::SyncDir] {
        world.faults.fail_nth(Some(kind), 1, ErrorKind::StorageFull);
        let result = put(&world.store, "k", &new).await;
        world.faults.heal();
        assert!(result.is_err(), "{kind:?}");
        assert_eq!(get(&world.store, "k").await.unwrap(), old, "{kind:?}");
    }
    world.assert_no_leak().await;
    put(&world.store, "k", &new).await.unwrap();
    assert_eq!(get(&world.store, "k").await.unwrap(), new);
    world.assert_no_leak().await;
}

/// P5, disk full: new data is refused while the reserve for metadata is kept, reads and deletes go on, and with room again
/// writes go on.
#[tokio::test(flavor = "multi_thread")]
async fn p5_a_full_disk_refuses_data_and_still_deletes() {
    let world = world().await;
    let data = content(1, 8 * MIB);
    put(&world.store, "k", &data).await.unwrap();
    world.memory.set_free_bytes(0);
    let refused = put(&world.store, "other", &data).await;
    assert!(matches!(refused, Err(drystone_store::StoreError::Full)), "{refused:?}");
    assert_eq!(get(&world.store, "k").await.unwrap(), data);
    delete(&world.store, "k").await.unwrap();
    world.memory.set_free_bytes(u64::MAX);
    put(&world.store, "other", &data).await.unwrap();
    world.assert_no_leak().await;
}

/// "After a failed sync the server ends" (P5): the blob is not acknowledged, and the store says that it must end.
#[tokio::test(flavor = "multi_thread")]
async fn p5_a_failed_sync_is_never_acknowledged_and_is_the_end() {
    let world = world().await;
    let fatal = tokio::spawn(world.store.fatal());
    assert!(!fatal.is_finished());
    put(&world.store, "first", &content(1, MIB)).await.unwrap(); // leases names ahead
    world.faults.fail_nth(Some(drystone_disk::Call::SyncData), 1, ErrorKind::Other); // the blob's
    let refused = put(&world.store, "k", &content(1, MIB)).await;
    assert!(matches!(refused, Err(drystone_store::StoreError::SyncFailed(_))), "{refused:?}");
    assert!(fatal.await.unwrap().contains("sync"));
    world.faults.heal();
    let world = world.crash_and_reopen().await;
    assert!(get(&world.store, "k").await.is_err());
    world.assert_no_leak().await;
}
