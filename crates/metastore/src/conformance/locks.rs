//! Object lock: what is held is neither deleted nor replaced, and what may change of a version.

use drystone_types::acl::Acl;
use drystone_types::{
    ObjectLock, ObjectProperties, Retention, RetentionMode, Tags, Timestamp, Versioning, WhichVersion,
    WritePrecondition,
};

use super::accounting::OwnedBy;
use super::tester::{bucket, by_id, inline, name, owner};
use super::{Tester, assert_fails, cases};
use crate::MetaError;
use crate::record::{ChangeObject, DeleteObject, ObjectChange, ObjectRecord, PutObject};
use RetentionMode::{Compliance, Governance};

cases!(
    b195_a_held_version_is_not_deleted,
    b196_a_held_version_may_be_hidden_but_not_replaced,
    b195_the_lock_of_create_holds_the_completed_version,
    a_retention_changes_only_as_it_allows,
    tags_legal_hold_and_acl_change_in_place,
    a_change_of_what_is_not_there_fails,
);

fn retained(mode: RetentionMode, until: Timestamp) -> ObjectProperties {
    let lock = ObjectLock { retention: Some(Retention { mode, until }), legal_hold: None };
    ObjectProperties { lock, ..ObjectProperties::of(owner()) }
}

fn far() -> Timestamp {
    Timestamp(1 << 40)
}

async fn put(t: &Tester, key: &str, properties: ObjectProperties) -> ObjectRecord {
    t.put_step(PutObject { properties, ..t.new_put(key, inline("x")) }).await.expect("an object is put")
}

async fn change(
    t: &Tester,
    which: Option<WhichVersion>,
    change: ObjectChange,
) -> Result<ObjectRecord, MetaError> {
    let (key, now) = (name("k"), t.now());
    let changed =
        t.store.change_object(ChangeObject { bucket: bucket(), key, which, change, now, event: None }).await;
    t.accounts().await;
    changed
}

/// Goal: the table of locks, with and without the bypass.
pub async fn b195_a_held_version_is_not_deleted(t: &Tester) {
    t.versioning(Versioning::Enabled).await;
    let held = ObjectProperties {
        lock: ObjectLock { retention: None, legal_hold: Some(true) },
        ..ObjectProperties::of(owner())
    };
    let cases = [
        (retained(Compliance, far()), false, false),
        (retained(Governance, far()), false, true),
        (held, false, false),
        (retained(Compliance, Timestamp(1)), true, true),
    ];
    for (properties, plainly, bypassing) in cases {
        let version = put(t, "k", properties.clone()).await.version.id;
        for (bypass_governance, expected) in [(false, plainly), (true, bypassing)] {
            let which = by_id(version);
            let deleted = t.delete_step(DeleteObject { which, bypass_governance, ..t.new_delete("k") }).await;
            match deleted {
                Ok(_) => assert!(expected, "{properties:?}"),
                Err(MetaError::Locked) => assert!(!expected, "{properties:?}"),
                Err(error) => panic!("{error:?}"),
            }
        }
    }
}

/// Goal: markers and newer versions hide it; where a write would replace it, it is refused whole.
pub async fn b196_a_held_version_may_be_hidden_but_not_replaced(t: &Tester) {
    let null = put(t, "k", retained(Compliance, far())).await;
    for versioning in [None, Some(Versioning::Enabled), Some(Versioning::Suspended)] {
        if let Some(versioning) = versioning {
            t.versioning(versioning).await;
        }
        if versioning == Some(Versioning::Enabled) {
            t.delete("k").await;
            t.put("k", "new").await;
            t.uploaded("k").await;
            continue;
        }
        assert_fails!(t.put_with("k", inline("y"), WritePrecondition::None).await, MetaError::Locked);
        assert_fails!(t.delete_step(t.new_delete("k")).await, MetaError::Locked);
        let upload = t.upload("k").await;
        t.part(&upload, 1, 5).await;
        assert_fails!(t.complete(&upload).await, MetaError::Locked);
        assert_eq!(t.accounts().await.of(OwnedBy::Part).len(), 1, "the upload stays open");
        t.abort(&upload).await.expect("it is open");
        t.sweep().await;
    }
    let kept = t.store.head_object(&bucket(), &name("k"), Some(WhichVersion::Null)).await;
    assert_eq!(kept.expect("it is there"), null);
}

/// Goal: what Create said of lock holds once the version is there, not before.
pub async fn b195_the_lock_of_create_holds_the_completed_version(t: &Tester) {
    t.versioning(Versioning::Enabled).await;
    let upload = t.upload_of("k", retained(Governance, far())).await;
    t.part(&upload, 1, 5).await;
    let made = t.complete(&upload).await.expect("all parts are there").version.expect("a version");
    let delete = DeleteObject { which: by_id(made.id), ..t.new_delete("k") };
    assert_fails!(t.delete_step(delete.clone()).await, MetaError::Locked);
    t.delete_step(DeleteObject { bypass_governance: true, ..delete }).await.expect("bypassed");
}

/// Goal: the step judges by the retention that is there, and leaves it when it refuses.
pub async fn a_retention_changes_only_as_it_allows(t: &Tester) {
    t.versioning(Versioning::Enabled).await;
    let old = put(t, "k", retained(Governance, far())).await;
    let shorter = Some(Retention { mode: Governance, until: Timestamp(far().0 - 1) });
    let set = |retention, bypass_governance| ObjectChange::Retention { retention, bypass_governance };
    assert_fails!(change(t, None, set(shorter, false)).await, MetaError::Locked);
    assert_eq!(t.store.head_object(&bucket(), &name("k"), None).await.expect("there"), old);
    let changed = change(t, None, set(shorter, true)).await.expect("bypassed");
    assert_eq!(changed.properties.lock.retention, shorter);
    let firm = Some(Retention { mode: Compliance, until: far() });
    change(t, None, set(firm, true)).await.expect("firmer, and longer");
    for to in [None, shorter] {
        assert_fails!(change(t, None, set(to, true)).await, MetaError::Locked);
    }
    let longer = Some(Retention { mode: Compliance, until: Timestamp(far().0 + 1) });
    change(t, by_id(old.version.id), set(longer, false)).await.expect("longer in the same mode");
}

/// Goal: of current, older and null versions; nothing else of the version changes.
pub async fn tags_legal_hold_and_acl_change_in_place(t: &Tester) {
    let null = t.put("k", "null").await;
    t.versioning(Versioning::Enabled).await;
    let [older, current] = [t.put("k", "1").await, t.put("k", "2").await];
    let cases = [
        (Some(WhichVersion::Null), null),
        (by_id(older.version.id), older),
        (by_id(current.version.id), current.clone()),
        (None, current),
    ];
    let tags = Tags(vec![("a".to_owned(), "b".to_owned())]);
    for (which, before) in cases {
        change(t, which, ObjectChange::Tags(tags.clone())).await.expect("it is there");
        change(t, which, ObjectChange::LegalHold(true)).await.expect("it is there");
        change(t, which, ObjectChange::LegalHold(false)).await.expect("it is there");
        let acl = Some(Acl::private(&owner()));
        let after = change(t, which, ObjectChange::Acl(acl.clone())).await.expect("it is there");
        let mut expected = before;
        expected.properties.tags = tags.clone();
        expected.properties.lock.legal_hold = Some(false);
        expected.properties.acl = acl;
        assert_eq!(after, expected);
        assert_eq!(t.store.head_object(&bucket(), &name("k"), which).await.expect("there"), expected);
    }
    assert_eq!(t.accounts().await.of(OwnedBy::Garbage), []);
}

/// Goal: no key, no version, a marker: each has its error.
pub async fn a_change_of_what_is_not_there_fails(t: &Tester) {
    let hold = || ObjectChange::LegalHold(true);
    assert_fails!(change(t, None, hold()).await, MetaError::NoSuchKey);
    assert_fails!(change(t, Some(WhichVersion::Null), hold()).await, MetaError::NoSuchVersion);
    t.versioning(Versioning::Enabled).await;
    let marker = t.delete("k").await.version.expect("a marker");
    for which in [None, by_id(marker.id)] {
        assert_fails!(change(t, which, hold()).await, MetaError::DeleteMarker { .. });
    }
    assert_fails!(change(t, by_id(t.id().into()), hold()).await, MetaError::NoSuchVersion);
}
