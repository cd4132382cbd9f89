//! Events, told by the very step that they tell of; and identity documents.

use bytes::Bytes;
use drystone_types::{Tags, Versioning, WhichVersion, WritePrecondition};

use super::tester::{bucket, by_id, inline, name};
use super::{Tester, assert_fails, cases};
use crate::MetaError;
use crate::record::{ChangeObject, CommitUpload, DeleteObject, Event, EventSeed, ObjectChange, PutObject};

cases!(
    each_step_tells_what_it_did,
    a_step_that_fails_or_does_nothing_tells_nothing,
    events_are_listed_in_order_until_they_are_forgotten,
    identities_change_together_under_one_revision,
);

fn seed(event: &str) -> EventSeed {
    let targets = vec![("id".to_owned(), "http://example.com".to_owned())];
    let texts = ["principal", "::1", "request"].map(str::to_owned);
    let [principal, source_ip, request_id] = texts;
    EventSeed { name: event.to_owned(), targets, principal, source_ip, request_id }
}

async fn events(t: &Tester) -> Vec<Event> {
    t.store.list_events(0, 99).await.expect("a list")
}

/// Goal: name, version, ETag, size and time are the step's own.
pub async fn each_step_tells_what_it_did(t: &Tester) {
    let put = PutObject { event: Some(seed("put")), ..t.new_put("k", inline("x")) };
    let null = t.put_step(put).await.expect("an object is put");
    t.versioning(Versioning::Enabled).await;
    let put = PutObject { event: Some(seed("put again")), ..t.new_put("k", inline("xy")) };
    let version = t.put_step(put).await.expect("an object is put");
    let upload = t.upload("k").await;
    t.part(&upload, 1, 5).await;
    let parts = t.parts(&upload).await;
    let commit =
        CommitUpload { event: Some(seed("done")), ..t.commit(&upload, parts, WritePrecondition::None) };
    let answer = t.store.commit_upload(commit).await.expect("all parts are there");
    let change = ObjectChange::Tags(Tags::default());
    let (key, now) = (name("k"), t.now());
    let change = ChangeObject {
        bucket: bucket(),
        key,
        which: Some(WhichVersion::Null),
        change,
        now,
        event: Some(seed("tags")),
    };
    t.store.change_object(change).await.expect("it is there");
    let both =
        |delete| DeleteObject { event: Some(seed("deleted")), marker_event: Some(seed("marked")), ..delete };
    let marker = t.delete_step(both(t.new_delete("k"))).await.expect("deleted").version;
    let named = DeleteObject { which: by_id(version.version.id), ..t.new_delete("k") };
    t.delete_step(both(named)).await.expect("deleted");

    let told = events(t).await;
    let seen: Vec<_> = told.iter().map(|e| (e.seed.name.as_str(), e.version, e.object)).collect();
    let expected = [
        ("put", None, Some((null.etag, 1))),
        ("put again", Some(version.version), Some((version.etag, 2))),
        ("done", answer.version, Some((answer.etag, 5))),
        ("tags", Some(null.version), Some((null.etag, 1))),
        ("marked", marker, None),
        ("deleted", Some(version.version), None),
    ];
    assert_eq!(seen, expected);
    assert!(told.iter().all(|event| (&event.bucket, &event.key) == (&bucket(), &name("k"))));
    assert_eq!((&told[0].seed, told[0].time), (&seed("put"), null.last_modified));
    assert!(told.windows(2).all(|pair| pair[0].row < pair[1].row && pair[0].time < pair[1].time));
}

/// Goal: an event is a promise that something happened.
pub async fn a_step_that_fails_or_does_nothing_tells_nothing(t: &Tester) {
    let precondition = WritePrecondition::IfMatch(None);
    let put = PutObject { event: Some(seed("put")), precondition, ..t.new_put("k", inline("x")) };
    assert_fails!(t.put_step(put).await, MetaError::Precondition(_));
    for which in [None, Some(WhichVersion::Null)] {
        let delete = DeleteObject { which, event: Some(seed("deleted")), ..t.new_delete("k") };
        t.delete_step(delete).await.expect("nothing is there");
    }
    t.put("k", "x").await;
    assert_eq!(events(t).await, []);
}

/// Goal: pages meet each once; forgetting leaves the others and gives no number again.
pub async fn events_are_listed_in_order_until_they_are_forgotten(t: &Tester) {
    for key in ["a", "b", "c"] {
        let put = PutObject { event: Some(seed("put")), ..t.new_put(key, inline("x")) };
        t.put_step(put).await.expect("an object is put");
    }
    let all = events(t).await;
    assert_eq!(all.iter().map(|event| event.key.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(t.store.list_events(all[0].row, 1).await.expect("a page"), all[1..2]);
    for _ in 0..2 {
        t.store.forget_events(vec![all[2].row, all[0].row, 99]).await.expect("forgotten");
        assert_eq!(events(t).await, all[1..2]);
    }
    let put = PutObject { event: Some(seed("put")), ..t.new_put("d", inline("x")) };
    t.put_step(put).await.expect("an object is put");
    assert!(events(t).await[1].row > all[2].row);
}

/// Goal: who wrote by an old revision changes nothing; all changes of a write come together.
pub async fn identities_change_together_under_one_revision(t: &Tester) {
    let document = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
    assert_eq!(t.store.read_identities().await.expect("a read"), (0, vec![]));
    let both = vec![("b".to_owned(), document("1")), ("a".to_owned(), document("ü"))];
    let first = t.store.write_identities(0, both.clone()).await.expect("nobody was there");
    assert_fails!(t.store.write_identities(0, both).await, MetaError::IdentitiesChanged);
    let (revision, documents) = t.store.read_identities().await.expect("a read");
    let named = |name: &str, text: &'static str| (name.to_owned(), Bytes::from_static(text.as_bytes()));
    assert_eq!((revision, documents), (first, vec![named("a", "ü"), named("b", "1")]));
    let changes = vec![("a".to_owned(), None), ("b".to_owned(), document("2")), ("x".to_owned(), None)];
    let second = t.store.write_identities(first, changes).await.expect("the revision is right");
    assert!(second > first);
    assert_eq!(t.store.read_identities().await.expect("a read"), (second, vec![named("b", "2")]));
    t.accounts().await;
}
