//! Applies a step to a store.

use std::collections::BTreeMap;

use drystone_metastore::MetaStore;
use drystone_metastore::conformance::tester::{digests, len, name, owner, part_number};
use drystone_metastore::record::{
    BucketChange, ChangeObject, CommitUpload, CreateBucket, CreateUpload, DeleteCondition, DeleteObject,
    DocumentKind, NewBlob, ObjectChange, PutObject, PutPart, SessionId,
};
use drystone_types::{
    BlobId, ETag, ObjectLockConfiguration, Tags, Timestamp, UploadId, VersionId, WritePrecondition,
};

use crate::steps::{Change, Content, How, KEYS, Step};
use crate::world::{World, bucket, condition, event, find, history, named};

/// Applies a step; its outcome as text. `world` is read only, so that both engines see the same.
pub(crate) async fn apply(store: &dyn MetaStore, world: &World, step: &Step) -> String {
    let now = Timestamp(world.now_ms);
    match step.clone() {
        Step::CreateBucket { bucket: b, locked } => {
            let create = CreateBucket {
                name: bucket(b),
                location: String::new(),
                owner: owner(),
                object_lock: locked,
                documents: BTreeMap::new(),
                now,
            };
            text(store.create_bucket(create).await)
        }
        Step::DeleteBucket(b) => text(store.delete_bucket(&bucket(b)).await),
        Step::ChangeBucket { bucket: b, change } => {
            let change = match change {
                Change::Versioning(versioning) => BucketChange::Versioning(versioning),
                Change::ObjectLock => BucketChange::ObjectLock(ObjectLockConfiguration::default()),
                Change::Quota(bytes) => BucketChange::Quota(bytes.map(u64::from)),
                Change::Document(set) => {
                    BucketChange::Document(DocumentKind::Policy, set.then(|| "{}".to_owned()))
                }
            };
            text(store.change_bucket(&bucket(b), change).await)
        }
        Step::Put { bucket: b, key, content, condition: c, how } => {
            let content = world.content(content);
            let put = PutObject {
                bucket: bucket(b),
                key: name(KEYS[usize::from(key)]),
                size: len(&content),
                etag: None,
                digests: digests(&content),
                content,
                properties: world.properties(how),
                precondition: condition(c),
                version: world.version(how),
                now,
                event: event(how, "put"),
            };
            text(store.put_object(put).await)
        }
        Step::Delete { bucket: b, key, which, condition: c, how } => {
            let condition = match condition(c) {
                WritePrecondition::IfMatch(etag) => DeleteCondition::IfMatch(etag),
                WritePrecondition::IfNoneMatchAny => DeleteCondition::Exists,
                WritePrecondition::None => DeleteCondition::None,
            };
            let delete = DeleteObject {
                bucket: bucket(b),
                key: name(KEYS[usize::from(key)]),
                which: find(store, b, key, which).await,
                condition,
                bypass_governance: how.bypass,
                marker: world.version(how),
                owner: world.properties(how).owner,
                now,
                event: event(how, "delete"),
                marker_event: event(how, "marker"),
            };
            text(store.delete_object(delete).await)
        }
        Step::Expire { bucket: b, key, index, place } => {
            let history = history(store, b, key).await.unwrap_or_default();
            let Some((version, at)) = history.get(usize::from(index)).copied() else { return String::new() };
            let delete = DeleteObject {
                bucket: bucket(b),
                key: name(KEYS[usize::from(key)]),
                which: Some(named(version)),
                condition: match place {
                    0 => DeleteCondition::Exactly(version, at),
                    1 => DeleteCondition::Noncurrent(version, at),
                    _ => DeleteCondition::Alone(version, at),
                },
                bypass_governance: false,
                marker: VersionId(u128::from(world.now_ms) << 80),
                owner: owner(),
                now,
                event: None,
                marker_event: None,
            };
            text(store.delete_object(delete).await)
        }
        Step::ChangeObject { bucket: b, key, which, retain_ms, bypass, kind } => {
            let change = match kind {
                0 => ObjectChange::Tags(Tags(vec![("a".to_owned(), "b".to_owned())])),
                1 => ObjectChange::LegalHold(bypass),
                2 => ObjectChange::Retention {
                    retention: (retain_ms > 0).then(|| world.retention(retain_ms)),
                    bypass_governance: bypass,
                },
                _ => ObjectChange::Acl(Some(drystone_types::Acl::private(&owner()))),
            };
            let which = find(store, b, key, which).await;
            let key = name(KEYS[usize::from(key)]);
            let change = ChangeObject { bucket: bucket(b), key, which, change, now, event: None };
            text(store.change_object(change).await)
        }
        Step::CreateUpload { bucket: b, key, how } => {
            let create = CreateUpload {
                bucket: bucket(b),
                key: name(KEYS[usize::from(key)]),
                id: UploadId(u128::from(world.now_ms) << 80),
                initiated: now,
                initiator: "i".to_owned(),
                properties: world.properties(how),
                checksum: None,
            };
            text(store.create_upload(create).await)
        }
        Step::PutPart { upload, number, content } => {
            let Some(upload) = world.upload(upload) else { return String::new() };
            let content = world.content(content);
            let part_number = part_number(u64::from(number));
            let (size, digests) = (len(&content), digests(&content));
            text(store.put_part(PutPart { upload, part_number, content, size, digests, now }).await)
        }
        Step::Complete { upload, skip, stale, condition: c } => {
            let Some(upload) = world.upload(upload) else { return String::new() };
            let page = store.list_parts(&upload, 0, 100).await;
            let parts = page.map(|page| page.parts).unwrap_or_default();
            let wanted = parts.iter().filter(|part| part.part.part_number.get() != u16::from(skip));
            let mut chosen: Vec<_> = wanted.map(|part| part.part).collect();
            if stale && let Some(last) = chosen.last_mut() {
                last.blob.id = BlobId(last.blob.id.0 + 1);
            }
            let etag = ETag { digest: [1; 16], part_count: Some(1) };
            let precondition = condition(c);
            let version = VersionId(u128::from(world.now_ms) << 80);
            let commit = CommitUpload {
                upload,
                chosen,
                etag,
                checksum: None,
                precondition,
                version,
                now,
                event: event(
                    How { late: 0, retain_ms: 0, other_owner: false, bypass: false, event: skip == 0 },
                    "done",
                ),
            };
            text(store.commit_upload(commit).await)
        }
        Step::Abort { upload, idle_since } => {
            let Some(upload) = world.upload(upload) else { return String::new() };
            let idle_since = idle_since.map(|ms| Timestamp(u64::from(ms)));
            text(store.abort_upload(&upload, idle_since).await)
        }
        Step::Lease(count) => text(store.grant_leases(SessionId(world.session), u32::from(count)).await),
        Step::Abandon(index) => {
            let NewBlob::Leased(blob) = world.content(Content::Leased(index)) else { unreachable!() };
            text(store.abandon_leases(vec![blob.id]).await)
        }
        Step::OpenSession => text(store.open_session().await),
        Step::SweepLeases(max) => text(store.sweep_leases(usize::from(max)).await),
        Step::SweepEnded { age, max } => {
            let before = Timestamp(world.now_ms.saturating_sub(u64::from(age)));
            text(store.sweep_ended(before, usize::from(max)).await)
        }
        Step::ForgetGarbage(count) => {
            let rows = store.list_garbage(0, usize::from(count)).await.unwrap();
            let forgotten = store.forget_garbage(rows.iter().map(|row| row.row).collect()).await;
            text(forgotten.map(|()| rows))
        }
        Step::ForgetEvents(count) => {
            let rows = store.list_events(0, usize::from(count)).await.unwrap();
            let forgotten = store.forget_events(rows.iter().map(|event| event.row).collect()).await;
            text(forgotten.map(|()| rows))
        }
        Step::WriteIdentities { stale, name, gone } => {
            let (revision, _) = store.read_identities().await.unwrap();
            let document = (!gone).then(|| vec![name].into());
            let changes = vec![(format!("name{name}"), document), ("other".to_owned(), Some(vec![].into()))];
            text(store.write_identities(revision + u64::from(stale), changes).await)
        }
        Step::Reopen => String::new(),
    }
}

pub(crate) fn text<T: std::fmt::Debug>(result: T) -> String {
    format!("{result:?}")
}
