//! A key's history on a snapshot.

use drystone_types::VersionId;

use super::View;
use crate::format::v2::{BucketHead, StoredObject, StoredVersion, decode_id};
use crate::redb::error::Step;
use crate::redb::history::{History, get_object, get_version, newest_of};
use crate::redb::tables;

impl History for View {
    fn object(&self, bucket: &BucketHead, key: &str) -> Step<Option<StoredObject>> {
        get_object(&self.open(tables::OBJECTS)?, bucket, key)
    }

    fn newest_older(&self, bucket: &BucketHead, key: &str) -> Step<Option<StoredVersion>> {
        newest_of(&self.open(tables::VERSIONS)?, bucket, key)
    }

    fn older(&self, bucket: &BucketHead, key: &str, id: VersionId) -> Step<Option<StoredVersion>> {
        get_version(&self.open(tables::VERSIONS)?, bucket, key, id)
    }

    fn older_null(&self, bucket: &BucketHead, key: &str) -> Step<Option<VersionId>> {
        self.open(tables::NULLS)?.get(&(bucket.id, key), decode_id)
    }
}
