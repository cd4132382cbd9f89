//! What steps refer to, and what they are told of it.

use drystone_metastore::MetaStore;
use drystone_metastore::conformance::tester::{digests, name, owner};
use drystone_metastore::record::{AuditRow, EventSeed, NewBlob, UploadName, VersionEntry, VersionQuery};
use drystone_types::{
    AccountId, BlobHome, BlobId, BlobRef, BucketName, ETag, ObjectProperties, Retention, RetentionMode,
    Timestamp, UploadId, Version, VersionId, WhichVersion, WritePrecondition,
};

use crate::steps::{Condition, Content, How, KEYS, Step, Upload, Which};

/// What steps refer to; the same for both engines, because their answers are.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) now_ms: u64,
    pub(crate) session: u64,
    pub(crate) uploads: Vec<UploadName>,
    pub(crate) leases: Vec<BlobId>,
}

impl World {
    pub(crate) fn upload(&self, upload: Upload) -> Option<UploadName> {
        let mut found = self.uploads.get(usize::from(upload.index) % self.uploads.len().max(1))?.clone();
        if upload.wrong_key {
            found.key = name("wrong");
        }
        Some(found)
    }

    pub(crate) fn content(&self, content: Content) -> NewBlob {
        match content {
            Content::Inline(byte) => NewBlob::Inline(vec![byte; usize::from(byte)].into()),
            Content::Leased(index) => {
                let index = usize::from(index) % self.leases.len().max(1);
                let id = self.leases.get(index).copied().unwrap_or(BlobId(1 << 40));
                NewBlob::Leased(BlobRef { id, len: 100, home: BlobHome::Store })
            }
        }
    }
}

impl World {
    pub(crate) fn properties(&self, how: How) -> ObjectProperties {
        let other = AccountId::parse("other").unwrap();
        let mut properties = ObjectProperties::of(if how.other_owner { other } else { owner() });
        properties.lock.retention = (how.retain_ms > 0).then(|| self.retention(how.retain_ms));
        properties
    }

    pub(crate) fn retention(&self, ms: u8) -> Retention {
        let mode = if ms.is_multiple_of(2) { RetentionMode::Governance } else { RetentionMode::Compliance };
        Retention { mode, until: Timestamp(self.now_ms + u64::from(ms)) }
    }

    /// A number for a version; one of a late write may be there already.
    pub(crate) fn version(&self, how: How) -> VersionId {
        VersionId(u128::from(self.now_ms.saturating_sub(u64::from(how.late))) << 80)
    }
}

pub(crate) fn event(how: How, name: &str) -> Option<EventSeed> {
    how.event.then(|| EventSeed {
        name: name.to_owned(),
        targets: vec![("id".to_owned(), "target".to_owned())],
        principal: "p".to_owned(),
        source_ip: "::1".to_owned(),
        request_id: "r".to_owned(),
    })
}

/// The versions of a key with their times, the newest first, as the store under test lists them.
pub(crate) async fn history(store: &dyn MetaStore, b: u8, key: u8) -> Option<Vec<(Version, Timestamp)>> {
    let key = KEYS[usize::from(key)];
    let query = VersionQuery { prefix: key.to_owned(), max: 9, ..VersionQuery::default() };
    let page = store.list_versions(&bucket(b), query).await.ok()?;
    let versions = page.entries.iter().filter_map(|entry| match entry {
        VersionEntry::Version { key, record, .. } => Some((key, record.version, record.last_modified)),
        VersionEntry::DeleteMarker { key, marker, .. } => Some((key, marker.version, marker.last_modified)),
        VersionEntry::Prefix(_) => None,
    });
    let of_key = versions.filter(|(of, _, _)| of.as_str() == key);
    Some(of_key.map(|(_, version, at)| (version, at)).collect())
}

/// How requests name a version.
pub(crate) fn named(version: Version) -> WhichVersion {
    if version.is_null { WhichVersion::Null } else { WhichVersion::Id(version.id) }
}

/// How a request would name the version that is meant; one that is not there by an id that none has.
pub(crate) async fn find(store: &dyn MetaStore, b: u8, key: u8, which: Which) -> Option<WhichVersion> {
    match which {
        Which::Current => None,
        Which::Null => Some(WhichVersion::Null),
        Which::Nth(index) => {
            let found =
                history(store, b, key).await?.get(usize::from(index)).map(|(version, _)| named(*version));
            Some(found.unwrap_or(WhichVersion::Id(VersionId(1))))
        }
    }
}

pub(crate) fn bucket(number: u8) -> BucketName {
    BucketName::parse(["one", "two"][usize::from(number)]).unwrap()
}

pub(crate) fn condition(condition: Condition) -> WritePrecondition {
    let etag = |byte| ETag::single(digests(&NewBlob::Inline(vec![byte; usize::from(byte)].into())).md5);
    match condition {
        Condition::None => WritePrecondition::None,
        Condition::IfMatch(byte) => WritePrecondition::IfMatch(Some(etag(byte))),
        Condition::IfAbsent => WritePrecondition::IfNoneMatchAny,
    }
}

/// Lets the world know what a step made.
pub(crate) async fn learn(world: &mut World, store: &dyn MetaStore, step: &Step) {
    match step {
        Step::CreateUpload { bucket: b, key, .. } => {
            let id = UploadId(u128::from(world.now_ms) << 80);
            let key = name(KEYS[usize::from(*key)]);
            world.uploads.push(UploadName { bucket: bucket(*b), key, id });
        }
        Step::OpenSession => world.session += 1,
        Step::Lease(_) => {
            let mut leases = Vec::new();
            let mut note = |row| {
                if let AuditRow::Lease(id, _) = row {
                    leases.push(id);
                }
            };
            store.audit(&mut note).await.unwrap();
            world.leases.extend(leases.into_iter().rev().take(4));
        }
        _ => {}
    }
    world.now_ms += 1;
}
