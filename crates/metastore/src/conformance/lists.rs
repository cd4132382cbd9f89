//! Lists of objects and uploads (b91-b105). The algorithm has its own properties; here it meets the engine's rows.

use drystone_types::UploadId;

use super::tester::bucket;
use super::{Tester, assert_fails, cases};
use crate::MetaError;
use crate::record::{ObjectEntry, ObjectQuery, UploadCursor, UploadEntry, UploadQuery};

cases!(
    m16_objects_are_listed_in_byte_order_with_exact_truncation,
    b92_b95_uploads_are_listed_by_key_then_initiation,
    b97_a_marker_must_have_been_an_upload_of_its_key,
    b98_b99_uploads_roll_up_into_common_prefixes,
    b105_only_open_uploads_are_listed,
    a_scan_meets_the_open_uploads_of_all_buckets,
);

const KEYS: [&str; 12] =
    ["a", "a\0", "a b", "a-", "a.b/", "a/", "a/b", "a0", "aé", "b/\u{10FFFF}/x", "é/1", "\u{10FFFF}"];

async fn objects(t: &Tester, query: ObjectQuery) -> (Vec<String>, bool) {
    let page = t.store.list_objects(&bucket(), query).await.expect("a page");
    let text = |entry| match entry {
        ObjectEntry::Object(key, record) => {
            assert_eq!(record.size, 1);
            key.as_str().to_owned()
        }
        ObjectEntry::Prefix(prefix) => format!("<{prefix}>"),
    };
    (page.entries.into_iter().map(text).collect(), page.is_truncated)
}

/// Goal: order, prefixes and paging over keys that sort badly.
pub async fn m16_objects_are_listed_in_byte_order_with_exact_truncation(t: &Tester) {
    for key in KEYS.into_iter().rev() {
        t.put(key, "x").await;
    }
    let all = ObjectQuery { max: KEYS.len(), ..ObjectQuery::default() };
    let (found, more) = objects(t, all).await;
    assert_eq!((found.as_slice(), more), (&KEYS.map(str::to_owned)[..], false));
    let rolled = ["a", "a\0", "a b", "a-", "<a.b/>", "<a/>", "a0", "aé", "<b/>", "<é/>", "\u{10FFFF}"];
    for max in 1..=rolled.len() {
        let (mut met, mut after) = (Vec::new(), None);
        loop {
            let query = ObjectQuery { delimiter: "/".to_owned(), after, max, ..ObjectQuery::default() };
            let (found, more) = objects(t, query).await;
            met.extend(found);
            after = met.last().map(|last: &String| last.trim_matches(['<', '>']).to_owned());
            assert_eq!(more, met.len() < rolled.len(), "pages of {max}");
            if !more {
                break;
            }
        }
        assert_eq!(met, rolled, "pages of {max}");
    }
    let query = ObjectQuery {
        prefix: "a".to_owned(),
        delimiter: "/".to_owned(),
        after: Some("a.b/zzz".to_owned()),
        max: 2,
    };
    assert_eq!(objects(t, query).await, (vec!["<a/>".to_owned(), "a0".to_owned()], true));
    let long = ObjectQuery { after: Some("k".repeat(1024)), max: 1, ..ObjectQuery::default() };
    assert_eq!(objects(t, long).await.0, ["é/1"]);
    assert_eq!(objects(t, ObjectQuery::default()).await, (vec![], false));
}

async fn uploads(t: &Tester, query: UploadQuery) -> (Vec<(String, Option<UploadId>)>, bool) {
    let page = t.store.list_uploads(&bucket(), query).await.expect("a page");
    let text = |entry| match entry {
        UploadEntry::Upload(upload) => (upload.key.as_str().to_owned(), Some(upload.id)),
        UploadEntry::Prefix(prefix) => (prefix, None),
    };
    (page.entries.into_iter().map(text).collect(), page.is_truncated)
}

/// Goal: order and paging by both markers.
pub async fn b92_b95_uploads_are_listed_by_key_then_initiation(t: &Tester) {
    let mut expected = Vec::new();
    for key in ["k", "k", "j", "k\0", "k", "l"] {
        expected.push((key.to_owned(), Some(t.upload(key).await.id)));
    }
    expected.sort();
    for max in 1..=7 {
        let (mut met, mut query) = (Vec::new(), UploadQuery { max, ..UploadQuery::default() });
        loop {
            let (found, more) = uploads(t, query.clone()).await;
            met.extend(found);
            let Some((key, id)) = met.last().cloned() else { break };
            (query.key_marker, query.upload_id_marker) = (Some(key), id);
            assert_eq!(more, met.len() < expected.len(), "pages of {max}");
            if !more {
                break;
            }
        }
        assert_eq!(met, expected, "pages of {max}");
    }
    let after_key = UploadQuery { key_marker: Some("k".to_owned()), max: 9, ..UploadQuery::default() };
    assert_eq!(uploads(t, after_key).await.0, expected[4..]); // b94
    let ignored = UploadQuery { upload_id_marker: Some(UploadId(1)), max: 9, ..UploadQuery::default() };
    assert_eq!(uploads(t, ignored).await.0, expected); // b96
}

/// Goal: open, completed and aborted uploads are known; others are refused.
pub async fn b97_a_marker_must_have_been_an_upload_of_its_key(t: &Tester) {
    let (open, completed, aborted) = (t.upload("k").await, t.upload("k").await, t.upload("k").await);
    t.part(&completed, 1, 5).await;
    t.complete(&completed).await.expect("its part is there");
    t.abort(&aborted).await.expect("it is open");
    t.sweep().await;
    let query = |key: &str, id| UploadQuery {
        key_marker: Some(key.to_owned()),
        upload_id_marker: Some(id),
        max: 9,
        ..UploadQuery::default()
    };
    for known in [open.id, completed.id, aborted.id] {
        let page = t.store.list_uploads(&bucket(), query("k", known)).await;
        assert_eq!(page.expect("a known marker").entries, []);
    }
    for (key, id) in [("j", open.id), ("", open.id), ("l", completed.id), ("k", UploadId(5))] {
        let page = t.store.list_uploads(&bucket(), query(key, id)).await;
        assert_fails!(page, MetaError::InvalidUploadIdMarker);
    }
}

/// Goal: prefixes count as entries; a marker inside one skips it whole.
pub async fn b98_b99_uploads_roll_up_into_common_prefixes(t: &Tester) {
    for key in ["a/1", "a/1", "a/2", "b", "c/1"] {
        t.upload(key).await;
    }
    let query = UploadQuery { delimiter: "/".to_owned(), max: 2, ..UploadQuery::default() };
    let (found, more) = uploads(t, query.clone()).await;
    let keys: Vec<_> = found.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!((keys.as_slice(), more), (&["a/", "b"][..], true));
    assert_eq!(found[0].1, None);
    for marker in ["a/", "a/1", "a/zz"] {
        let query = UploadQuery { key_marker: Some(marker.to_owned()), ..query.clone() };
        let (found, more) = uploads(t, query).await;
        let keys: Vec<_> = found.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!((keys.as_slice(), more), (&["b", "c/"][..], false), "{marker}");
    }
    let prefixed = UploadQuery { prefix: "a/".to_owned(), max: 9, ..query };
    assert_eq!(uploads(t, prefixed).await.0.len(), 3);
}

/// Goal: ended uploads are gone at once, before any sweep.
pub async fn b105_only_open_uploads_are_listed(t: &Tester) {
    let (open, completed, aborted) = (t.upload("a").await, t.upload("b").await, t.upload("c").await);
    t.part(&completed, 1, 5).await;
    t.complete(&completed).await.expect("its part is there");
    t.abort(&aborted).await.expect("it is open");
    let all = UploadQuery { max: 9, ..UploadQuery::default() };
    assert_eq!(uploads(t, all).await, (vec![("a".to_owned(), Some(open.id))], false));
    let objects = objects(t, ObjectQuery { prefix: "a".to_owned(), max: 9, ..ObjectQuery::default() }).await;
    assert_eq!(objects, (vec![], false));
}

/// Goal: all buckets, in pages, without those of deleted buckets.
pub async fn a_scan_meets_the_open_uploads_of_all_buckets(t: &Tester) {
    let gone = drystone_types::BucketName::parse("gone").expect("a legal name");
    t.upload("b").await;
    t.upload("a").await;
    t.store.delete_bucket(&bucket()).await.expect("no objects");
    t.create_bucket(gone).await;
    t.create_bucket(bucket()).await;
    let mut expected = Vec::new();
    for key in ["a", "a", "b"] {
        expected.push(t.upload(key).await.id);
    }
    for max in 1..=4 {
        let (mut met, mut after) = (Vec::new(), None);
        loop {
            let page = t.store.scan_uploads(after, max).await.expect("a scan");
            let Some((name, last)) = page.last() else { break };
            assert_eq!(name, &bucket());
            after = Some(UploadCursor { bucket: last.bucket, key: last.key.clone(), id: last.id });
            met.extend(page.iter().map(|(_, upload)| upload.id));
        }
        assert_eq!(met, expected, "pages of {max}");
    }
}
