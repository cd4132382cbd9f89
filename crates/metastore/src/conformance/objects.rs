//! Objects: what is put is what is got, and what is replaced becomes garbage.

use bytes::Bytes;
use drystone_types::acl::{Acl, Grant, Grantee, Permission};
use drystone_types::encryption::{Encryption, Sse};
use drystone_types::precondition::PreconditionFailure;
use drystone_types::{
    AccountId, BlobHome, BlobRef, Checksum, ETag, ObjectChecksum, ObjectHeaders, ObjectLock,
    ObjectProperties, Retention, RetentionMode, StorageClass, Tags, Timestamp, Version, WritePrecondition,
};

use super::accounting::OwnedBy;
use super::tester::{bucket, digests, inline, name};
use super::{Tester, assert_fails, cases};
use crate::MetaError;
use crate::record::{DeleteCondition, DeleteObject, Digests, NewBlob, ObjectRecord, PutObject};

cases!(
    an_object_is_got_as_it_was_put,
    an_empty_object_is_an_object,
    m12_a_replaced_or_deleted_object_becomes_garbage,
    a_lost_lease_fails_the_write_and_changes_nothing,
    b158_a_conditional_put_is_judged_in_the_step,
    b159_a_conditional_delete_is_judged_in_the_step,
    an_inline_blob_is_gone_when_its_garbage_is_forgotten,
);

/// Properties with all of them set.
pub fn full_properties() -> ObjectProperties {
    let grantees = [
        Grantee::Account(AccountId::parse("somebody").expect("a legal id")),
        Grantee::AllUsers,
        Grantee::AuthenticatedUsers,
        Grantee::LogDelivery,
    ];
    let grant = |(grantee, permission)| Grant { grantee, permission };
    let retention = Retention { mode: RetentionMode::Governance, until: Timestamp(5) };
    let sse = Sse::Kms { key_id: "key".to_owned(), context: Some("e30=".to_owned()), bucket_key: true };
    ObjectProperties {
        headers: ObjectHeaders::default(),
        tags: Tags(vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())]),
        lock: ObjectLock { retention: Some(retention), legal_hold: Some(false) },
        owner: AccountId::parse("somebody-else").expect("a legal id"),
        acl: Some(Acl { grants: grantees.into_iter().zip(Permission::ALL).map(grant).collect() }),
        encryption: Some(Encryption { sse, sealed_key: vec![1, 2, 3] }),
    }
}

/// Goal: every field survives, from a put with all of them set.
pub async fn an_object_is_got_as_it_was_put(t: &Tester) {
    let headers = ObjectHeaders {
        content_type: Some("text/plain".to_owned()),
        cache_control: Some("no-store".to_owned()),
        content_disposition: Some("inline".to_owned()),
        content_encoding: Some("gzip".to_owned()),
        content_language: Some("de".to_owned()),
        expires: Some("tomorrow".to_owned()),
        website_redirect_location: Some("/".to_owned()),
        user_metadata: vec![("b".to_owned(), "ü".to_owned()), ("a".to_owned(), String::new())],
        storage_class: StorageClass::GlacierIr,
    };
    let checksum = Checksum::crc64nvme(5);
    let properties = ObjectProperties { headers, ..full_properties() };
    let put = PutObject {
        key: name("\0/../é\u{10FFFF}"),
        digests: Digests { md5: [3; 16], crc64nvme: 4, checksum: Some(checksum) },
        properties: properties.clone(),
        ..t.new_put("k", NewBlob::Inline(Bytes::from_static(b"bytes")))
    };
    let record = t.store.put_object(put.clone()).await.expect("an object is put");
    let expected = ObjectRecord {
        version: Version { id: put.version, is_null: true },
        etag: ETag::single([3; 16]),
        size: 5,
        last_modified: put.now,
        properties,
        checksum: Some(ObjectChecksum::full(checksum)),
    };
    assert_eq!(record, expected);
    assert_eq!(t.store.head_object(&bucket(), &put.key, None).await.expect("it is there"), expected);
    let view = t.store.get_object(&bucket(), &put.key, None).await.expect("it is there");
    assert_eq!((view.record, view.inline.as_deref()), (expected, Some(&b"bytes"[..])));
    let [part] = view.manifest.parts.as_slice() else { panic!("one part") };
    assert_eq!((part.part_number.get(), part.md5, part.crc64nvme), (1, [3; 16], 4));
    assert_eq!((part.checksum, part.blob.len, part.blob.home), (Some(checksum), 5, BlobHome::Inline));
    let inline = t.store.get_inline(part.blob.id).await.expect("a read");
    assert_eq!(inline.as_deref(), Some(&b"bytes"[..]));
    assert_fails!(t.store.head_object(&bucket(), &name("other"), None).await, MetaError::NoSuchKey);
    assert_fails!(t.store.get_object(&bucket(), &name("other"), None).await, MetaError::NoSuchKey);
}

/// Goal: no bytes are still bytes.
pub async fn an_empty_object_is_an_object(t: &Tester) {
    assert_eq!(t.put("k", "").await.size, 0);
    let view = t.store.get_object(&bucket(), &name("k"), None).await.expect("it is there");
    assert_eq!(view.inline.as_deref(), Some(&b""[..]));
}

/// Goal: one owner at any time, through put, replace and delete, of both homes.
pub async fn m12_a_replaced_or_deleted_object_becomes_garbage(t: &Tester) {
    let NewBlob::Leased(first) = t.leased(70_000).await else { unreachable!() };
    t.put_with("k", NewBlob::Leased(first), WritePrecondition::None).await.expect("a put");
    assert_eq!(t.accounts().await.owner(first.id), Some(OwnedBy::Object));
    t.put("k", "second").await;
    let accounts = t.accounts().await;
    assert_eq!(accounts.owner(first.id), Some(OwnedBy::Garbage));
    let second = accounts.of(OwnedBy::Object)[0];
    t.delete("k").await;
    t.delete("k").await;
    assert_eq!(t.accounts().await.of(OwnedBy::Garbage), [first.id, second]);
    let garbage = t.store.list_garbage(0, 9).await.expect("a list");
    let blobs: Vec<_> = garbage.iter().flat_map(|row| row.blobs.clone()).collect();
    assert_eq!(blobs, [first, BlobRef { id: second, len: 6, home: BlobHome::Inline }]);
    assert!(garbage[0].row < garbage[1].row);
}

/// Goal: a blob whose lease was swept can own nothing.
pub async fn a_lost_lease_fails_the_write_and_changes_nothing(t: &Tester) {
    t.put("k", "old").await;
    let content = t.leased(1).await;
    let NewBlob::Leased(blob) = &content else { unreachable!() };
    t.store.abandon_leases(vec![blob.id, blob.id]).await.expect("a lease is given up");
    assert_fails!(t.put_with("k", content.clone(), WritePrecondition::None).await, MetaError::LeaseLost);
    let view = t.store.get_object(&bucket(), &name("k"), None).await.expect("it is there");
    assert_eq!(view.inline.as_deref(), Some(&b"old"[..]));
    assert_eq!(t.accounts().await.of(OwnedBy::Garbage), [blob.id]);
    let upload = t.upload("k").await;
    assert_fails!(t.part_with(&upload, 1, content).await, MetaError::LeaseLost);
    let used = t.leased(1).await;
    t.part_with(&upload, 1, used.clone()).await.expect("a part");
    assert_fails!(t.part_with(&upload, 2, used).await, MetaError::LeaseLost);
}

/// Goal: the table of conditions for a put; a refused put leaves its lease alone.
pub async fn b158_a_conditional_put_is_judged_in_the_step(t: &Tester) {
    use PreconditionFailure::{Failed, NoSuchKey};
    let etag = ETag::single(digests(&inline("x")).md5);
    let if_match = WritePrecondition::IfMatch(Some(etag));
    assert_fails!(t.put_with("k", inline("x"), if_match).await, MetaError::Precondition(NoSuchKey));
    let absent = WritePrecondition::IfNoneMatchAny;
    t.put_with("k", inline("x"), absent).await.expect("nothing is there");
    let content = t.leased(1).await;
    let NewBlob::Leased(blob) = &content else { unreachable!() };
    assert_fails!(
        t.put_with("k", content.clone(), absent).await,
        MetaError::Precondition(Failed("If-None-Match"))
    );
    assert_eq!(t.accounts().await.owner(blob.id), Some(OwnedBy::Lease));
    t.put_with("k", inline("y"), if_match).await.expect("the etag is the same");
    assert_fails!(t.put_with("k", content, if_match).await, MetaError::Precondition(Failed("If-Match")));
}

/// Goal: the table of conditions for a delete.
pub async fn b159_a_conditional_delete_is_judged_in_the_step(t: &Tester) {
    let delete = async |condition| t.delete_step(DeleteObject { condition, ..t.new_delete("k") }).await;
    let record = t.put("k", "x").await;
    let wrong = ETag::single([1; 16]);
    for wanted in [Some(wrong), None] {
        let deleted = delete(DeleteCondition::IfMatch(wanted)).await;
        assert_fails!(deleted, MetaError::Precondition(PreconditionFailure::Failed("If-Match")));
    }
    let other_time = DeleteCondition::Exactly(record.version, t.now());
    assert_fails!(delete(other_time).await, MetaError::NoSuchKey);
    let other = Version { is_null: false, ..record.version };
    assert_fails!(delete(DeleteCondition::Exactly(other, record.last_modified)).await, MetaError::NoSuchKey);
    delete(DeleteCondition::Exactly(record.version, record.last_modified)).await.expect("that very object");
    let record = t.put("k", "x").await;
    delete(DeleteCondition::IfMatch(Some(record.etag))).await.expect("the etag is the same");
    assert_fails!(delete(DeleteCondition::IfMatch(Some(record.etag))).await, MetaError::NoSuchKey);
    assert_fails!(
        delete(DeleteCondition::Exactly(record.version, record.last_modified)).await,
        MetaError::NoSuchKey
    );
    delete(DeleteCondition::None).await.expect("deleting nothing succeeds");
}

/// Goal: the row, and with it the bytes, go; a second time is no error.
pub async fn an_inline_blob_is_gone_when_its_garbage_is_forgotten(t: &Tester) {
    t.put("k", "x").await;
    let id = t.accounts().await.of(OwnedBy::Object)[0];
    t.delete("k").await;
    assert!(t.store.get_inline(id).await.expect("a read").is_some());
    let rows: Vec<_> = t.store.list_garbage(0, 9).await.expect("a list").iter().map(|g| g.row).collect();
    for _ in 0..2 {
        t.store.forget_garbage(rows.clone()).await.expect("garbage is forgotten");
        assert!(t.accounts().await.owners.is_empty());
        assert_eq!(t.store.get_inline(id).await.expect("a read"), None);
    }
}
