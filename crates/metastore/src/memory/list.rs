//! Lists of objects, versions and uploads: the shared algorithm over map ranges.

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::convert::Infallible;

use drystone_types::{BucketName, Key, UploadId, WhichVersion};

use super::state::{At, Object, Open, State, Stored};
use crate::MetaError;
use crate::listing::{self, Bound, Cursor, Entry, Query};
use crate::record::{
    BucketId, ObjectEntry, ObjectPage, ObjectQuery, UploadEntry, UploadPage, UploadQuery, VersionEntry,
    VersionPage, VersionQuery,
};

impl State {
    pub(super) fn list_objects(
        &self,
        bucket: &BucketName,
        query: &ObjectQuery,
    ) -> Result<ObjectPage, MetaError> {
        let mut cursor = Objects { bucket: self.bucket_id(bucket)?, map: &self.versions, range: None };
        let asked = Query {
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            after_key: query.after.as_deref(),
            from_number: None,
            max: query.max,
        };
        let Ok((entries, is_truncated)) = listing::list(&mut cursor, &asked);
        let entry = |entry| match entry {
            Entry::Prefix(prefix) => ObjectEntry::Prefix(prefix),
            Entry::Row(key, object) => {
                let (key, object): (_, &Object) = (Key::parse(&key).expect("only keys are stored"), object);
                ObjectEntry::Object(key, Box::new(object.record.clone()))
            }
        };
        Ok(ObjectPage { entries: entries.into_iter().map(entry).collect(), is_truncated })
    }

    pub(super) fn list_versions(
        &self,
        bucket: &BucketName,
        query: &VersionQuery,
    ) -> Result<VersionPage, MetaError> {
        let bucket = self.bucket_id(bucket)?;
        let null_version = |key: &str| {
            let null = self.find(&(bucket, key.to_owned()), Some(WhichVersion::Null));
            null.map(|stored| stored.version().id)
        };
        let marker = query.key_marker.as_deref();
        let asked = Query {
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            after_key: marker,
            from_number: marker
                .zip(query.version_marker)
                .and_then(|(key, version)| listing::from_version(version, null_version(key))),
            max: query.max,
        };
        let mut cursor = Versions { bucket, map: &self.versions, rows: None };
        let Ok((entries, is_truncated)) = listing::list(&mut cursor, &asked);
        let entry = |entry| match entry {
            Entry::Prefix(prefix) => VersionEntry::Prefix(prefix),
            Entry::Row(key, (stored, is_latest)) => {
                let (key, stored): (_, &Stored) = (Key::parse(&key).expect("only keys are stored"), stored);
                match stored {
                    Stored::Object(object) => {
                        VersionEntry::Version { key, record: Box::new(object.record.clone()), is_latest }
                    }
                    Stored::Marker(marker) => {
                        VersionEntry::DeleteMarker { key, marker: marker.clone(), is_latest }
                    }
                }
            }
        };
        Ok(VersionPage { entries: entries.into_iter().map(entry).collect(), is_truncated })
    }

    pub(super) fn list_uploads(
        &self,
        bucket: &BucketName,
        query: &UploadQuery,
    ) -> Result<UploadPage, MetaError> {
        let bucket = self.bucket_id(bucket)?;
        let marker = query.key_marker.as_deref();
        let id_marker = query.upload_id_marker.filter(|_| marker.is_some()); // b96
        if let (Some(key), Some(id)) = (marker, id_marker)
            && !self.was_upload_of(bucket, key, id)
        {
            return Err(MetaError::InvalidUploadIdMarker);
        }
        let asked = Query {
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            after_key: marker,
            from_number: id_marker.and_then(|id| listing::numbers_after(id.0)),
            max: query.max,
        };
        let mut cursor = Uploads { bucket, map: &self.uploads, range: None };
        let Ok((entries, is_truncated)) = listing::list(&mut cursor, &asked);
        let entry = |entry| match entry {
            Entry::Prefix(prefix) => UploadEntry::Prefix(prefix),
            Entry::Row(_, open) => {
                let open: &Open = open;
                UploadEntry::Upload(Box::new(open.record.clone()))
            }
        };
        Ok(UploadPage { entries: entries.into_iter().map(entry).collect(), is_truncated })
    }

    /// Is or was `id` an upload of this key (b97)?
    fn was_upload_of(&self, bucket: BucketId, key: &str, id: UploadId) -> bool {
        let ended = self.ended.get(&id).is_some_and(|ended| ended.bucket == bucket && ended.key == key);
        ended || self.uploads.contains_key(&(bucket, key.to_owned(), id))
    }
}

struct Objects<'a> {
    bucket: BucketId,
    map: &'a BTreeMap<At, Vec<Stored>>,
    range: Option<Range<'a, At, Vec<Stored>>>,
}

impl<'a> Cursor for Objects<'a> {
    type Row = &'a Object;
    type Error = Infallible;

    fn seek(&mut self, bound: &Bound) -> Result<Option<(String, Self::Row)>, Infallible> {
        self.range = Some(self.map.range((self.bucket, bound.key.clone())..));
        self.next()
    }

    fn next(&mut self) -> Result<Option<(String, Self::Row)>, Infallible> {
        let mut of_bucket =
            self.range.as_mut().into_iter().flatten().take_while(|(at, _)| at.0 == self.bucket);
        Ok(of_bucket.find_map(|(at, history)| Some((at.1.clone(), history.first()?.object()?))))
    }
}

/// Versions with their keys, and whether they are the latest.
type VersionRows<'a> = Box<dyn Iterator<Item = (String, (&'a Stored, bool))> + 'a>;

struct Versions<'a> {
    bucket: BucketId,
    map: &'a BTreeMap<At, Vec<Stored>>,
    rows: Option<VersionRows<'a>>,
}

impl<'a> Cursor for Versions<'a> {
    type Row = (&'a Stored, bool);
    type Error = Infallible;

    fn seek(&mut self, bound: &Bound) -> Result<Option<(String, Self::Row)>, Infallible> {
        let (bucket, bound) = (self.bucket, bound.clone());
        let histories =
            self.map.range((bucket, bound.key.clone())..).take_while(move |(at, _)| at.0 == bucket);
        let rows = histories.flat_map(|((_, key), history)| {
            let row = |(index, stored)| (key.clone(), (stored, index == 0));
            history.iter().enumerate().map(row)
        });
        let rows = rows.skip_while(move |(key, (stored, _))| {
            *key == bound.key && listing::version_number(stored.version().id) < bound.number
        });
        self.rows = Some(Box::new(rows));
        self.next()
    }

    fn next(&mut self) -> Result<Option<(String, Self::Row)>, Infallible> {
        Ok(self.rows.as_mut().and_then(Iterator::next))
    }
}

struct Uploads<'a> {
    bucket: BucketId,
    map: &'a BTreeMap<(BucketId, String, UploadId), Open>,
    range: Option<Range<'a, (BucketId, String, UploadId), Open>>,
}

impl<'a> Cursor for Uploads<'a> {
    type Row = &'a Open;
    type Error = Infallible;

    fn seek(&mut self, bound: &Bound) -> Result<Option<(String, Self::Row)>, Infallible> {
        let first = (self.bucket, bound.key.clone(), UploadId(bound.number));
        self.range = Some(self.map.range(first..));
        self.next()
    }

    fn next(&mut self) -> Result<Option<(String, Self::Row)>, Infallible> {
        let row = self.range.as_mut().and_then(Iterator::next).filter(|((b, _, _), _)| *b == self.bucket);
        Ok(row.map(|((_, key, _), open)| (key.clone(), open)))
    }
}
