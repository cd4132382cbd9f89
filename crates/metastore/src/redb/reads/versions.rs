//! Lists of versions: the shared algorithm over two tables at once.

use drystone_types::{BucketName, Key, WhichVersion};
use redb::Range;

use super::View;
use super::lists::BAD_KEY;
use crate::format::v2::{BucketHead, StoredObject, StoredVersion};
use crate::listing::{self, Bound, Cursor, Entry, Query};
use crate::record::{VersionEntry, VersionPage, VersionQuery};
use crate::redb::error::{Fault, Step};
use crate::redb::history::History as _;
use crate::redb::tables::{self, Snapshot};

impl View {
    pub(in crate::redb) fn list_versions(
        &self,
        bucket: &BucketName,
        query: &VersionQuery,
    ) -> Step<VersionPage> {
        let bucket = self.bucket_head(bucket)?;
        let marker = query.key_marker.as_deref();
        let from_number = match marker.zip(query.version_marker) {
            None => None,
            Some((_, version @ WhichVersion::Id(_))) => listing::from_version(version, None),
            Some((key, WhichVersion::Null)) => {
                let null = self.find(&bucket, key, Some(WhichVersion::Null))?;
                listing::from_version(WhichVersion::Null, null.map(|null| null.version().id))
            }
        };
        let asked = Query {
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            after_key: marker,
            from_number,
            max: query.max,
        };
        let (objects, versions) = (self.open(tables::OBJECTS)?, self.open(tables::VERSIONS)?);
        let mut cursor = Versions {
            bucket: &bucket,
            objects: &objects,
            rows: &versions,
            current: Ahead { range: None, row: None },
            older: Ahead { range: None, row: None },
            latest_of: String::new(),
        };
        let (entries, is_truncated) = listing::list(&mut cursor, &asked)?;
        let entry = |entry| match entry {
            Entry::Prefix(prefix) => VersionEntry::Prefix(prefix),
            Entry::Row(_, (key, StoredVersion::Object(object), is_latest)) => {
                VersionEntry::Version { key, record: Box::new(object.record), is_latest }
            }
            Entry::Row(_, (key, StoredVersion::Marker(marker), is_latest)) => {
                VersionEntry::DeleteMarker { key, marker, is_latest }
            }
        };
        Ok(VersionPage { entries: entries.into_iter().map(entry).collect(), is_truncated })
    }
}

type ObjectRange<'a> = Range<'a, (u64, &'static str), &'static [u8]>;
type VersionRange<'a> = Range<'a, (u64, &'static str, u128), &'static [u8]>;

/// A range and its next row, decoded.
struct Ahead<R, T> {
    range: Option<R>,
    row: Option<(String, T)>,
}

struct Versions<'a> {
    bucket: &'a BucketHead,
    objects: &'a Snapshot<(u64, &'static str)>,
    rows: &'a Snapshot<(u64, &'static str, u128)>,
    current: Ahead<ObjectRange<'a>, StoredObject>,
    older: Ahead<VersionRange<'a>, StoredVersion>,
    /// The key whose latest version lies behind.
    latest_of: String,
}

impl Versions<'_> {
    fn next_current(&mut self) -> Step<()> {
        self.current.row = None;
        let Some(row) = self.current.range.as_mut().and_then(Iterator::next).transpose()? else {
            return Ok(());
        };
        let (at, value) = row;
        let at = at.value();
        let decoded = StoredObject::decode(value.value(), &self.objects.place(&at), &self.bucket.owner);
        self.current.row = Some((at.1.to_owned(), self.objects.check(&at, decoded)?));
        Ok(())
    }

    fn next_older(&mut self) -> Step<()> {
        self.older.row = None;
        let Some(row) = self.older.range.as_mut().and_then(Iterator::next).transpose()? else {
            return Ok(());
        };
        let (at, value) = row;
        let at = at.value();
        let decoded = StoredVersion::decode(value.value(), &self.rows.place(&at), &self.bucket.owner);
        self.older.row = Some((at.1.to_owned(), self.rows.check(&at, decoded)?));
        Ok(())
    }

    /// Notes whether newer versions of a key lie before the place that is sought.
    fn skip_within(&mut self, bound: &Bound) -> Step<()> {
        let has_current = self.current.row.as_ref().is_some_and(|(key, _)| *key == bound.key);
        let mut is_behind = false;
        if let Some((_, object)) = self.current.row.as_ref().filter(|_| has_current)
            && listing::version_number(object.record.version.id) < bound.number
        {
            is_behind = true;
            self.next_current()?;
        }
        if !has_current {
            let newer =
                (self.bucket.id, bound.key.as_str(), 0)..(self.bucket.id, bound.key.as_str(), bound.number);
            is_behind = self.rows.range(newer)?.next().transpose()?.is_some();
        }
        if is_behind {
            self.latest_of.clone_from(&bound.key);
        }
        Ok(())
    }
}

impl Cursor for Versions<'_> {
    type Row = (Key, StoredVersion, bool);
    type Error = Fault;

    fn seek(&mut self, bound: &Bound) -> Step<Option<(String, Self::Row)>> {
        let (id, key) = (self.bucket.id, bound.key.as_str());
        self.latest_of.clear();
        self.current.range = Some(self.objects.range((id, key)..(id + 1, ""))?);
        self.older.range = Some(self.rows.range((id, key, bound.number)..(id + 1, "", 0))?);
        self.next_current()?;
        self.next_older()?;
        if bound.number > 0 {
            self.skip_within(bound)?;
        }
        self.next()
    }

    fn next(&mut self) -> Step<Option<(String, Self::Row)>> {
        // The current object is newer than the rows of its key in `versions`.
        let is_current = match (&self.current.row, &self.older.row) {
            (None, None) => return Ok(None),
            (Some((current, _)), Some((older, _))) => current <= older,
            (current, _) => current.is_some(),
        };
        let row = if is_current {
            let row = self.current.row.take().map(|(key, object)| (key, StoredVersion::Object(object)));
            self.next_current()?;
            row
        } else {
            let row = self.older.row.take();
            self.next_older()?;
            row
        };
        let Some((text, version)) = row else { return Ok(None) };
        let is_latest = text != self.latest_of;
        self.latest_of.clone_from(&text);
        let key = Key::parse(&text).map_err(|_| BAD_KEY);
        let key = self.objects.check(&(self.bucket.id, &text), key)?;
        Ok(Some((text, (key, version, is_latest))))
    }
}
