//! Buckets: a name, a life, and what deleting one does to its uploads.

use std::collections::BTreeMap;

use drystone_types::lifecycle::{
    Expiration, Filter, FilterForm, LifecycleConfiguration, NoncurrentExpiration, Rule,
};
use drystone_types::{AccountId, BucketName, Tags, Timestamp, Versioning, WritePrecondition};

use super::accounting::OwnedBy;
use super::tester::{bucket, inline, name};
use super::{Tester, assert_fails, cases};
use crate::MetaError;
use crate::record::{BucketChange, CreateBucket, DocumentKind, ObjectQuery, UploadQuery, VersionQuery};

cases!(
    a_bucket_is_created_once_and_found_by_name,
    b166_deleting_a_bucket_discards_its_uploads_but_needs_it_empty,
    a_bucket_made_again_is_another_bucket,
    buckets_are_listed_by_name_in_pages,
    b167_the_lifecycle_is_kept_as_it_was_set,
    steps_in_a_bucket_that_is_not_there_fail,
);

fn named(text: &str) -> BucketName {
    BucketName::parse(text).expect("a legal name")
}

/// Goal: creation is exclusive and everything given is kept.
pub async fn a_bucket_is_created_once_and_found_by_name(t: &Tester) {
    let documents = BTreeMap::from([(DocumentKind::Acl, "<acl/>".to_owned())]);
    let create = CreateBucket {
        location: "eu-west-1".to_owned(),
        owner: AccountId::parse("other").expect("a legal id"),
        documents: documents.clone(),
        now: Timestamp(77),
        ..t.new_bucket(named("other"))
    };
    let made = t.store.create_bucket(create).await.expect("a fresh name");
    assert_eq!((made.created, made.location.as_str(), &made.lifecycle), (Timestamp(77), "eu-west-1", &None));
    assert_eq!((made.owner.as_str(), &made.documents, made.revision), ("other", &documents, 0));
    assert_eq!((made.versioning, made.object_lock, made.quota_bytes), (Versioning::Unversioned, None, None));
    assert_eq!(t.store.get_bucket(&named("other")).await.expect("it is there"), made);
    let again = t.store.create_bucket(t.new_bucket(named("other"))).await;
    assert_fails!(again, MetaError::BucketAlreadyExists);
    assert_eq!(t.store.get_bucket(&named("other")).await.expect("it is there"), made);
    assert_fails!(t.store.get_bucket(&named("nowhere")).await, MetaError::NoSuchBucket);
}

/// Goal: objects protect a bucket, uploads do not; the uploads' blobs become garbage.
pub async fn b166_deleting_a_bucket_discards_its_uploads_but_needs_it_empty(t: &Tester) {
    let uploads = [t.upload("a").await, t.upload("a").await, t.upload("b").await];
    let parts = [t.part(&uploads[0], 1, 5).await, t.part(&uploads[0], 2, 5).await];
    t.put("a", "x").await;
    assert_fails!(t.store.delete_bucket(&bucket()).await, MetaError::BucketNotEmpty);
    t.delete("a").await;
    t.store.delete_bucket(&bucket()).await.expect("it is empty");
    t.accounts().await;
    assert_fails!(t.store.get_upload(&uploads[0]).await, MetaError::NoSuchBucket);
    assert_eq!(t.store.scan_uploads(None, 9).await.expect("a scan"), []);
    t.sweep().await;
    let accounts = t.accounts().await;
    for part in parts {
        assert_eq!(accounts.owner(part.part.blob.id), Some(OwnedBy::Garbage));
    }
}

/// Goal: nothing of an old bucket shows in a new one of the same name, swept or not.
pub async fn a_bucket_made_again_is_another_bucket(t: &Tester) {
    let old = t.store.get_bucket(&bucket()).await.expect("it is there");
    let upload = t.upload("k").await;
    t.store.delete_bucket(&bucket()).await.expect("it is empty");
    let new = t.create_bucket(bucket()).await;
    assert!(new.id > old.id);
    t.assert_no_upload(&upload).await;
    let query = UploadQuery { max: 9, ..UploadQuery::default() };
    assert_eq!(t.store.list_uploads(&bucket(), query).await.expect("a list").entries, []);
    t.sweep().await;
    t.upload("k").await;
    assert_eq!(t.store.scan_uploads(None, 9).await.expect("a scan").len(), 1);
}

/// Goal: order, prefix, paging and an exact end.
pub async fn buckets_are_listed_by_name_in_pages(t: &Tester) {
    type Case = (&'static str, Option<&'static str>, usize, &'static [&'static str], bool);
    for text in ["abc", "abd", "abd.x", "zzz"] {
        t.create_bucket(named(text)).await;
    }
    let cases: [Case; 6] = [
        ("", None, 9, &["abc", "abd", "abd.x", "bucket", "zzz"], false),
        ("", None, 4, &["abc", "abd", "abd.x", "bucket"], true),
        ("ab", None, 3, &["abc", "abd", "abd.x"], false),
        ("ab", Some("abc"), 1, &["abd"], true),
        ("b", Some("a"), 9, &["bucket"], false),
        ("", Some("zzz"), 9, &[], false),
    ];
    for (prefix, after, max, expected, more) in cases {
        let (found, is_more) = t.store.list_buckets(prefix, after, max).await.expect("a list");
        let found: Vec<_> = found.iter().map(|bucket| bucket.name.as_str()).collect();
        assert_eq!((found.as_slice(), is_more), (expected, more), "{prefix} {after:?} {max}");
    }
}

/// Goal: every field of a configuration survives.
pub async fn b167_the_lifecycle_is_kept_as_it_was_set(t: &Tester) {
    let filter = Filter {
        form: FilterForm::And,
        prefix: "logs/".to_owned(),
        object_size_greater_than: Some(1),
        object_size_less_than: Some(u64::MAX),
        tags: Tags(vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())]),
    };
    let rule = |id: &str, filter: Filter, expiration| Rule {
        id: id.to_owned(),
        enabled: id.len() == 1,
        filter,
        abort_incomplete_days: Some(7),
        expiration,
        noncurrent: Some(NoncurrentExpiration { days: 2, newer_kept: (id == "a").then_some(3) }),
    };
    let rules = vec![
        rule("a", filter.clone(), Some(Expiration::Days(3))),
        rule("bb", Filter::default(), Some(Expiration::Date(Timestamp(86_400_000)))),
        rule("c", Filter { form: FilterForm::RulePrefix, ..Filter::default() }, None),
        rule("d", filter, Some(Expiration::ExpiredObjectDeleteMarker(true))),
    ];
    let lifecycle = Some(LifecycleConfiguration { rules });
    t.change(BucketChange::Lifecycle(lifecycle.clone())).await.expect("the bucket is there");
    assert_eq!(t.store.get_bucket(&bucket()).await.expect("it is there").lifecycle, lifecycle);
    t.change(BucketChange::Lifecycle(None)).await.expect("the bucket is there");
    assert_eq!(t.store.get_bucket(&bucket()).await.expect("it is there").lifecycle, None);
    let nowhere = t.store.change_bucket(&named("nowhere"), BucketChange::Quota(None)).await;
    assert_fails!(nowhere, MetaError::NoSuchBucket);
}

/// Goal: NoSuchBucket everywhere, and no blob is lost by it.
pub async fn steps_in_a_bucket_that_is_not_there_fail(t: &Tester) {
    let upload = t.upload("k").await;
    t.store.delete_bucket(&bucket()).await.expect("it is empty");
    let (b, k) = (bucket(), name("k"));
    assert_fails!(t.put_with("k", inline("x"), WritePrecondition::None).await, MetaError::NoSuchBucket);
    assert_fails!(t.part_with(&upload, 1, inline("x")).await, MetaError::NoSuchBucket);
    assert_fails!(t.abort(&upload).await, MetaError::NoSuchBucket);
    assert_fails!(t.complete_with(&upload, vec![], WritePrecondition::None).await, MetaError::NoSuchBucket);
    assert_fails!(t.store.list_parts(&upload, 0, 1).await, MetaError::NoSuchBucket);
    assert_fails!(t.store.head_object(&b, &k, None).await, MetaError::NoSuchBucket);
    assert_fails!(t.store.get_object(&b, &k, None).await, MetaError::NoSuchBucket);
    assert_fails!(t.delete_step(t.new_delete("k")).await, MetaError::NoSuchBucket);
    assert_fails!(t.store.list_objects(&b, ObjectQuery::default()).await, MetaError::NoSuchBucket);
    assert_fails!(t.store.list_versions(&b, VersionQuery::default()).await, MetaError::NoSuchBucket);
    assert_fails!(t.store.get_usage(&b).await, MetaError::NoSuchBucket);
    assert_fails!(t.store.list_uploads(&b, UploadQuery::default()).await, MetaError::NoSuchBucket);
    assert_fails!(t.store.delete_bucket(&b).await, MetaError::NoSuchBucket);
    assert_fails!(t.change(BucketChange::Lifecycle(None)).await, MetaError::NoSuchBucket);
}
