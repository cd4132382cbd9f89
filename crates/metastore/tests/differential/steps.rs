//! The steps and how they are made up.

use drystone_types::Versioning;
use proptest::prelude::*;

/// A step in small numbers, so that steps meet each other.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    CreateBucket {
        bucket: u8,
        locked: bool,
    },
    DeleteBucket(u8),
    ChangeBucket {
        bucket: u8,
        change: Change,
    },
    Put {
        bucket: u8,
        key: u8,
        content: Content,
        condition: Condition,
        how: How,
    },
    Delete {
        bucket: u8,
        key: u8,
        which: Which,
        condition: Condition,
        how: How,
    },
    /// As the sweep deletes by a rule: the version of this index in the key's history.
    Expire {
        bucket: u8,
        key: u8,
        index: u8,
        place: u8,
    },
    ChangeObject {
        bucket: u8,
        key: u8,
        which: Which,
        retain_ms: u8,
        bypass: bool,
        kind: u8,
    },
    CreateUpload {
        bucket: u8,
        key: u8,
        how: How,
    },
    PutPart {
        upload: Upload,
        number: u8,
        content: Content,
    },
    Complete {
        upload: Upload,
        skip: u8,
        stale: bool,
        condition: Condition,
    },
    Abort {
        upload: Upload,
        idle_since: Option<u8>,
    },
    Lease(u8),
    Abandon(u8),
    OpenSession,
    SweepLeases(u8),
    SweepEnded {
        age: u8,
        max: u8,
    },
    ForgetGarbage(u8),
    ForgetEvents(u8),
    WriteIdentities {
        stale: bool,
        name: u8,
        gone: bool,
    },
    Reopen,
}

/// A change of a bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Versioning(Versioning),
    ObjectLock,
    Quota(Option<u8>),
    Document(bool),
}

/// Ways of a write that are rare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    /// How much older its number is than the step, as of a write that took long.
    pub(crate) late: u8,
    /// How long the version is retained.
    pub(crate) retain_ms: u8,
    /// Does the owner differ from the bucket's?
    pub(crate) other_owner: bool,
    /// May governance be bypassed?
    pub(crate) bypass: bool,
    /// Is there an event to tell?
    pub(crate) event: bool,
}

/// A version of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    Current,
    Null,
    /// The version of this index in the key's history, if there is one.
    Nth(u8),
}

/// An upload by its index among those created, sometimes under a wrong key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upload {
    pub(crate) index: u8,
    pub(crate) wrong_key: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    Inline(u8),
    /// The lease of this index among those granted.
    Leased(u8),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition {
    None,
    /// The ETag of these inline bytes.
    IfMatch(u8),
    IfAbsent,
}

pub(crate) const KEYS: [&str; 4] = ["a", "a/b", "a/c", "é"];

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => Just(Change::Versioning(Versioning::Enabled)),
        2 => Just(Change::Versioning(Versioning::Suspended)),
        1 => Just(Change::Versioning(Versioning::Unversioned)),
        1 => Just(Change::ObjectLock),
        1 => prop::option::of(any::<u8>()).prop_map(Change::Quota),
        1 => any::<bool>().prop_map(Change::Document),
    ]
}

fn how() -> impl Strategy<Value = How> {
    let rarely = || prop_oneof![5 => Just(0), 1 => 1..20_u8];
    (rarely(), rarely(), prop::bool::weighted(0.1), prop::bool::weighted(0.1), prop::bool::weighted(0.2))
        .prop_map(|(late, retain_ms, other_owner, bypass, event)| How {
            late,
            retain_ms,
            other_owner,
            bypass,
            event,
        })
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        4 => Just(Which::Current),
        1 => Just(Which::Null),
        5 => (0..6_u8).prop_map(Which::Nth),
    ]
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let bucket = || 0..2_u8;
    let key = || 0..4_u8;
    let content = || prop_oneof![(0..3_u8).prop_map(Content::Inline), (0..9_u8).prop_map(Content::Leased)];
    let condition = || {
        prop_oneof![
            4 => Just(Condition::None),
            1 => (0..3_u8).prop_map(Condition::IfMatch),
            1 => Just(Condition::IfAbsent),
        ]
    };
    let upload =
        || (0..6_u8, prop::bool::weighted(0.05)).prop_map(|(index, wrong_key)| Upload { index, wrong_key });
    prop_oneof![
        2 => (bucket(), prop::bool::weighted(0.2))
            .prop_map(|(bucket, locked)| Step::CreateBucket { bucket, locked }),
        1 => bucket().prop_map(Step::DeleteBucket),
        4 => (bucket(), change()).prop_map(|(bucket, change)| Step::ChangeBucket { bucket, change }),
        9 => (bucket(), key(), content(), condition(), how()).prop_map(
            |(bucket, key, content, condition, how)| Step::Put { bucket, key, content, condition, how }
        ),
        9 => (bucket(), key(), which(), condition(), how()).prop_map(
            |(bucket, key, which, condition, how)| Step::Delete { bucket, key, which, condition, how }
        ),
        3 => (bucket(), key(), 0..4_u8, 0..3_u8)
            .prop_map(|(bucket, key, index, place)| Step::Expire { bucket, key, index, place }),
        3 => (bucket(), key(), which(), 0..30_u8, any::<bool>(), 0..4_u8).prop_map(
            |(bucket, key, which, retain_ms, bypass, kind)| {
                Step::ChangeObject { bucket, key, which, retain_ms, bypass, kind }
            }
        ),
        5 => (bucket(), key(), how()).prop_map(|(bucket, key, how)| Step::CreateUpload { bucket, key, how }),
        12 => (upload(), 1..5_u8, content())
            .prop_map(|(upload, number, content)| Step::PutPart { upload, number, content }),
        5 => (upload(), 0..5_u8, prop::bool::weighted(0.2), condition())
            .prop_map(|(upload, skip, stale, condition)| Step::Complete { upload, skip, stale, condition }),
        2 => (upload(), prop::option::of(0..60_u8))
            .prop_map(|(upload, idle_since)| Step::Abort { upload, idle_since }),
        4 => (1..4_u8).prop_map(Step::Lease),
        1 => (0..9_u8).prop_map(Step::Abandon),
        1 => Just(Step::OpenSession),
        1 => (0..4_u8).prop_map(Step::SweepLeases),
        3 => (0..20_u8, 0..6_u8).prop_map(|(age, max)| Step::SweepEnded { age, max }),
        2 => (0..4_u8).prop_map(Step::ForgetGarbage),
        1 => (0..4_u8).prop_map(Step::ForgetEvents),
        1 => (prop::bool::weighted(0.3), 0..3_u8, any::<bool>())
            .prop_map(|(stale, name, gone)| Step::WriteIdentities { stale, name, gone }),
        1 => Just(Step::Reopen),
    ]
}
