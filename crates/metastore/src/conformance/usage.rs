//! Usage and quotas: what a bucket holds is counted in the steps that change it.

use drystone_types::{Versioning, WhichVersion, WritePrecondition};

use super::tester::{bucket, inline, name};
use super::{Tester, assert_fails, cases};
use crate::MetaError;
use crate::record::{BucketChange, BucketUsage, PutObject, UploadName};

cases!(
    usage_follows_objects_and_versions,
    usage_follows_parts_and_they_leave_with_their_upload,
    sizes_are_those_that_clients_see,
    a_quota_refuses_what_would_go_over_it,
    a_quota_counts_parts_and_complete_is_never_refused_by_it,
    a_bucket_made_again_holds_nothing,
);

async fn usage(t: &Tester) -> BucketUsage {
    t.store.get_usage(&bucket()).await.expect("the bucket is there")
}

fn held(versions: u64, version_bytes: u64, parts: u64, part_bytes: u64) -> BucketUsage {
    BucketUsage { versions, version_bytes, parts, part_bytes }
}

/// Goal: replaced objects leave, versions stay, delete markers are nothing.
pub async fn usage_follows_objects_and_versions(t: &Tester) {
    assert_eq!(usage(t).await, BucketUsage::default());
    t.put("k", "12345").await;
    t.put("k", "123").await;
    assert_eq!(usage(t).await, held(1, 3, 0, 0));
    t.versioning(Versioning::Enabled).await;
    let version = t.put("k", "1234567").await.version;
    t.delete("k").await;
    t.delete("l").await;
    assert_eq!(usage(t).await, held(2, 10, 0, 0));
    t.versioning(Versioning::Suspended).await;
    t.put("k", "1").await; // in the place of the null version
    assert_eq!(usage(t).await, held(2, 8, 0, 0));
    t.delete("k").await;
    assert_eq!(usage(t).await, held(1, 7, 0, 0));
    t.delete_version("k", WhichVersion::Id(version.id)).await;
    assert_eq!(usage(t).await, BucketUsage::default());
}

/// Goal: a part put again counts once; unlisted and aborted parts leave at once, not when they are swept.
pub async fn usage_follows_parts_and_they_leave_with_their_upload(t: &Tester) {
    let (first, second) = (t.upload("k").await, t.upload("k").await);
    t.part(&first, 1, 10).await;
    t.part(&first, 1, 20).await;
    t.part(&first, 2, 5).await;
    t.part(&second, 1, 100).await;
    assert_eq!(usage(t).await, held(0, 0, 3, 125));
    let one = t.parts(&first).await[..1].to_vec();
    t.complete_with(&first, one, WritePrecondition::None).await.expect("a chosen part");
    assert_eq!(usage(t).await, held(1, 20, 1, 100));
    t.abort(&second).await.expect("it is open");
    assert_eq!(usage(t).await, held(1, 20, 0, 0));
    t.sweep().await;
    assert_eq!(usage(t).await, held(1, 20, 0, 0));
}

/// Goal: encryption makes blobs longer; that is nobody's business.
pub async fn sizes_are_those_that_clients_see(t: &Tester) {
    let put = PutObject { size: 3, ..t.new_put("k", inline("longer than that")) };
    assert_eq!(t.put_step(put).await.expect("an object is put").size, 3);
    let view = t.store.get_object(&bucket(), &name("k"), None).await.expect("there");
    assert_eq!((view.manifest.size(), view.manifest.parts[0].blob.len), (3, 16));
    let upload = t.upload("l").await;
    let content = t.leased(50).await;
    let part = t.part_of_size(&upload, 1, content, 40).await.expect("a part is put");
    assert_eq!((part.part.size, part.part.blob.len), (40, 50));
    assert_eq!(usage(t).await, held(1, 3, 1, 40));
    assert_eq!(t.complete(&upload).await.expect("all parts are there").size, 40);
    assert_eq!(usage(t).await, held(2, 43, 0, 0));
}

/// Goal: exactly full is allowed; what is replaced counts off; what is over it stays.
pub async fn a_quota_refuses_what_would_go_over_it(t: &Tester) {
    t.change(BucketChange::Quota(Some(10))).await.expect("the bucket is there");
    t.put("k", "123456").await;
    assert_fails!(
        t.put_with("l", inline("12345"), WritePrecondition::None).await,
        MetaError::QuotaExceeded { quota_bytes: 10 }
    );
    t.put("l", "1234").await;
    t.put("k", "654321").await;
    t.versioning(Versioning::Enabled).await;
    assert_fails!(
        t.put_with("k", inline("1"), WritePrecondition::None).await,
        MetaError::QuotaExceeded { .. }
    );
    t.put("empty", "").await;
    t.delete("k").await;
    assert_eq!(usage(t).await, held(3, 10, 0, 0));
    t.change(BucketChange::Quota(Some(2))).await.expect("the bucket is there");
    assert_eq!(usage(t).await, held(3, 10, 0, 0));
    t.change(BucketChange::Quota(None)).await.expect("the bucket is there");
    t.put("k", "much more than ten bytes").await;
}

/// Goal: parts are refused when they come, so that nobody finds out at the end.
pub async fn a_quota_counts_parts_and_complete_is_never_refused_by_it(t: &Tester) {
    t.change(BucketChange::Quota(Some(100))).await.expect("the bucket is there");
    let upload: UploadName = t.upload("k").await;
    t.part(&upload, 1, 60).await;
    t.part(&upload, 2, 40).await;
    let content = t.leased(1).await;
    let refused = t.part_with(&upload, 3, content).await;
    assert_fails!(refused, MetaError::QuotaExceeded { quota_bytes: 100 });
    t.part(&upload, 2, 30).await;
    t.part(&upload, 3, 10).await;
    t.change(BucketChange::Quota(Some(1))).await.expect("the bucket is there");
    t.complete(&upload).await.expect("the bytes are there already");
    assert_eq!(usage(t).await, held(1, 100, 0, 0));
}

/// Goal: uploads of a deleted bucket count for nobody, swept or not.
pub async fn a_bucket_made_again_holds_nothing(t: &Tester) {
    let upload = t.upload("k").await;
    t.part(&upload, 1, 10).await;
    t.store.delete_bucket(&bucket()).await.expect("it is empty");
    t.create_bucket(bucket()).await;
    assert_eq!(usage(t).await, BucketUsage::default());
    t.sweep().await;
    assert_eq!(usage(t).await, BucketUsage::default());
}
