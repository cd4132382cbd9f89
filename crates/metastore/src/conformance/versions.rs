//! Versions: what a write adds, what a delete hides, and what deleting a version brings back.

use drystone_types::precondition::PreconditionFailure;
use drystone_types::{Versioning, WhichVersion, WritePrecondition};

use super::accounting::OwnedBy;
use super::tester::{bucket, by_id, inline, name};
use super::{Tester, assert_fails, cases};
use crate::MetaError;
use crate::record::{DeleteCondition, DeleteObject, Deleted, ObjectQuery, PutObject};
use Versioning::{Enabled, Suspended};
use WhichVersion::Null;

cases!(
    b193_each_write_adds_a_version_that_its_id_names,
    b192_b193_a_completed_upload_adds_a_version,
    b191_the_upload_initiated_last_is_current,
    a_delete_marker_hides_a_key_and_deleting_it_brings_the_key_back,
    deleting_the_current_version_makes_the_next_one_current,
    the_null_version_stays_when_versioning_is_enabled,
    a_suspended_write_replaces_the_null_version_wherever_it_stands,
    a_suspended_delete_puts_a_null_marker_in_the_place_of_the_null_version,
    a_version_that_is_not_there_is_deleted_without_a_word,
    a_write_that_took_long_is_an_older_version,
    a_null_version_is_current_whatever_its_number,
    b149_conditions_are_judged_by_the_current_or_the_named_version,
    b150_b152_what_counts_as_a_change_since_create,
    the_sweep_deletes_no_version_that_became_current_meanwhile,
    the_sweep_deletes_no_marker_that_hides_something,
    a_bucket_of_versions_is_not_empty,
);

/// Goal: old versions are read by id, the newest without; nothing becomes garbage.
pub async fn b193_each_write_adds_a_version_that_its_id_names(t: &Tester) {
    t.versioning(Enabled).await;
    let versions = [t.put("k", "one").await, t.put("k", "two").await, t.put("k", "three").await];
    assert!(versions.iter().all(|version| !version.version.is_null));
    assert!(versions.windows(2).all(|pair| pair[0].version.id < pair[1].version.id));
    for (version, bytes) in versions.iter().zip(["one", "two", "three"]) {
        let view = t.store.get_object(&bucket(), &name("k"), by_id(version.version.id)).await;
        let view = view.expect("every version is there");
        assert_eq!((&view.record, view.inline.as_deref()), (version, Some(bytes.as_bytes())));
    }
    assert_eq!(t.store.head_object(&bucket(), &name("k"), None).await.expect("current"), versions[2]);
    assert_fails!(t.store.head_object(&bucket(), &name("k"), Some(Null)).await, MetaError::NoSuchVersion);
    let other = by_id(t.id().into());
    assert_fails!(t.store.get_object(&bucket(), &name("k"), other).await, MetaError::NoSuchVersion);
    assert_eq!(t.accounts().await.of(OwnedBy::Garbage), []);
    assert_eq!(t.accounts().await.of(OwnedBy::Object).len(), 3);
}

/// Goal: the answer names the version, also when it is repeated; an unversioned one has none.
pub async fn b192_b193_a_completed_upload_adds_a_version(t: &Tester) {
    let plain = t.uploaded("plain").await;
    assert_eq!(plain.version, None);
    t.versioning(Enabled).await;
    let old = t.put("k", "old").await;
    let answer = t.uploaded("k").await;
    let version = answer.version.expect("versioning is enabled");
    assert!(!version.is_null);
    assert_eq!(t.store.head_object(&bucket(), &name("k"), None).await.expect("there").version, version);
    t.store.head_object(&bucket(), &name("k"), by_id(old.version.id)).await.expect("still there");
    t.versioning(Suspended).await;
    assert_eq!(t.uploaded("k").await.version, None);
}

/// Goal: a later-initiated upload stays current, though the earlier one is completed after it.
pub async fn b191_the_upload_initiated_last_is_current(t: &Tester) {
    t.versioning(Enabled).await;
    let (first, second) = (t.upload("k").await, t.upload("k").await);
    for upload in [&first, &second] {
        t.part(upload, 1, 5).await;
    }
    let late = t.complete(&second).await.expect("all parts are there").version;
    let early = t.complete(&first).await.expect("all parts are there").version;
    assert_eq!(early.map(|version| version.id), Some(first.id.into()));
    let current = t.store.head_object(&bucket(), &name("k"), None).await.expect("there");
    assert_eq!(Some(current.version), late);
    t.delete_version("k", WhichVersion::Id(second.id.into())).await;
    let current = t.store.head_object(&bucket(), &name("k"), None).await.expect("there");
    assert_eq!(Some(current.version), early);
}

/// Goal: a marker also for a key that is not there; reads of it say so; it is deleted by its id.
pub async fn a_delete_marker_hides_a_key_and_deleting_it_brings_the_key_back(t: &Tester) {
    t.versioning(Enabled).await;
    let put = t.put("k", "x").await;
    let deleted = t.delete("k").await;
    let Deleted { version: Some(marker), delete_marker: true } = deleted else { panic!("{deleted:?}") };
    for which in [None, by_id(marker.id)] {
        let read = t.store.get_object(&bucket(), &name("k"), which).await;
        assert_fails!(read, MetaError::DeleteMarker { version, .. } if version == marker);
    }
    let query = ObjectQuery { max: 9, ..ObjectQuery::default() };
    assert_eq!(t.store.list_objects(&bucket(), query).await.expect("a page").entries, []);
    t.store.head_object(&bucket(), &name("k"), by_id(put.version.id)).await.expect("it is there");
    let second = t.delete("k").await.version.expect("another marker");
    assert!(second.id > marker.id);
    for gone in [second, marker] {
        let deleted = t.delete_version("k", WhichVersion::Id(gone.id)).await;
        assert_eq!(deleted, Deleted { version: Some(gone), delete_marker: true });
    }
    assert_eq!(t.store.head_object(&bucket(), &name("k"), None).await.expect("back"), put);
    let of_nothing = t.delete("absent").await;
    assert!(of_nothing.delete_marker && of_nothing.version.is_some());
    let read = t.store.head_object(&bucket(), &name("absent"), None).await;
    assert_fails!(read, MetaError::DeleteMarker { .. });
}

/// Goal: the next older version takes the place, object or marker, until nothing is left.
pub async fn deleting_the_current_version_makes_the_next_one_current(t: &Tester) {
    t.versioning(Enabled).await;
    let first = t.put("k", "one").await;
    let marker = t.delete("k").await.version.expect("a marker");
    let last = t.put("k", "two").await;
    let deleted = t.delete_version("k", WhichVersion::Id(last.version.id)).await;
    assert_eq!(deleted, Deleted { version: Some(last.version), delete_marker: false });
    assert_fails!(
        t.store.head_object(&bucket(), &name("k"), None).await,
        MetaError::DeleteMarker { version, .. } if version == marker
    );
    t.delete_version("k", WhichVersion::Id(marker.id)).await;
    assert_eq!(t.store.head_object(&bucket(), &name("k"), None).await.expect("current again"), first);
    t.delete_version("k", WhichVersion::Id(first.version.id)).await;
    assert_fails!(t.store.head_object(&bucket(), &name("k"), None).await, MetaError::NoSuchKey);
    assert_eq!(t.accounts().await.of(OwnedBy::Object), []);
    t.store.delete_bucket(&bucket()).await.expect("it is empty");
}

/// Goal: what was there before versioning is the version `null`; it is deleted by that name only.
pub async fn the_null_version_stays_when_versioning_is_enabled(t: &Tester) {
    let null = t.put("k", "old").await;
    assert!(null.version.is_null);
    t.versioning(Enabled).await;
    let new = t.put("k", "new").await;
    assert_eq!(t.store.head_object(&bucket(), &name("k"), Some(Null)).await.expect("there"), null);
    let by_number = t.store.head_object(&bucket(), &name("k"), by_id(null.version.id)).await;
    assert_fails!(by_number, MetaError::NoSuchVersion);
    t.delete_version("k", WhichVersion::Id(null.version.id)).await;
    t.store.head_object(&bucket(), &name("k"), Some(Null)).await.expect("an id never names it");
    let deleted = t.delete_version("k", Null).await;
    assert_eq!(deleted, Deleted { version: Some(null.version), delete_marker: false });
    assert_fails!(t.store.head_object(&bucket(), &name("k"), Some(Null)).await, MetaError::NoSuchVersion);
    assert_eq!(t.store.head_object(&bucket(), &name("k"), None).await.expect("there"), new);
}

/// Goal: at most one null version, the newest; versions with ids stay.
pub async fn a_suspended_write_replaces_the_null_version_wherever_it_stands(t: &Tester) {
    let first = t.put("k", "one").await;
    t.versioning(Enabled).await;
    let kept = t.put("k", "two").await;
    t.versioning(Suspended).await;
    let second = t.put("k", "three").await; // the null version stood below `kept`
    assert!(second.version.is_null && second.version.id > kept.version.id);
    assert_eq!(t.accounts().await.of(OwnedBy::Garbage).len(), 1);
    assert_ne!(t.store.head_object(&bucket(), &name("k"), Some(Null)).await.expect("there"), first);
    let third = t.put("k", "four").await; // now it is current
    assert_eq!(t.accounts().await.of(OwnedBy::Garbage).len(), 2);
    for which in [None, Some(Null)] {
        assert_eq!(t.store.head_object(&bucket(), &name("k"), which).await.expect("there"), third);
    }
    t.uploaded("k").await;
    assert_eq!(t.accounts().await.of(OwnedBy::Garbage).len(), 3);
    t.delete_version("k", Null).await;
    assert_eq!(t.store.head_object(&bucket(), &name("k"), None).await.expect("there"), kept);
}

/// Goal: the null version goes, a null marker hides the rest; the next write replaces that marker.
pub async fn a_suspended_delete_puts_a_null_marker_in_the_place_of_the_null_version(t: &Tester) {
    t.put("k", "null").await;
    t.versioning(Enabled).await;
    let kept = t.put("k", "kept").await;
    t.versioning(Suspended).await;
    for _ in 0..2 {
        let deleted = t.delete("k").await;
        assert!(
            deleted.delete_marker && deleted.version.is_some_and(|version| version.is_null),
            "{deleted:?}"
        );
        assert_eq!(t.accounts().await.of(OwnedBy::Garbage).len(), 1);
    }
    let read = t.store.head_object(&bucket(), &name("k"), Some(Null)).await;
    assert_fails!(read, MetaError::DeleteMarker { .. });
    t.put("k", "again").await;
    t.delete_version("k", Null).await;
    let current = t.store.head_object(&bucket(), &name("k"), None).await.expect("no marker is left");
    assert_eq!(current, kept);
    t.delete("fresh").await;
    t.versioning(Enabled).await;
    t.put("fresh", "x").await;
    t.delete_version("fresh", Null).await;
    t.store.head_object(&bucket(), &name("fresh"), None).await.expect("the marker was the null version");
}

/// Goal: success, nothing is touched, nothing is said to be deleted.
pub async fn a_version_that_is_not_there_is_deleted_without_a_word(t: &Tester) {
    let gone = WhichVersion::Id(t.id().into());
    assert_eq!(t.delete("k").await, Deleted::default());
    for versioning in [None, Some(Enabled), Some(Suspended)] {
        if let Some(versioning) = versioning {
            t.versioning(versioning).await;
        }
        assert_eq!(t.delete_version("k", gone).await, Deleted::default());
        assert_eq!(t.delete_version("k", Null).await, Deleted::default());
    }
    t.put("k", "x").await;
    assert_eq!(t.delete_version("k", gone).await, Deleted::default());
    t.store.head_object(&bucket(), &name("k"), None).await.expect("untouched");
}

/// Goal: order is by the numbers of versions, not by arrival; no number is given twice.
pub async fn a_write_that_took_long_is_an_older_version(t: &Tester) {
    t.versioning(Enabled).await;
    let late = t.new_put("k", inline("late"));
    let current = t.put("k", "current").await;
    let late = t.put_step(late).await.expect("it is put");
    assert!(late.version.id < current.version.id);
    assert_eq!(t.store.head_object(&bucket(), &name("k"), None).await.expect("there"), current);
    for taken in [late.version.id, current.version.id] {
        let again = PutObject { version: taken, ..t.new_put("k", inline("again")) };
        let again = t.put_step(again).await.expect("it is put under another number").version.id;
        assert!(again > taken);
    }
    assert_eq!(t.accounts().await.of(OwnedBy::Object).len(), 4);
}

/// Goal: what is written without versioning is what is read next, and `null` names it.
pub async fn a_null_version_is_current_whatever_its_number(t: &Tester) {
    for versioning in [None, Some(Enabled), Some(Suspended)] {
        if let Some(versioning) = versioning {
            t.versioning(versioning).await;
        }
        let late = t.new_put("k", inline("late"));
        t.put("k", "current").await;
        if versioning != Some(Enabled) {
            let late = t.put_step(late).await.expect("it is put");
            assert_eq!(t.store.head_object(&bucket(), &name("k"), None).await.expect("there"), late);
            assert!(t.store.last_version_id().await.expect("a read") >= Some(late.version.id));
        }
    }
}

/// Goal: a marker on top is nothing to match; a named version is judged itself.
pub async fn b149_conditions_are_judged_by_the_current_or_the_named_version(t: &Tester) {
    use PreconditionFailure::{Failed, NoSuchKey};
    t.versioning(Enabled).await;
    let [old, new] = [t.put("k", "old").await, t.put("k", "new").await];
    let delete =
        async |which, condition| t.delete_step(DeleteObject { which, condition, ..t.new_delete("k") }).await;
    let if_old = DeleteCondition::IfMatch(Some(old.etag));
    assert_fails!(delete(None, if_old).await, MetaError::Precondition(Failed("If-Match")));
    let if_new = DeleteCondition::IfMatch(Some(new.etag));
    let of_old = by_id(old.version.id);
    assert_fails!(delete(of_old, if_new).await, MetaError::Precondition(Failed("If-Match")));
    let marker = t.delete("k").await.version.expect("a marker");

    assert_fails!(delete(None, if_new).await, MetaError::NoSuchKey);
    assert_fails!(delete(None, DeleteCondition::Exists).await, MetaError::NoSuchKey);
    let absent = by_id(t.id().into());
    assert_fails!(delete(absent, DeleteCondition::Exists).await, MetaError::NoSuchKey);
    let put = async |condition| t.put_with("k", inline("x"), condition).await;
    let if_match = WritePrecondition::IfMatch(Some(new.etag));
    assert_fails!(put(if_match).await, MetaError::Precondition(NoSuchKey));
    delete(of_old, if_old).await.expect("the named version has that etag");
    let this = DeleteCondition::Exactly(marker, old.last_modified);
    assert_fails!(delete(None, this).await, MetaError::NoSuchKey);
    delete(by_id(marker.id), DeleteCondition::Exists).await.expect("a named marker exists");
    t.delete("k").await;
    put(WritePrecondition::IfNoneMatchAny).await.expect("a marker is nothing");
}

/// Goal: who lists versions and then deletes those that are no longer current never meets one that became current.
pub async fn the_sweep_deletes_no_version_that_became_current_meanwhile(t: &Tester) {
    t.versioning(Enabled).await;
    let [old, new] = [t.put("k", "old").await, t.put("k", "new").await];
    let sweep = async || {
        let condition = DeleteCondition::Noncurrent(old.version, old.last_modified);
        t.delete_step(DeleteObject { which: by_id(old.version.id), condition, ..t.new_delete("k") }).await
    };
    t.delete_version("k", WhichVersion::Id(new.version.id)).await;
    assert_fails!(sweep().await, MetaError::NoSuchKey);
    t.delete("k").await;
    sweep().await.expect("the marker is current");
    assert_fails!(sweep().await, MetaError::NoSuchKey);
}

/// Goal: a delete marker goes only while nothing is under it, or over it.
pub async fn the_sweep_deletes_no_marker_that_hides_something(t: &Tester) {
    t.versioning(Enabled).await;
    let upload = t.upload("k").await;
    t.part(&upload, 1, 5).await;
    let marker = t.delete("k").await.version.expect("a marker");
    let made = t.store.head_object(&bucket(), &name("k"), None).await;
    let Err(MetaError::DeleteMarker { last_modified, .. }) = made else { panic!("{made:?}") };
    let sweep = async || {
        let condition = DeleteCondition::Alone(marker, last_modified);
        t.delete_step(DeleteObject { which: by_id(marker.id), condition, ..t.new_delete("k") }).await
    };
    let under = t.complete(&upload).await.expect("complete").version.expect("a version");
    assert_fails!(sweep().await, MetaError::NoSuchKey);
    t.delete_version("k", WhichVersion::Id(under.id)).await;
    let over = t.put("k", "over").await;
    assert_fails!(sweep().await, MetaError::NoSuchKey);
    t.delete_version("k", WhichVersion::Id(over.version.id)).await;
    sweep().await.expect("it is alone");
    assert_fails!(t.store.head_object(&bucket(), &name("k"), None).await, MetaError::NoSuchKey);
}

/// Goal: writes and delete markers count, and deleting what is current; older versions come and go unseen.
pub async fn b150_b152_what_counts_as_a_change_since_create(t: &Tester) {
    use PreconditionFailure::Conflict;
    t.versioning(Enabled).await;
    let [old, middle, new] = [t.put("k", "a").await, t.put("k", "b").await, t.put("k", "b").await];
    let if_match = WritePrecondition::IfMatch(Some(new.etag));
    let complete = async |change: Option<WhichVersion>| {
        let upload = t.upload("k").await;
        t.part(&upload, 1, 5).await;
        if let Some(which) = change {
            t.delete_version("k", which).await;
        }
        let parts = t.parts(&upload).await;
        let completed = t.complete_with(&upload, parts, if_match).await;
        if let Ok(answer) = &completed {
            let made = answer.version.expect("versioning is enabled");
            t.delete_version("k", WhichVersion::Id(made.id)).await;
        }
        completed
    };
    complete(None).await.expect("nothing happened");
    complete(Some(WhichVersion::Id(old.version.id))).await.expect("the current version stayed");
    let conflicted = complete(Some(WhichVersion::Id(new.version.id))).await;
    assert_fails!(conflicted, MetaError::Precondition(Conflict("If-Match")));
    assert_eq!(t.store.head_object(&bucket(), &name("k"), None).await.expect("there"), middle);
}

/// Goal: an old version or a marker alone keeps the bucket.
pub async fn a_bucket_of_versions_is_not_empty(t: &Tester) {
    t.versioning(Enabled).await;
    let put = t.put("k", "x").await;
    let marker = t.delete("k").await.version.expect("a marker");
    assert_fails!(t.store.delete_bucket(&bucket()).await, MetaError::BucketNotEmpty);
    t.delete_version("k", WhichVersion::Id(put.version.id)).await;
    assert_fails!(t.store.delete_bucket(&bucket()).await, MetaError::BucketNotEmpty);
    t.delete_version("k", WhichVersion::Id(marker.id)).await;
    t.store.delete_bucket(&bucket()).await.expect("it is empty");
}
