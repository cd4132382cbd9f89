//! Lists of buckets, objects and uploads: the shared algorithm over table ranges.

use std::ops::Bound as RangeBound;

use drystone_types::{BucketName, Key};
use redb::Range;

use super::View;
use super::uploads::record;
use crate::MetaError;
use crate::format::v2::{BucketHead, Malformed, StoredObject, StoredUpload, decode_bucket};
use crate::listing::{self, Bound, Cursor, Entry, Query};
use crate::record::{
    BucketRecord, ObjectEntry, ObjectPage, ObjectQuery, ObjectRecord, UploadEntry, UploadPage, UploadQuery,
    UploadRecord,
};
use crate::redb::error::{Fault, Step};
use crate::redb::tables::{self, Snapshot};

pub(super) const BAD_KEY: Malformed = Malformed("the key is not legal");

impl View {
    pub(in crate::redb) fn list_buckets(
        &self,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Step<(Vec<BucketRecord>, bool)> {
        let rows = self.open(tables::BUCKETS)?;
        let start = match after {
            Some(after) if after >= prefix => RangeBound::Excluded(after),
            _ => RangeBound::Included(prefix),
        };
        let mut found = Vec::new();
        for row in rows.range((start, RangeBound::Unbounded))?.take(max.saturating_add(1)) {
            let (name, value) = row?;
            let name = name.value();
            if !name.starts_with(prefix) {
                break;
            }
            let parsed = BucketName::parse(name).map_err(|_| Malformed("the name is not legal"));
            let parsed = rows.check(&name, parsed)?;
            found.push(rows.check(&name, decode_bucket(value.value(), &rows.place(&name), &parsed))?);
        }
        let more = max > 0 && found.len() > max;
        found.truncate(max);
        Ok((found, more))
    }

    pub(in crate::redb) fn list_objects(&self, bucket: &BucketName, query: &ObjectQuery) -> Step<ObjectPage> {
        let bucket = self.bucket_head(bucket)?;
        let rows = self.open(tables::OBJECTS)?;
        let asked = Query {
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            after_key: query.after.as_deref(),
            from_number: None,
            max: query.max,
        };
        let (entries, is_truncated) =
            listing::list(&mut Objects { bucket: &bucket, rows: &rows, range: None }, &asked)?;
        let entry = |entry| match entry {
            Entry::Prefix(prefix) => ObjectEntry::Prefix(prefix),
            Entry::Row(_, (key, object)) => ObjectEntry::Object(key, object),
        };
        Ok(ObjectPage { entries: entries.into_iter().map(entry).collect(), is_truncated })
    }

    pub(in crate::redb) fn list_uploads(&self, bucket: &BucketName, query: &UploadQuery) -> Step<UploadPage> {
        let bucket = self.bucket_head(bucket)?;
        let marker = query.key_marker.as_deref();
        let id_marker = query.upload_id_marker.filter(|_| marker.is_some()); // b96
        if let (Some(key), Some(id)) = (marker, id_marker)
            && !self.was_upload_of(bucket.id, key, id)?
        {
            return Err(MetaError::InvalidUploadIdMarker.into());
        }
        let rows = self.open(tables::UPLOADS)?;
        let asked = Query {
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            after_key: marker,
            from_number: id_marker.and_then(|id| listing::numbers_after(id.0)),
            max: query.max,
        };
        let (entries, is_truncated) =
            listing::list(&mut Uploads { bucket: &bucket, rows: &rows, range: None }, &asked)?;
        let entry = |entry| match entry {
            Entry::Prefix(prefix) => UploadEntry::Prefix(prefix),
            Entry::Row(_, upload) => UploadEntry::Upload(upload),
        };
        Ok(UploadPage { entries: entries.into_iter().map(entry).collect(), is_truncated })
    }
}

struct Objects<'a> {
    bucket: &'a BucketHead,
    rows: &'a Snapshot<(u64, &'static str)>,
    range: Option<Range<'a, (u64, &'static str), &'static [u8]>>,
}

impl Cursor for Objects<'_> {
    type Row = (Key, Box<ObjectRecord>);
    type Error = Fault;

    fn seek(&mut self, bound: &Bound) -> Step<Option<(String, Self::Row)>> {
        self.range = Some(self.rows.range((self.bucket.id, bound.key.as_str())..(self.bucket.id + 1, ""))?);
        self.next()
    }

    fn next(&mut self) -> Step<Option<(String, Self::Row)>> {
        let Some(row) = self.range.as_mut().and_then(Iterator::next).transpose()? else { return Ok(None) };
        let (at, value) = row;
        let at = at.value();
        let decoded = StoredObject::decode(value.value(), &self.rows.place(&at), &self.bucket.owner);
        let object = self.rows.check(&at, decoded)?;
        let key = self.rows.check(&at, Key::parse(at.1).map_err(|_| BAD_KEY))?;
        Ok(Some((at.1.to_owned(), (key, Box::new(object.record)))))
    }
}

type UploadRange<'a> = Range<'a, (u64, &'static str, u128), &'static [u8]>;

struct Uploads<'a> {
    bucket: &'a BucketHead,
    rows: &'a Snapshot<(u64, &'static str, u128)>,
    range: Option<UploadRange<'a>>,
}

impl Cursor for Uploads<'_> {
    type Row = Box<UploadRecord>;
    type Error = Fault;

    fn seek(&mut self, bound: &Bound) -> Step<Option<(String, Self::Row)>> {
        let first = (self.bucket.id, bound.key.as_str(), bound.number);
        self.range = Some(self.rows.range(first..(self.bucket.id + 1, "", 0))?);
        self.next()
    }

    fn next(&mut self) -> Step<Option<(String, Self::Row)>> {
        let Some(row) = self.range.as_mut().and_then(Iterator::next).transpose()? else { return Ok(None) };
        let (at, value) = row;
        let at = at.value();
        let decoded = StoredUpload::decode(value.value(), &self.rows.place(&at), &self.bucket.owner);
        let row = self.rows.check(&at, decoded)?;
        let key = self.rows.check(&at, Key::parse(at.1).map_err(|_| BAD_KEY))?;
        Ok(Some((at.1.to_owned(), Box::new(record(at, key, row)))))
    }
}
