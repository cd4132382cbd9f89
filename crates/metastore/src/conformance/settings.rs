//! Settings of buckets: each is kept as it was set, counted by the revision, and some exclude others.

use drystone_types::lock::{DefaultRetention, ObjectLockConfiguration, RetentionPeriod};
use drystone_types::{BucketName, RetentionMode, Versioning};

use super::tester::bucket;
use super::{Tester, assert_fails, cases};
use crate::MetaError;
use crate::record::{BucketChange, CreateBucket, DocumentKind};
use Versioning::{Enabled, Suspended, Unversioned};

cases!(
    every_change_is_kept_and_counted,
    versioning_is_suspended_and_never_unset,
    object_lock_needs_versioning_and_keeps_it,
    documents_are_kept_by_kind,
);

/// Goal: the answer is what is read, and the revision goes up by one.
pub async fn every_change_is_kept_and_counted(t: &Tester) {
    let created = t.store.get_bucket(&bucket()).await.expect("it is there");
    let changes = [
        BucketChange::Versioning(Enabled),
        BucketChange::Quota(Some(7)),
        BucketChange::Quota(Some(7)),
        BucketChange::Document(DocumentKind::Policy, Some("{}".to_owned())),
        BucketChange::ObjectLock(ObjectLockConfiguration::default()),
    ];
    for (number, change) in (1..).zip(changes) {
        let changed = t.change(change).await.expect("allowed");
        assert_eq!(changed.revision, created.revision + number);
        assert_eq!(t.store.get_bucket(&bucket()).await.expect("it is there"), changed);
        assert_eq!((changed.id, changed.created), (created.id, created.created));
    }
    let listed = t.store.list_buckets("", None, 9).await.expect("a list").0;
    assert_eq!(listed, [t.store.get_bucket(&bucket()).await.expect("it is there")]);
}

/// Goal: the table of states; a refused change is not counted.
pub async fn versioning_is_suspended_and_never_unset(t: &Tester) {
    let cases = [
        (Unversioned, true),
        (Suspended, true),
        (Unversioned, false),
        (Enabled, true),
        (Unversioned, false),
        (Suspended, true),
    ];
    for (to, allowed) in cases {
        let before = t.store.get_bucket(&bucket()).await.expect("it is there");
        match t.change(BucketChange::Versioning(to)).await {
            Ok(changed) => assert!(allowed && changed.versioning == to, "{before:?} {to:?}"),
            Err(error) => {
                assert!(!allowed && matches!(error, MetaError::InvalidBucketState(_)), "{error:?}");
                assert_eq!(t.store.get_bucket(&bucket()).await.expect("it is there"), before);
            }
        }
    }
}

/// Goal: at creation or later, but not without versioning, which then cannot be suspended.
pub async fn object_lock_needs_versioning_and_keeps_it(t: &Tester) {
    let default = DefaultRetention { mode: RetentionMode::Governance, period: RetentionPeriod::Days(3) };
    let lock = ObjectLockConfiguration { default: Some(default) };
    let set = || BucketChange::ObjectLock(lock);
    assert_fails!(t.change(set()).await, MetaError::InvalidBucketState(_));
    t.versioning(Enabled).await;
    assert_eq!(t.change(set()).await.expect("allowed").object_lock, Some(lock));
    assert_fails!(t.change(BucketChange::Versioning(Suspended)).await, MetaError::InvalidBucketState(_));
    t.change(BucketChange::Versioning(Enabled)).await.expect("it is so");

    let locked = BucketName::parse("locked").expect("a legal name");
    let create = CreateBucket { object_lock: true, ..t.new_bucket(locked.clone()) };
    let created = t.store.create_bucket(create).await.expect("a fresh name");
    assert_eq!(
        (created.versioning, created.object_lock),
        (Enabled, Some(ObjectLockConfiguration::default()))
    );
    assert_eq!(t.store.get_bucket(&locked).await.expect("it is there"), created);
}

/// Goal: one text of each kind, replaced and removed by kind.
pub async fn documents_are_kept_by_kind(t: &Tester) {
    for kind in DocumentKind::ALL {
        t.change(BucketChange::Document(kind, Some("first".to_owned()))).await.expect("allowed");
        t.change(BucketChange::Document(kind, Some(format!("{kind:?} ü")))).await.expect("allowed");
    }
    let changed = t.change(BucketChange::Document(DocumentKind::Cors, None)).await.expect("allowed");
    let expected = DocumentKind::ALL.into_iter().filter(|kind| *kind != DocumentKind::Cors);
    let expected = expected.map(|kind| (kind, format!("{kind:?} ü"))).collect();
    assert_eq!(changed.documents, expected);
    let again = t.change(BucketChange::Document(DocumentKind::Cors, None)).await.expect("allowed");
    assert_eq!(again.documents, expected);
}
