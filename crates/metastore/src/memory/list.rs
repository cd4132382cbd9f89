//! Lists of objects and uploads: the shared algorithm over map ranges.

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::convert::Infallible;

use drystone_types::{BucketName, Key, UploadId};

use super::state::{Object, Open, State};
use crate::MetaError;
use crate::listing::{self, Bound, Cursor, Entry, Query};
use crate::record::{BucketId, ObjectEntry, ObjectPage, ObjectQuery, UploadEntry, UploadPage, UploadQuery};

impl State {
    pub(super) fn list_objects(
        &self,
        bucket: &BucketName,
        query: &ObjectQuery,
    ) -> Result<ObjectPage, MetaError> {
        let mut cursor = Objects { bucket: self.bucket_id(bucket)?, map: &self.objects, range: None };
        let asked = Query {
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            after_key: query.after.as_deref(),
            after_number: None,
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
            after_number: id_marker.map(|id| id.0),
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
    map: &'a BTreeMap<(BucketId, String), Object>,
    range: Option<Range<'a, (BucketId, String), Object>>,
}

impl<'a> Cursor for Objects<'a> {
    type Row = &'a Object;
    type Error = Infallible;

    fn seek(&mut self, bound: &Bound) -> Result<Option<(String, Self::Row)>, Infallible> {
        self.range = Some(self.map.range((self.bucket, bound.key.clone())..));
        self.next()
    }

    fn next(&mut self) -> Result<Option<(String, Self::Row)>, Infallible> {
        let row = self.range.as_mut().and_then(Iterator::next).filter(|((b, _), _)| *b == self.bucket);
        Ok(row.map(|((_, key), object)| (key.clone(), object)))
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
