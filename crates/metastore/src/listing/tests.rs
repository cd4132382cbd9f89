//! The algorithm against a brute-force listing of everything, and its cost in seeks.

use std::collections::BTreeSet;
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

/// Rows in a map; counts what the algorithm asks for.
#[derive(Default)]
struct Counted {
    rows: BTreeSet<(String, u128)>,
    at: Option<(String, u128)>,
    seeks: usize,
    steps: usize,
}

impl Counted {
    fn new<S: Into<String>>(rows: impl IntoIterator<Item = (S, u128)>) -> Self {
        let rows = rows.into_iter().map(|(key, number)| (key.into(), number)).collect();
        Self { rows, ..Self::default() }
    }

    fn found(&mut self, row: Option<(String, u128)>) -> Option<(String, u128)> {
        self.at.clone_from(&row);
        row
    }
}

impl Cursor for Counted {
    type Row = u128;
    type Error = Infallible;

    fn seek(&mut self, bound: &Bound) -> Result<Option<(String, u128)>, Infallible> {
        self.seeks += 1;
        let row = self.rows.range((bound.key.clone(), bound.number)..).next().cloned();
        Ok(self.found(row))
    }

    fn next(&mut self) -> Result<Option<(String, u128)>, Infallible> {
        self.steps += 1;
        let at = self.at.clone().expect("a row was found before");
        let row = self.rows.range(at..).nth(1).cloned();
        Ok(self.found(row))
    }
}

fn page(cursor: &mut Counted, query: &Query<'_>) -> Page<u128> {
    let Ok(page) = list(cursor, query);
    page
}

/// What S3 promises, by looking at every row.
fn brute(rows: &BTreeSet<(String, u128)>, query: &Query<'_>) -> Page<u128> {
    let mut entries: Vec<Entry<u128>> = Vec::new();
    for (key, number) in rows {
        let Some(rest) = key.strip_prefix(query.prefix) else { continue };
        let cut = if query.delimiter.is_empty() { None } else { rest.find(query.delimiter) };
        let entry = match cut {
            Some(at) => Entry::Prefix(key[..query.prefix.len() + at + query.delimiter.len()].to_owned()),
            None => Entry::Row(key.clone(), *number),
        };
        let behind = query.after_key.is_some_and(|after| match &entry {
            Entry::Prefix(prefix) => prefix.as_str() <= after, // equals it, begins it, or lies before it
            Entry::Row(key, number) => {
                key.as_str() < after || key == after && query.from_number.is_none_or(|from| *number < from)
            }
        });
        if !behind && entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    let more = query.max > 0 && entries.len() > query.max;
    entries.truncate(query.max);
    (entries, more)
}

#[test]
fn the_successor_of_a_prefix_is_past_all_its_children_and_before_the_next_key() {
    let cases = [
        ("a", Some("b")),
        ("a/", Some("a0")),
        ("a\u{10FFFF}", Some("b")),
        ("a\u{10FFFF}\u{10FFFF}", Some("b")),
        ("\u{10FFFF}", None),
        ("", None),
        ("\u{7F}", Some("\u{80}")),
        ("\u{7FF}", Some("\u{800}")),
        ("\u{D7FF}", Some("\u{E000}")),
        ("\u{FFFF}", Some("\u{10000}")),
        ("\0", Some("\u{1}")),
    ];
    for (prefix, expected) in cases {
        assert_eq!(successor(prefix).as_deref(), expected, "{prefix:?}");
        let child = format!("{prefix}\u{10FFFF}\u{10FFFF}");
        assert!(expected.is_none_or(|next| child.as_str() < next), "{prefix:?}");
    }
}

#[test]
fn b98_a_common_prefix_of_10000_children_costs_one_seek() {
    let children = (0..10_000).map(|n| (format!("photos/{n:05}"), 0));
    let mut cursor = Counted::new(children.chain([("readme".to_owned(), 0)]));
    let query = Query { delimiter: "/", max: 1000, ..Query::default() };
    let (entries, more) = page(&mut cursor, &query);
    assert_eq!(entries, [Entry::Prefix("photos/".into()), Entry::Row("readme".into(), 0)]);
    assert!(!more);
    assert_eq!((cursor.seeks, cursor.steps), (2, 1), "one to start, one past the prefix");
}

#[test]
fn a_page_without_delimiter_costs_one_seek() {
    let mut cursor = Counted::new((0..5000).map(|n| (format!("{n:05}"), 0)));
    let query = Query { max: 1000, after_key: Some("00999"), ..Query::default() };
    let (entries, more) = page(&mut cursor, &query);
    assert_eq!((entries.len(), more), (1000, true));
    assert_eq!((cursor.seeks, cursor.steps), (1, 1000));
}

#[test]
fn b99_a_marker_equal_to_or_inside_a_common_prefix_skips_it_whole() {
    let mut cursor = Counted::new([("a/1", 0), ("a/2", 0), ("b", 0)]);
    for after in ["a/", "a/1", "a/zzz", "a/\u{10FFFF}"] {
        let query = Query { delimiter: "/", after_key: Some(after), max: 9, ..Query::default() };
        assert_eq!(page(&mut cursor, &query), (vec![Entry::Row("b".into(), 0)], false), "{after}");
    }
    let query = Query { delimiter: "/", after_key: Some("a"), max: 1, ..Query::default() };
    assert_eq!(page(&mut cursor, &query), (vec![Entry::Prefix("a/".into())], true));
}

#[test]
fn b95_an_upload_id_marker_goes_on_within_its_key() {
    let mut cursor = Counted::new([("k", 1), ("k", 2), ("k", 3), ("l", 1)]);
    let query = Query { after_key: Some("k"), from_number: numbers_after(1), max: 2, ..Query::default() };
    let rows = vec![Entry::Row("k".into(), 2), Entry::Row("k".into(), 3)];
    assert_eq!(page(&mut cursor, &query), (rows, true));
    let query = Query { from_number: numbers_after(u128::MAX), ..query };
    assert_eq!(page(&mut cursor, &query), (vec![Entry::Row("l".into(), 1)], false));
}

#[test]
fn b101_a_page_of_none_is_empty_and_final() {
    let mut cursor = Counted::new([("k", 1)]);
    assert_eq!(page(&mut cursor, &Query::default()), (vec![], false));
}

fn text(max: usize) -> impl Strategy<Value = String> {
    let alphabet = prop::sample::select(vec!['a', '/', '.', '-', ' ', 'é', '\0', '\u{10FFFF}']);
    prop::collection::vec(alphabet, 0..=max).prop_map(|chars| chars.into_iter().collect())
}

/// Keys; half of them extend a few shared stems, so that prefixes and delimiters meet something.
fn rows(numbers: u128) -> impl Strategy<Value = BTreeSet<(String, u128)>> {
    let row = (text(5), 0..numbers).prop_map(|(key, number)| (format!("{key}a"), number));
    prop::collection::btree_set(row, 0..24)
}

fn delimiter() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "/", "a", "//", "a/", "é", "\u{10FFFF}", " ", "/a/"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_page_is_what_looking_at_every_row_gives(
        rows in rows(3),
        prefix in text(2),
        delimiter in delimiter(),
        after_key in prop::option::of(text(3)),
        from_number in prop::option::of(0_u128..3),
        max in 0_usize..6,
    ) {
        let mut cursor = Counted::new(rows);
        let query =
            Query { prefix: &prefix, delimiter, after_key: after_key.as_deref(), from_number, max };
        prop_assert_eq!(page(&mut cursor, &query), brute(&cursor.rows, &query));
    }

    #[test]
    fn paging_meets_every_entry_once(
        rows in rows(3),
        prefix in text(1),
        delimiter in delimiter(),
        max in 1_usize..4,
    ) {
        let mut cursor = Counted::new(rows);
        let whole = Query { prefix: &prefix, delimiter, max: usize::MAX, ..Query::default() };
        let (expected, _) = brute(&cursor.rows, &whole);
        let (mut met, mut marker) = (Vec::new(), None::<(String, Option<u128>)>);
        loop {
            let (after_key, from_number) = match &marker {
                Some((key, number)) => (Some(key), number.and_then(numbers_after)),
                None => (None, None),
            };
            let query =
                Query { after_key: after_key.map(String::as_str), from_number, max, ..whole.clone() };
            let (entries, more) = page(&mut cursor, &query);
            marker = entries.last().map(|entry| match entry {
                Entry::Row(key, number) => (key.clone(), Some(*number)),
                Entry::Prefix(prefix) => (prefix.clone(), None),
            });
            met.extend(entries);
            if !more {
                break;
            }
        }
        prop_assert_eq!(met, expected);
    }
}
