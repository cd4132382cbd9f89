//! Leases, garbage and what ended uploads leave behind.

use std::collections::BTreeSet;

use drystone_types::{Timestamp, WritePrecondition};

use super::accounting::OwnedBy;
use super::tester::{bucket, name};
use super::{Tester, assert_fails, cases};
use crate::MetaError;
use crate::record::UploadQuery;

cases!(
    blob_names_are_never_given_twice,
    leases_of_older_sessions_become_garbage,
    garbage_is_listed_in_order_and_in_pages,
    a_big_object_is_one_row_of_garbage,
    ended_uploads_are_swept_in_batches,
    aborted_uploads_are_forgotten_too,
);

/// Goal: names count up over leases, inline blobs and sessions.
pub async fn blob_names_are_never_given_twice(t: &Tester) {
    let mut met = BTreeSet::new();
    for round in 0..4 {
        let ids = t.store.grant_leases(t.session, 5).await.expect("leases");
        t.put("k", "x").await;
        let inline = t.accounts().await.of(OwnedBy::Object);
        for id in ids.into_iter().chain(inline) {
            assert!(met.insert(id), "{id} was given twice");
        }
        if round == 1 {
            t.store.open_session().await.expect("a session");
        }
    }
    assert_eq!(met.len(), 24);
    assert_eq!(t.store.grant_leases(t.session, 0).await.expect("no leases"), []);
}

/// Goal: the current session's leases stay; all others go, in batches.
pub async fn leases_of_older_sessions_become_garbage(t: &Tester) {
    let old = t.store.grant_leases(t.session, 5).await.expect("leases");
    assert_eq!(t.store.sweep_leases(99).await.expect("a sweep"), 0);
    let session = t.store.open_session().await.expect("a session");
    assert!(session > t.session);
    let new = t.store.grant_leases(session, 2).await.expect("leases");
    for (max, expected) in [(2, 2), (0, 0), (9, 3), (9, 0)] {
        assert_eq!(t.store.sweep_leases(max).await.expect("a sweep"), expected);
        t.accounts().await;
    }
    let accounts = t.accounts().await;
    assert_eq!(accounts.of(OwnedBy::Garbage), old);
    assert_eq!(accounts.of(OwnedBy::Lease), new);
}

/// Goal: rows ascend in the order of becoming garbage; pages meet each once.
pub async fn garbage_is_listed_in_order_and_in_pages(t: &Tester) {
    let ids = t.store.grant_leases(t.session, 5).await.expect("leases");
    for id in ids.iter().rev() {
        t.store.abandon_leases(vec![*id]).await.expect("given up");
    }
    for max in 1..=6 {
        let (mut after, mut met) = (0, Vec::new());
        loop {
            let page = t.store.list_garbage(after, max).await.expect("a page");
            assert!(page.len() <= max);
            let Some(last) = page.last() else { break };
            after = last.row;
            met.extend(page.iter().flat_map(|row| row.blobs.iter().map(|blob| blob.id)));
        }
        assert!(met.iter().eq(ids.iter().rev()), "pages of {max}");
    }
    assert_eq!(t.store.list_garbage(0, 0).await.expect("a page"), []);
}

/// Goal: deleting an object of many parts is one row; forgetting it leaves nothing.
pub async fn a_big_object_is_one_row_of_garbage(t: &Tester) {
    let upload = t.upload("k").await;
    for number in 1..=20 {
        t.part(&upload, number, 5).await;
    }
    let last = t.part_with(&upload, 21, super::tester::inline("tail")).await.expect("a part");
    t.complete(&upload).await.expect("all parts are there");
    t.sweep().await;
    t.delete("k").await;
    let rows = t.store.list_garbage(0, 9).await.expect("a page");
    let [row] = rows.as_slice() else { panic!("one row: {rows:?}") };
    assert_eq!(row.blobs.len(), 21);
    t.store.forget_garbage(vec![row.row, row.row + 1]).await.expect("forgotten");
    assert!(t.accounts().await.owners.is_empty());
    assert_eq!(t.store.get_inline(last.part.blob.id).await.expect("a read"), None);
}

/// Goal: no batch touches more than its share, and the end is said.
pub async fn ended_uploads_are_swept_in_batches(t: &Tester) {
    let (completed, aborted) = (t.upload("k").await, t.upload("k").await);
    for upload in [&completed, &aborted] {
        for number in 1..=7 {
            t.part(upload, number, 5).await;
        }
    }
    let two = t.parts(&completed).await[..2].to_vec();
    t.complete_with(&completed, two, WritePrecondition::None).await.expect("chosen parts");
    t.abort(&aborted).await.expect("it is open");
    assert_eq!(t.store.sweep_ended(Timestamp(0), 0).await.expect("a sweep"), 0);
    let mut touched = 0;
    loop {
        let rows = t.store.sweep_ended(Timestamp(0), 3).await.expect("a sweep");
        assert!(rows <= 3);
        t.accounts().await;
        touched += rows;
        if rows == 0 {
            break;
        }
    }
    assert!(touched >= 14);
    let accounts = t.accounts().await;
    assert_eq!(accounts.of(OwnedBy::Part), []);
    assert_eq!(accounts.of(OwnedBy::Object).len(), 2);
    assert_eq!(accounts.of(OwnedBy::Garbage).len(), 12);
    t.store.head_object(&bucket(), &name("k"), None).await.expect("the object stays");
}

/// Goal: what is remembered of an abort has an end too, but not before the limit.
pub async fn aborted_uploads_are_forgotten_too(t: &Tester) {
    let upload = t.upload("k").await;
    t.abort(&upload).await.expect("it is open");
    let query = UploadQuery {
        key_marker: Some("k".to_owned()),
        upload_id_marker: Some(upload.id),
        max: 9,
        ..UploadQuery::default()
    };
    t.sweep().await;
    t.store.list_uploads(&bucket(), query.clone()).await.expect("still known");
    t.store.sweep_ended(t.now(), 99).await.expect("a sweep");
    assert_fails!(t.store.list_uploads(&bucket(), query).await, MetaError::InvalidUploadIdMarker);
    assert_eq!(t.store.last_version_id().await.expect("a read"), Some(upload.id.into()));
}
