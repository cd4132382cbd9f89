//! One listing algorithm for objects, versions and uploads: prefix, delimiter and marker, by range seeks.
//!
//! Rows are ordered by the bytes of their key, then by a number (the upload id; of versions the complement of their id, so
//! that the newest comes first; 0 for objects). A common prefix costs one
//! seek past its last possible child: its children are never walked.

use drystone_types::{VersionId, WhichVersion};

/// Where a seek starts: the first row whose (key, number) is at least this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    /// Key.
    pub(crate) key: String,
    /// Number within the key.
    pub(crate) number: u128,
}

/// Ordered rows of one bucket.
pub(crate) trait Cursor {
    /// What a row holds beside its key.
    type Row;
    /// Why a row cannot be read.
    type Error;

    /// Goes to the first row at or after `bound`.
    fn seek(&mut self, bound: &Bound) -> Result<Option<(String, Self::Row)>, Self::Error>;

    /// Goes to the row after the one that the last call returned.
    fn next(&mut self) -> Result<Option<(String, Self::Row)>, Self::Error>;
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query<'a> {
    /// Keys that begin so.
    pub(crate) prefix: &'a str,
    /// Rolls keys up; empty for none.
    pub(crate) delimiter: &'a str,
    /// Entries of greater keys.
    pub(crate) after_key: Option<&'a str>,
    /// And, with `after_key`, rows of that very key from this number on.
    pub(crate) from_number: Option<u128>,
    /// Most entries.
    pub(crate) max: usize,
}

/// One entry of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry<R> {
    /// A row with its key.
    Row(String, R),
    /// A common prefix.
    Prefix(String),
}

/// The number that orders a version within its key.
pub(crate) fn version_number(id: VersionId) -> u128 {
    !id.0
}

/// The numbers after this one, as `from_number`; `None` when there are none.
pub(crate) fn numbers_after(number: u128) -> Option<u128> {
    number.checked_add(1)
}

/// Where a list of versions goes on after a marker: an id also when its version is gone meanwhile (whoever deletes what a
/// page lists goes on there); `null` when there is none any more at the key's newest version. `null_version` is the key's.
pub(crate) fn from_version(marker: WhichVersion, null_version: Option<VersionId>) -> Option<u128> {
    match (marker, null_version) {
        (WhichVersion::Id(id), _) | (WhichVersion::Null, Some(id)) => numbers_after(version_number(id)),
        (WhichVersion::Null, None) => Some(0),
    }
}

/// Entries, and whether more follow.
pub(crate) type Page<R> = (Vec<Entry<R>>, bool);

/// Lists one page: its entries and whether another entry really follows.
///
/// `max` 0 gives an empty page that claims no more (b101).
pub(crate) fn list<C: Cursor>(cursor: &mut C, query: &Query<'_>) -> Result<Page<C::Row>, C::Error> {
    let mut entries = Vec::new();
    let Some(start) = start(query).filter(|_| query.max > 0) else {
        return Ok((entries, false));
    };
    let mut found = cursor.seek(&start)?;
    while let Some((key, row)) = found {
        if !key.starts_with(query.prefix) {
            break;
        }
        if entries.len() == query.max {
            return Ok((entries, true));
        }
        if let Some(common) = common_prefix(&key, query) {
            let past = successor(common);
            entries.push(Entry::Prefix(common.to_owned()));
            let Some(key) = past else { break };
            found = cursor.seek(&Bound { key, number: 0 })?;
        } else {
            entries.push(Entry::Row(key, row));
            found = cursor.next()?;
        }
    }
    Ok((entries, false))
}

/// Where the page starts; `None` when nothing can follow the marker.
fn start(query: &Query<'_>) -> Option<Bound> {
    let from_prefix = Bound { key: query.prefix.to_owned(), number: 0 };
    let Some(after) = query.after_key else { return Some(from_prefix) };
    if after < query.prefix {
        return Some(from_prefix);
    }
    if let Some(common) = common_prefix(after, query) {
        return Some(Bound { key: successor(common)?, number: 0 }); // b99: the whole prefix lies behind
    }
    Some(match query.from_number {
        Some(number) => Bound { key: after.to_owned(), number },
        None => Bound { key: format!("{after}\0"), number: 0 },
    })
}

/// The part of `key` up to and including the first delimiter after the prefix.
fn common_prefix<'k>(key: &'k str, query: &Query<'_>) -> Option<&'k str> {
    let rest = key.strip_prefix(query.prefix).filter(|_| !query.delimiter.is_empty())?;
    let at = rest.find(query.delimiter)?;
    Some(&key[..query.prefix.len() + at + query.delimiter.len()])
}

/// The least text greater than every text that begins with `prefix`; `None` when there is none.
///
/// UTF-8 bytes order as code points do, so the last character that has a next one is replaced by it.
pub(crate) fn successor(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        if let Some(next) = next_char(last) {
            return Some(chars.into_iter().chain([next]).collect());
        }
    }
    None
}

fn next_char(c: char) -> Option<char> {
    match c {
        '\u{D7FF}' => Some('\u{E000}'), // the surrogates between are no characters
        c => char::from_u32(u32::from(c) + 1),
    }
}

#[cfg(test)]
mod tests;
