//! The upload state machine over real engines: the bugs that other stores shipped (M1-M12), each as a test.

mod support;

use drystone_store::StoreError;
use drystone_store::object::copy::CopyRequest;
use drystone_store::sweep::SweepReport;
use drystone_types::{ByteRange, WritePrecondition};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use std::sync::Arc;
use support::{
    MIB, PART, bucket, complete, content, create, delete, get, key, listed, part, properties, put, world,
};

/// b126, M1: racing identical Completes all succeed with one ETag, and the object is whole after every clean-up.
#[tokio::test(flavor = "multi_thread")]
async fn b126_m1_racing_completes_agree_and_the_object_is_whole() {
    let world = world().await;
    let upload = create(&world.store, "k").await.unwrap();
    let parts = [
        part(&world.store, &upload, 1, &content(1, PART)).await,
        part(&world.store, &upload, 2, &content(2, 9)).await,
    ];
    let parts: Vec<_> = parts.iter().map(|part| listed(part.as_ref().unwrap())).collect();
    let racers = (0..8).map(|_| complete(&world.store, &upload, &parts));
    let etags: Vec<_> = join_all(racers).await.into_iter().map(Result::unwrap).collect();
    assert!(etags.windows(2).all(|pair| pair[0] == pair[1]));
    world.assert_no_leak().await;
    assert_eq!(get(&world.store, "k").await.unwrap(), [content(1, PART), content(2, 9)].concat());
    assert!(matches!(complete(&world.store, &upload, &parts[..1]).await, Err(StoreError::NoSuchUpload)));
}

/// b38, M2, I6: re-sending a part while Complete runs never mixes two generations.
#[tokio::test(flavor = "multi_thread")]
async fn b38_m2_a_part_sent_again_during_complete_never_mixes() {
    let world = world().await;
    for round in 0..10 {
        let upload = create(&world.store, "k").await.unwrap();
        let first = part(&world.store, &upload, 1, &content(round, MIB)).await.unwrap();
        let (store, again) = (Arc::clone(&world.store), upload.clone());
        let rewriter =
            tokio::spawn(async move { part(&store, &again, 1, &content(round + 100, MIB)).await.is_ok() });
        let outcome = complete(&world.store, &upload, &[listed(&first)]).await;
        rewriter.await.unwrap();
        match outcome {
            Ok(_) => assert_eq!(get(&world.store, "k").await.unwrap(), content(round, MIB)),
            Err(StoreError::Complete(_)) => world.store.abort_upload(&upload).await.unwrap(), // b113: the ETag is old
            Err(other) => panic!("{other}"),
        }
    }
    world.assert_no_leak().await;
}

/// M4, I4: of Complete and Abort exactly one wins.
#[tokio::test(flavor = "multi_thread")]
async fn m4_of_complete_and_abort_exactly_one_wins() {
    let world = world().await;
    for round in 0..20 {
        let name = format!("k{round}");
        let upload = create(&world.store, &name).await.unwrap();
        let parts = [listed(&part(&world.store, &upload, 1, &content(round, 100)).await.unwrap())];
        let (completed, aborted) =
            tokio::join!(complete(&world.store, &upload, &parts), world.store.abort_upload(&upload));
        assert_ne!(completed.is_ok(), aborted.is_ok(), "round {round}");
        assert_eq!(get(&world.store, &name).await.is_ok(), completed.is_ok());
    }
    world.assert_no_leak().await;
}

/// b160, b163, M11: a part that arrives with an abort is refused or swept; no byte remains.
#[tokio::test(flavor = "multi_thread")]
async fn b163_m11_a_part_in_flight_across_an_abort_leaks_nothing() {
    let world = world().await;
    for round in 0..10 {
        let upload = create(&world.store, "k").await.unwrap();
        let data = content(round, 2 * MIB);
        let (sent, aborted) =
            tokio::join!(part(&world.store, &upload, 1, &data), world.store.abort_upload(&upload));
        aborted.unwrap();
        assert!(sent.is_ok() || matches!(sent, Err(StoreError::NoSuchUpload)), "round {round}");
        assert!(matches!(part(&world.store, &upload, 2, &data).await, Err(StoreError::NoSuchUpload)));
    }
    let report = world.assert_no_leak().await;
    assert_eq!((report.uploads, report.parts), (0, 0));
}

/// b109, M12: replaced and unlisted parts, overwritten and deleted objects: what remains is exactly what is referred to.
#[tokio::test(flavor = "multi_thread")]
async fn b109_m12_bytes_on_disk_are_the_bytes_referred_to() {
    let world = world().await;
    let upload = create(&world.store, "k").await.unwrap();
    for generation in 0..3 {
        part(&world.store, &upload, 1, &content(generation, MIB)).await.unwrap();
    }
    let kept = part(&world.store, &upload, 2, &content(7, MIB)).await.unwrap();
    part(&world.store, &upload, 3, &content(8, MIB)).await.unwrap(); // never listed
    complete(&world.store, &upload, &[listed(&kept)]).await.unwrap();
    put(&world.store, "gone", &content(9, MIB)).await.unwrap();
    delete(&world.store, "gone").await.unwrap();
    let report = world.assert_no_leak().await;
    assert_eq!((report.objects, report.blobs_verified, report.object_bytes), (1, 1, MIB as u64));
    assert_eq!(get(&world.store, "k").await.unwrap(), content(7, MIB));
}

/// M12: an object copied onto itself, and a copy whose source is deleted, stay whole.
#[tokio::test(flavor = "multi_thread")]
async fn b188_m12_copies_share_no_byte_with_their_source() {
    let world = world().await;
    let data = content(1, 2 * MIB);
    put(&world.store, "source", &data).await.unwrap();
    for target in ["copy", "source"] {
        let source = world.store.find_object(&bucket(), &key("source"), None).await.unwrap();
        let copy = CopyRequest {
            bucket: bucket(),
            key: key(target),
            properties: properties(),
            encryption: None,
            checksum: None,
            precondition: WritePrecondition::None,
            event: None,
        };
        world.store.copy_object(source, copy).await.unwrap();
    }
    world.assert_no_leak().await;
    delete(&world.store, "source").await.unwrap();
    world.assert_no_leak().await;
    assert_eq!(get(&world.store, "copy").await.unwrap(), data);
}

/// P2: "A GET in progress when the object is overwritten or deleted delivers the version that it started with".
#[tokio::test(flavor = "multi_thread")]
async fn p2_a_read_in_progress_survives_overwrite_delete_and_sweep() {
    let world = world().await;
    let upload = create(&world.store, "k").await.unwrap();
    let first = part(&world.store, &upload, 1, &content(1, PART)).await.unwrap();
    let second = part(&world.store, &upload, 2, &content(2, PART)).await.unwrap();
    complete(&world.store, &upload, &[listed(&first), listed(&second)]).await.unwrap();

    let object = world.store.find_object(&bucket(), &key("k"), None).await.unwrap();
    let size = object.record.size;
    let mut reading = world.store.read_object(object, ByteRange::whole(size)).await.unwrap();
    let mut read = reading.next().await.unwrap().unwrap().to_vec();

    put(&world.store, "k", &content(3, MIB)).await.unwrap();
    delete(&world.store, "k").await.unwrap();
    while world.store.sweep().await.unwrap() != SweepReport::default() {}

    while let Some(frame) = reading.next().await {
        read.extend_from_slice(&frame.unwrap());
    }
    assert_eq!(read, [content(1, PART), content(2, PART)].concat());
    drop(reading);
    let mut left = world.assert_sound().await.garbage;
    for _ in 0..100 {
        world.store.sweep().await.unwrap();
        left = world.assert_sound().await.garbage;
        if left == 0 {
            break;
        }
        tokio::task::yield_now().await; // the reader's task is ending
    }
    assert_eq!(left, 0, "once the reader is gone its blobs go too");
}

/// A body that breaks off, a wrong checksum, a dropped request: no part, the earlier one stays, nothing leaks (b44, b53).
#[tokio::test(flavor = "multi_thread")]
async fn b44_b53_a_failed_part_changes_nothing() {
    use drystone_store::body::{Body, BodyError, BodyFrame, body_of};
    use drystone_store::upload::part::UploadPartRequest;
    use drystone_types::PartNumber;
    let world = world().await;
    let upload = create(&world.store, "k").await.unwrap();
    let kept = part(&world.store, &upload, 1, &content(1, MIB)).await.unwrap();
    let request = |declared_len, content_md5| UploadPartRequest {
        upload: upload.clone(),
        part_number: PartNumber::new(1).unwrap(),
        declared_len,
        content_md5,
        sent: drystone_store::ingest::SentChecksum::None,
        customer_key: None,
    };
    let data = content(2, 3 * MIB);
    let broken: Body = Box::pin(futures_util::stream::iter([
        Ok(BodyFrame::Data(data.clone())),
        Err(BodyError("the client is gone".into())),
    ]));
    let refused = [
        world.store.upload_part(request(None, None), broken).await,
        world.store.upload_part(request(Some(3 * MIB as u64 + 1), None), body_of(data.clone())).await,
        world.store.upload_part(request(Some(3 * MIB as u64 - 1), None), body_of(data.clone())).await,
        world.store.upload_part(request(None, Some([0; 16])), body_of(data.clone())).await,
    ];
    assert!(refused.iter().all(Result::is_err));
    let endless: Body = Box::pin(
        futures_util::stream::iter([Ok(BodyFrame::Data(data))]).chain(futures_util::stream::pending()),
    );
    let store = Arc::clone(&world.store);
    let never = request(None, None);
    let task = tokio::spawn(async move { store.upload_part(never, endless).await.is_ok() });
    tokio::task::yield_now().await;
    task.abort();
    let _ = task.await;
    let (page, _) = world.store.list_parts(&upload, 0, 10).await.unwrap();
    assert_eq!(page.parts.iter().map(|part| part.part).collect::<Vec<_>>(), [kept.record.part]);
    world.store.abort_upload(&upload).await.unwrap();
    for _ in 0..1000 {
        world.store.sweep().await.unwrap();
        tokio::task::yield_now().await;
    }
    world.assert_no_leak().await;
}
