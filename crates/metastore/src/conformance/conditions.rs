//! Conditional Completes (b146-b157): judged inside the step that commits.

use drystone_types::precondition::PreconditionFailure;
use drystone_types::{ETag, WritePrecondition};

use super::tester::inline;
use super::{Tester, cases};
use crate::MetaError;
use crate::record::UploadName;

cases!(
    b147_to_b157_the_table_of_conditional_completes,
    b150_any_way_of_writing_counts_as_a_change,
    b150_changes_before_create_or_of_other_keys_do_not_count,
    b155_a_fresh_upload_succeeds_after_a_conflict,
    b157_of_racing_conditional_completes_one_wins,
    a_refused_complete_can_be_tried_again,
);

const IF_ABSENT: WritePrecondition = WritePrecondition::IfNoneMatchAny;

fn if_match(etag: ETag) -> WritePrecondition {
    WritePrecondition::IfMatch(Some(etag))
}

async fn ready(t: &Tester, key: &str) -> UploadName {
    let upload = t.upload(key).await;
    t.part(&upload, 1, 5).await;
    upload
}

async fn try_complete(
    t: &Tester,
    upload: &UploadName,
    condition: WritePrecondition,
) -> Option<PreconditionFailure> {
    let parts = t.parts(upload).await;
    match t.complete_with(upload, parts, condition).await {
        Ok(_) => None,
        Err(MetaError::Precondition(failure)) => Some(failure),
        Err(error) => panic!("{error:?}"),
    }
}

/// Changes before Create, changes since, condition, outcome.
type Line =
    (&'static [&'static str], &'static [&'static str], WritePrecondition, Option<PreconditionFailure>);

/// Goal: every line of the table, from real changes of the key.
pub async fn b147_to_b157_the_table_of_conditional_completes(t: &Tester) {
    use PreconditionFailure::{Conflict, Failed, NoSuchKey};
    let etag = t.put("seed", "x").await.etag; // equal bytes have equal ETags
    let other = t.put("seed", "y").await.etag;
    let table: [Line; 15] = [
        (&[], &[], IF_ABSENT, None),
        (&["x"], &[], IF_ABSENT, Some(Failed("If-None-Match"))), // b147
        (&["x"], &["-"], IF_ABSENT, Some(Conflict("If-None-Match"))), // b152
        (&[], &["x", "-"], IF_ABSENT, Some(Conflict("If-None-Match"))),
        (&[], &["x"], IF_ABSENT, Some(Failed("If-None-Match"))), // b153
        (&["x"], &[], if_match(etag), None),
        (&["y"], &[], if_match(etag), Some(Failed("If-Match"))), // b148
        (&[], &[], if_match(etag), Some(NoSuchKey)),             // b149
        (&["x"], &["x"], if_match(etag), Some(Conflict("If-Match"))), // b150, same bytes
        (&["x"], &["y"], if_match(other), Some(Conflict("If-Match"))), // b150
        (&["x"], &["y"], if_match(etag), Some(Failed("If-Match"))), // b151
        (&["x"], &["-"], if_match(etag), Some(NoSuchKey)),       // b154
        (&["x"], &["-", "x"], if_match(etag), Some(Conflict("If-Match"))), // b154
        (&["x"], &["y", "-"], WritePrecondition::None, None),    // b156
        (&["x"], &[], WritePrecondition::IfMatch(None), Some(Failed("If-Match"))),
    ];
    for (index, (before, since, condition, expected)) in table.into_iter().enumerate() {
        let key = format!("k{index}");
        let _bystander = t.upload(&key).await; // b156: other open uploads are not objects
        change(t, &key, before).await;
        let upload = ready(t, &key).await;
        change(t, &key, since).await;
        assert_eq!(try_complete(t, &upload, condition).await, expected, "line {index}");
    }
}

async fn change(t: &Tester, key: &str, steps: &[&'static str]) {
    for step in steps {
        match *step {
            "-" => drop(t.delete(key).await),
            bytes => drop(t.put(key, bytes).await),
        }
    }
}

/// Goal: put, delete and Complete of another upload all count.
pub async fn b150_any_way_of_writing_counts_as_a_change(t: &Tester) {
    let etag = t.put("k", "x").await.etag;
    let (waiting, writer) = (ready(t, "k").await, ready(t, "k").await);
    assert_eq!(try_complete(t, &writer, WritePrecondition::None).await, None);
    t.put("k", "x").await;
    let conflict = Some(PreconditionFailure::Conflict("If-Match"));
    assert_eq!(try_complete(t, &waiting, if_match(etag)).await, conflict);

    let (waiting, writer) = (ready(t, "l").await, ready(t, "l").await);
    assert_eq!(try_complete(t, &writer, IF_ABSENT).await, None);
    t.delete("l").await;
    let conflict = Some(PreconditionFailure::Conflict("If-None-Match"));
    assert_eq!(try_complete(t, &waiting, IF_ABSENT).await, conflict);
}

/// Goal: only changes of the key itself, after Create, that took place.
pub async fn b150_changes_before_create_or_of_other_keys_do_not_count(t: &Tester) {
    let older = ready(t, "k").await;
    let etag = t.put("k", "x").await.etag;
    let upload = ready(t, "k").await;
    for key in ["j", "k\0", "k/", "l", "K"] {
        t.put(key, "x").await;
        t.delete(key).await;
    }
    let refused = t.put_with("k", inline("y"), IF_ABSENT).await;
    assert!(matches!(refused, Err(MetaError::Precondition(_))));
    t.abort(&older).await.expect("open");
    assert_eq!(try_complete(t, &upload, if_match(etag)).await, None);

    let upload = ready(t, "empty").await;
    t.delete("empty").await; // nothing was there, so nothing changed
    assert_eq!(try_complete(t, &upload, IF_ABSENT).await, None);
}

/// Goal: the conflict stays with the upload, not with the key.
pub async fn b155_a_fresh_upload_succeeds_after_a_conflict(t: &Tester) {
    t.put("k", "x").await;
    let upload = ready(t, "k").await;
    let etag = t.put("k", "x").await.etag;
    for _ in 0..2 {
        let conflict = Some(PreconditionFailure::Conflict("If-Match"));
        assert_eq!(try_complete(t, &upload, if_match(etag)).await, conflict);
    }
    let fresh = ready(t, "k").await;
    assert_eq!(try_complete(t, &fresh, if_match(etag)).await, None);
}

/// Goal: exactly one of several racing writers wins.
pub async fn b157_of_racing_conditional_completes_one_wins(t: &Tester) {
    for round in 0..8 {
        let key = format!("k{round}");
        let (one, two) = (ready(t, &key).await, ready(t, &key).await);
        let (parts_one, parts_two) = (t.parts(&one).await, t.parts(&two).await);
        let outcomes = tokio::join!(
            t.store.commit_upload(t.commit(&one, parts_one, IF_ABSENT)),
            t.store.commit_upload(t.commit(&two, parts_two, IF_ABSENT)),
        );
        t.accounts().await;
        let expected = PreconditionFailure::Failed("If-None-Match");
        match outcomes {
            (Ok(_), Err(MetaError::Precondition(failure)))
            | (Err(MetaError::Precondition(failure)), Ok(_)) => assert_eq!(failure, expected),
            outcomes => panic!("exactly one wins: {outcomes:?}"),
        }
    }
}

/// Goal: a failed condition leaves upload and parts as they were.
pub async fn a_refused_complete_can_be_tried_again(t: &Tester) {
    t.put("k", "x").await;
    let upload = ready(t, "k").await;
    assert!(try_complete(t, &upload, IF_ABSENT).await.is_some());
    assert_eq!(t.parts(&upload).await.len(), 1);
    assert_eq!(try_complete(t, &upload, WritePrecondition::None).await, None);
}
