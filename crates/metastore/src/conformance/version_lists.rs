//! Lists of versions: every version once, in order, in pages of any size, also while they are deleted.

use drystone_types::{Version, Versioning, WhichVersion};

use super::tester::{bucket, name};
use super::{Tester, cases};
use crate::record::{VersionEntry, VersionPage, VersionQuery};

cases!(
    versions_are_listed_by_key_and_then_the_latest_first,
    pages_of_any_size_meet_every_version_once,
    whoever_deletes_what_a_page_lists_misses_nothing,
    b98_a_delimiter_rolls_versions_up,
    a_marker_goes_on_after_what_it_names,
);

/// One entry, short: key, is it a marker, its version, is it the latest.
type Short = (String, bool, Version, bool);

fn short(entry: &VersionEntry) -> Short {
    match entry {
        VersionEntry::Version { key, record, is_latest } => {
            (key.as_str().to_owned(), false, record.version, *is_latest)
        }
        VersionEntry::DeleteMarker { key, marker, is_latest } => {
            (key.as_str().to_owned(), true, marker.version, *is_latest)
        }
        VersionEntry::Prefix(prefix) => panic!("no delimiter was given: {prefix}"),
    }
}

fn which(version: Version) -> WhichVersion {
    if version.is_null { WhichVersion::Null } else { WhichVersion::Id(version.id) }
}

async fn list(t: &Tester, query: VersionQuery) -> VersionPage {
    t.store.list_versions(&bucket(), query).await.expect("the bucket is there")
}

async fn whole(t: &Tester) -> Vec<Short> {
    let page = list(t, VersionQuery { max: 999, ..VersionQuery::default() }).await;
    assert!(!page.is_truncated);
    page.entries.iter().map(short).collect()
}

/// Four keys with histories of all kinds; what a list must show.
async fn histories(tester: &Tester) -> Vec<Short> {
    let mut rows = vec![("a", false, tester.put("a", "null").await.version)];
    rows.push(("b", false, tester.put("b", "null").await.version));
    tester.versioning(Versioning::Enabled).await;
    for key in ["a", "b", "b"] {
        rows.push((key, false, tester.put(key, "new").await.version));
    }
    for key in ["b", "c"] {
        rows.push((key, true, tester.delete(key).await.version.expect("a marker")));
    }
    rows.push(("c", false, tester.put("c", "new").await.version));
    tester.versioning(Versioning::Suspended).await;
    rows.push(("d", false, tester.put("d", "null").await.version));

    rows.sort_by_key(|(key, _, version)| (*key, std::cmp::Reverse(version.id)));
    let mut last = "";
    let row = |(key, is_marker, version): (&'static str, bool, Version)| {
        let is_latest = std::mem::replace(&mut last, key) != key;
        (key.to_owned(), is_marker, version, is_latest)
    };
    rows.into_iter().map(row).collect()
}

/// Goal: keys ascend, versions descend, exactly one of each key is the latest, records are whole.
pub async fn versions_are_listed_by_key_and_then_the_latest_first(t: &Tester) {
    let expected = histories(t).await;
    assert_eq!(whole(t).await, expected);
    let page = list(t, VersionQuery { prefix: "a".to_owned(), max: 9, ..VersionQuery::default() }).await;
    let VersionEntry::Version { record, .. } = &page.entries[0] else { panic!("a version") };
    let head = t.store.head_object(&bucket(), &name("a"), None).await.expect("there");
    assert_eq!((**record).clone(), head);
    assert_eq!(page.entries.len(), 2);
}

/// Goal: no version twice, none left out, `is_latest` right also at the start of a page, an exact end.
pub async fn pages_of_any_size_meet_every_version_once(t: &Tester) {
    let expected = histories(t).await;
    for max in 1..=expected.len() + 1 {
        let (mut met, mut query) = (Vec::new(), VersionQuery { max, ..VersionQuery::default() });
        loop {
            let page = list(t, query.clone()).await;
            assert!(page.entries.len() <= max);
            met.extend(page.entries.iter().map(short));
            let Some(last) = met.last().filter(|_| page.is_truncated) else { break };
            query.key_marker = Some(last.0.clone());
            query.version_marker = Some(which(last.2));
        }
        assert_eq!(met, expected, "pages of {max}");
    }
    assert_eq!(list(t, VersionQuery::default()).await, VersionPage::default()); // b101
}

/// Goal: a page after a marker that is gone goes on where it was, and nothing is left at the end.
pub async fn whoever_deletes_what_a_page_lists_misses_nothing(t: &Tester) {
    let expected = histories(t).await;
    let (mut met, mut query) = (0, VersionQuery { max: 2, ..VersionQuery::default() });
    loop {
        let page = list(t, query.clone()).await;
        for (key, _, version, _) in page.entries.iter().map(short) {
            t.delete_version(&key, which(version)).await;
            met += 1;
            query.key_marker = Some(key);
            query.version_marker = Some(which(version));
        }
        if !page.is_truncated {
            break;
        }
    }
    assert_eq!((met, whole(t).await), (expected.len(), vec![]));
    t.store.delete_bucket(&bucket()).await.expect("it is empty");
}

/// Goal: a prefix also of keys that only have delete markers; it counts as one entry.
pub async fn b98_a_delimiter_rolls_versions_up(t: &Tester) {
    t.versioning(Versioning::Enabled).await;
    for key in ["a/1", "a/2", "b", "c/1"] {
        t.put(key, "x").await;
        t.delete(key).await;
    }
    t.delete("d/1").await;
    let query = VersionQuery { delimiter: "/".to_owned(), max: 99, ..VersionQuery::default() };
    let page = list(t, query.clone()).await;
    let texts = |page: &VersionPage| -> Vec<String> {
        let text = |entry: &VersionEntry| match entry {
            VersionEntry::Prefix(prefix) => prefix.clone(),
            entry => short(entry).0,
        };
        page.entries.iter().map(text).collect()
    };
    assert_eq!(texts(&page), ["a/", "b", "b", "c/", "d/"]);
    let page = list(t, VersionQuery { key_marker: Some("a/".to_owned()), max: 3, ..query.clone() }).await;
    assert_eq!((texts(&page), page.is_truncated), (["b", "b", "c/"].map(String::from).to_vec(), true));
    let inside = VersionQuery { prefix: "a/".to_owned(), max: 2, ..query };
    let page = list(t, inside).await;
    assert_eq!((texts(&page), page.is_truncated), (["a/1", "a/1"].map(String::from).to_vec(), true));
}

/// Goal: a key marker alone skips its key; ids mark a place whether or not they are there.
pub async fn a_marker_goes_on_after_what_it_names(t: &Tester) {
    let expected = histories(t).await;
    let after = async |key: &str, version_marker| {
        let key_marker = Some(key.to_owned());
        let query = VersionQuery { key_marker, version_marker, max: 99, ..VersionQuery::default() };
        list(t, query).await.entries.iter().map(short).collect::<Vec<_>>()
    };
    assert_eq!(after("a", None).await, expected[2..]);
    assert_eq!(after("aa", Some(which(expected[3].2))).await, expected[2..]);
    assert_eq!(after("b", Some(which(expected[3].2))).await, expected[4..]);
    assert_eq!(after("b", Some(WhichVersion::Null)).await, expected[6..]);
    assert_eq!(after("c", Some(WhichVersion::Null)).await, expected[6..], "c has no null version");
    let newer = WhichVersion::Id(t.id().into());
    assert_eq!(after("b", Some(newer)).await, expected[2..]);
}
