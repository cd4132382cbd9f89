//! Uploads: Open -> Completed | Aborted, exactly once, and where each blob goes.

use drystone_types::{ChecksumAlgorithm, Timestamp, UploadId, WritePrecondition};

use super::accounting::OwnedBy;
use super::objects::full_properties;
use super::tester::{bucket, inline, name, some_part};
use super::{Tester, assert_fails, cases};
use crate::MetaError;
use crate::record::{CreateUpload, NewBlob, UploadName, UploadState};

cases!(
    an_upload_is_got_as_it_was_created,
    b105_b127_an_upload_takes_parts_until_it_completes_and_never_after,
    b124_a_completed_upload_keeps_its_answer,
    b190_the_object_has_the_upload_s_time_and_headers,
    m2_a_part_put_again_replaces_the_old_one,
    m2_a_part_replaced_since_it_was_read_stops_complete,
    m1_of_two_completes_one_wins,
    m4_of_complete_and_abort_the_first_wins,
    m11_a_part_after_the_end_leaves_nothing_behind,
    m12_unlisted_parts_and_the_replaced_object_become_garbage,
    m7_many_parts_complete_and_are_listed_in_pages,
    b52_a_part_keeps_a_checksum_only_if_the_upload_declared_one,
    b129_two_uploads_of_one_key_complete_independently,
    an_idle_abort_spares_what_is_younger,
    an_upload_is_named_by_bucket_key_and_id,
);

/// Goal: every field survives.
pub async fn an_upload_is_got_as_it_was_created(t: &Tester) {
    let algorithm = ChecksumAlgorithm::Sha256;
    let create = CreateUpload {
        bucket: bucket(),
        key: name("k"),
        id: UploadId(1 << 100),
        initiated: t.now(),
        initiator: "AKIA".to_owned(),
        properties: full_properties(),
        checksum: Some((algorithm, algorithm.default_type())),
    };
    assert_eq!(t.store.last_version_id().await.expect("a read"), None);
    let record = t.store.create_upload(create.clone()).await.expect("an upload is created");
    assert_eq!((record.id, &record.key, record.initiated), (create.id, &create.key, create.initiated));
    assert_eq!((&record.initiator, &record.properties), (&create.initiator, &create.properties));
    assert_eq!(record.checksum, create.checksum);
    let upload = UploadName { bucket: bucket(), key: name("k"), id: create.id };
    let state = t.store.get_upload(&upload).await.expect("it is open");
    assert_eq!(state, UploadState::Open(record));
    t.abort(&upload).await.expect("it is open");
    assert_eq!(t.store.last_version_id().await.expect("a read"), Some(create.id.into()));
}

/// Goal: the whole life of an upload; the object owns the blobs from the commit on.
pub async fn b105_b127_an_upload_takes_parts_until_it_completes_and_never_after(t: &Tester) {
    let upload = t.upload("k").await;
    let parts = [t.part(&upload, 2, 20).await, t.part(&upload, 7, 7).await];
    assert_fails!(t.store.head_object(&bucket(), &name("k"), None).await, MetaError::NoSuchKey);
    assert_eq!(t.accounts().await.of(OwnedBy::Part).len(), 2);
    let answer = t.complete(&upload).await.expect("all parts are there");
    assert_eq!(answer.size, 27);
    let view = t.store.get_object(&bucket(), &name("k"), None).await.expect("visible at once");
    assert_eq!(view.manifest.parts, parts.map(|part| part.part));
    assert_eq!((view.record.size, view.record.etag, view.inline), (27, answer.etag, None));
    assert_eq!(t.accounts().await.of(OwnedBy::Object).len(), 2);
    t.assert_no_upload(&upload).await;
    t.sweep().await;
    assert_eq!(t.accounts().await.of(OwnedBy::Object).len(), 2);
    t.assert_no_upload(&upload).await;
}

/// Goal: a repeat finds the answer, swept or not, until it is forgotten.
pub async fn b124_a_completed_upload_keeps_its_answer(t: &Tester) {
    let upload = t.upload("k").await;
    t.part(&upload, 1, 5).await;
    let answer = t.complete(&upload).await.expect("all parts are there");
    for _ in 0..2 {
        let state = t.store.get_upload(&upload).await.expect("known");
        assert_eq!(state, UploadState::Completed(answer.clone()));
        t.sweep().await;
        t.put("k", "replaced").await;
    }
    t.store.sweep_ended(answer.completed, 99).await.expect("a sweep");
    t.store.get_upload(&upload).await.expect("not older than the limit");
    t.store.sweep_ended(Timestamp(answer.completed.0 + 1), 99).await.expect("a sweep");
    assert_fails!(t.store.get_upload(&upload).await, MetaError::NoSuchUpload);
}

/// Goal: Last-Modified is the initiation; what Create set is on the object.
pub async fn b190_the_object_has_the_upload_s_time_and_headers(t: &Tester) {
    let upload = t.upload("k").await;
    let UploadState::Open(record) = t.store.get_upload(&upload).await.expect("open") else { unreachable!() };
    t.part(&upload, 1, 5).await;
    t.complete(&upload).await.expect("all parts are there");
    let object = t.store.head_object(&bucket(), &name("k"), None).await.expect("visible");
    assert_eq!((object.last_modified, object.properties), (record.initiated, record.properties));
}

/// Goal: the last finished write wins; the blob before it becomes garbage.
pub async fn m2_a_part_put_again_replaces_the_old_one(t: &Tester) {
    let upload = t.upload("k").await;
    let old = t.part(&upload, 1, 5).await;
    let new = t.part_with(&upload, 1, inline("tiny")).await.expect("a part");
    assert_eq!(t.parts(&upload).await, [new.part]);
    let accounts = t.accounts().await;
    assert_eq!(accounts.owner(old.part.blob.id), Some(OwnedBy::Garbage));
    assert_eq!(accounts.owner(new.part.blob.id), Some(OwnedBy::Part));
}

/// Goal: Complete uses what it read or nothing.
pub async fn m2_a_part_replaced_since_it_was_read_stops_complete(t: &Tester) {
    let upload = t.upload("k").await;
    t.part(&upload, 1, 5).await;
    t.part(&upload, 2, 5).await;
    let read = t.parts(&upload).await;
    t.part(&upload, 2, 5).await;
    let none = WritePrecondition::None;
    let completed = t.complete_with(&upload, read.clone(), none).await;
    assert_fails!(completed, MetaError::PartsChanged);
    let wrong = [vec![], vec![some_part()], vec![read[0], some_part()], vec![read[0], read[0]]];
    for chosen in wrong {
        assert_fails!(t.complete_with(&upload, chosen, none).await, MetaError::PartsChanged);
    }
    assert_fails!(t.store.head_object(&bucket(), &name("k"), None).await, MetaError::NoSuchKey);
    t.complete(&upload).await.expect("read again");
}

/// Goal: concurrent Completes of one upload: exactly one commits, the object is whole.
pub async fn m1_of_two_completes_one_wins(t: &Tester) {
    for _ in 0..8 {
        let upload = t.upload("k").await;
        t.part(&upload, 1, 5).await;
        t.part(&upload, 2, 6).await;
        let parts = t.parts(&upload).await;
        let none = WritePrecondition::None;
        let (all, first) = tokio::join!(
            t.store.commit_upload(t.commit(&upload, parts.clone(), none)),
            t.store.commit_upload(t.commit(&upload, vec![parts[0]], none)),
        );
        t.accounts().await;
        let size = match (all, first) {
            (Ok(answer), Err(MetaError::NoSuchUpload)) | (Err(MetaError::NoSuchUpload), Ok(answer)) => {
                answer.size
            }
            outcomes => panic!("exactly one wins: {outcomes:?}"),
        };
        let view = t.store.get_object(&bucket(), &name("k"), None).await.expect("visible");
        assert_eq!(view.record.size, size);
        assert_eq!(view.manifest.parts, if size == 11 { parts } else { vec![parts[0]] });
    }
}

/// Goal: Complete and Abort exclude each other, in both orders, also for ever after.
pub async fn m4_of_complete_and_abort_the_first_wins(t: &Tester) {
    let upload = t.upload("k").await;
    t.part(&upload, 1, 5).await;
    let parts = t.parts(&upload).await;
    t.complete(&upload).await.expect("all parts are there");
    assert_fails!(t.abort(&upload).await, MetaError::NoSuchUpload);
    t.sweep().await;
    assert_eq!(t.accounts().await.owner(parts[0].blob.id), Some(OwnedBy::Object));

    let upload = t.upload("l").await;
    t.part(&upload, 1, 5).await;
    let parts = t.parts(&upload).await;
    t.abort(&upload).await.expect("it is open");
    assert_fails!(t.abort(&upload).await, MetaError::NoSuchUpload);
    let completed = t.complete_with(&upload, parts.clone(), WritePrecondition::None).await;
    assert_fails!(completed, MetaError::NoSuchUpload);
    assert_fails!(t.store.get_upload(&upload).await, MetaError::NoSuchUpload);
    assert_eq!(t.accounts().await.owner(parts[0].blob.id), Some(OwnedBy::Part));
    t.sweep().await;
    assert_eq!(t.accounts().await.owner(parts[0].blob.id), Some(OwnedBy::Garbage));
    assert_fails!(t.store.head_object(&bucket(), &name("l"), None).await, MetaError::NoSuchKey);
}

/// Goal: a part that was in flight across the end is refused, and its blob ends as garbage.
pub async fn m11_a_part_after_the_end_leaves_nothing_behind(t: &Tester) {
    for complete in [true, false] {
        let upload = t.upload("k").await;
        t.part(&upload, 1, 5).await;
        let content = t.leased(5).await;
        let NewBlob::Leased(blob) = &content else { unreachable!() };
        if complete {
            t.complete(&upload).await.expect("all parts are there");
        } else {
            t.abort(&upload).await.expect("it is open");
        }
        assert_fails!(t.part_with(&upload, 2, content.clone()).await, MetaError::NoSuchUpload);
        assert_eq!(t.accounts().await.owner(blob.id), Some(OwnedBy::Lease));
        t.store.abandon_leases(vec![blob.id]).await.expect("a lease is given up");
        assert_eq!(t.accounts().await.owner(blob.id), Some(OwnedBy::Garbage));
        t.sweep().await;
    }
}

/// Goal: nothing leaks at Complete: the old object's blobs and the parts that were not chosen.
pub async fn m12_unlisted_parts_and_the_replaced_object_become_garbage(t: &Tester) {
    let upload = t.upload("k").await;
    for number in 1..=3 {
        t.part(&upload, number, 5).await;
    }
    let old = t.parts(&upload).await;
    t.complete(&upload).await.expect("all parts are there");
    let upload = t.upload("k").await;
    for number in 1..=4 {
        t.part(&upload, number, 5).await;
    }
    let parts = t.parts(&upload).await;
    t.complete_with(&upload, vec![parts[1], parts[2]], WritePrecondition::None).await.expect("chosen parts");
    t.sweep().await;
    let accounts = t.accounts().await;
    let ids = |parts: &[drystone_types::ManifestPart]| parts.iter().map(|p| p.blob.id).collect::<Vec<_>>();
    assert_eq!(accounts.of(OwnedBy::Object), ids(&parts[1..=2]));
    let mut garbage = ids(&old);
    garbage.extend([parts[0].blob.id, parts[3].blob.id]);
    assert_eq!(accounts.of(OwnedBy::Garbage), garbage);
    let rows = t.store.list_garbage(0, 9).await.expect("a list");
    t.store.forget_garbage(rows.iter().map(|row| row.row).collect()).await.expect("forgotten");
    assert_eq!(t.accounts().await.of(OwnedBy::Garbage), []);
}

/// Goal: 1,001 parts, some sent twice, in pages of every size.
pub async fn m7_many_parts_complete_and_are_listed_in_pages(t: &Tester) {
    let upload = t.upload("k").await;
    let ids = t.store.grant_leases(t.session, 1101).await.expect("leases");
    for (index, id) in ids.into_iter().enumerate() {
        let number = index as u64 % 1001 + 1;
        let blob = drystone_types::BlobRef { id, len: number, home: drystone_types::BlobHome::Store };
        let put = crate::record::PutPart {
            upload: upload.clone(),
            part_number: super::tester::part_number(number),
            size: number,
            content: NewBlob::Leased(blob),
            digests: super::tester::digests(&NewBlob::Leased(blob)),
            now: t.now(),
        };
        t.store.put_part(put).await.expect("a part");
    }
    for max in [1, 999, 1000, 1001, 1002] {
        let (mut after, mut met) = (0, Vec::new());
        loop {
            let page = t.store.list_parts(&upload, after, max).await.expect("a page");
            met.extend(page.parts.iter().map(|part| part.part.part_number.get()));
            after = *met.last().expect("no page is empty");
            if !page.is_truncated {
                break;
            }
            assert_eq!(page.parts.len(), max);
        }
        assert!(met.iter().copied().eq(1..=1001), "pages of {max}");
    }
    assert!(!t.store.list_parts(&upload, 0, 0).await.expect("a page").is_truncated);
    let answer = t.complete(&upload).await.expect("all parts are there");
    assert_eq!(answer.size, 1001 * 1002 / 2);
    assert_eq!(t.accounts().await.of(OwnedBy::Garbage).len(), 100);
    t.delete("k").await;
    assert_eq!(t.accounts().await.of(OwnedBy::Garbage).len(), 1101);
}

/// Goal: undeclared checksums were verified by the door; they are not kept.
pub async fn b52_a_part_keeps_a_checksum_only_if_the_upload_declared_one(t: &Tester) {
    let plain = t.upload("k").await;
    assert_eq!(t.part(&plain, 1, 5).await.part.checksum, None);
    let declared = t.upload_with("k", Some(ChecksumAlgorithm::Crc64Nvme)).await;
    assert!(t.part(&declared, 1, 5).await.part.checksum.is_some());
}

/// Goal: both become the object, one after the other.
pub async fn b129_two_uploads_of_one_key_complete_independently(t: &Tester) {
    let (one, two) = (t.upload("k").await, t.upload("k").await);
    let first = t.part(&one, 1, 5).await;
    let second = t.part(&two, 1, 6).await;
    assert_eq!(t.complete(&one).await.expect("its part is there").size, 5);
    assert_eq!(t.complete(&two).await.expect("its part is there").size, 6);
    let accounts = t.accounts().await;
    assert_eq!(accounts.owner(first.part.blob.id), Some(OwnedBy::Garbage));
    assert_eq!(accounts.owner(second.part.blob.id), Some(OwnedBy::Object));
}

/// Goal: the sweep never aborts an upload that somebody is using.
pub async fn an_idle_abort_spares_what_is_younger(t: &Tester) {
    let upload = t.upload("k").await;
    let UploadState::Open(record) = t.store.get_upload(&upload).await.expect("open") else { unreachable!() };
    let before = Timestamp(record.initiated.0 - 1);
    let aborted = t.store.abort_upload(&upload, Some(before)).await;
    assert_fails!(aborted, MetaError::NoSuchUpload);
    let part = t.part(&upload, 3, 5).await;
    let aborted = t.store.abort_upload(&upload, Some(record.initiated)).await;
    assert_fails!(aborted, MetaError::NoSuchUpload);
    t.store.abort_upload(&upload, Some(part.last_modified)).await.expect("idle since then");
    t.assert_no_upload(&upload).await;
}

/// Goal: an id under another key or bucket names nothing, open or completed.
pub async fn an_upload_is_named_by_bucket_key_and_id(t: &Tester) {
    let other = drystone_types::BucketName::parse("other").expect("a legal name");
    t.create_bucket(other.clone()).await;
    let upload = t.upload("k").await;
    t.part(&upload, 1, 5).await;
    for completed in [false, true] {
        if completed {
            t.complete(&upload).await.expect("all parts are there");
        }
        let wrong = [
            UploadName { key: name("l"), ..upload.clone() },
            UploadName { bucket: other.clone(), ..upload.clone() },
            UploadName { id: UploadId(upload.id.0 + 1), ..upload.clone() },
        ];
        for upload in wrong {
            assert_fails!(t.store.get_upload(&upload).await, MetaError::NoSuchUpload);
            t.assert_no_upload(&upload).await;
        }
    }
}
