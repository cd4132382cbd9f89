//! Reads of objects.

use bytes::Bytes;
use drystone_types::{BlobHome, BlobId, BucketName, Key, Manifest, WhichVersion};

use super::View;
use crate::format::v2::{Content, StoredObject, decode_bytes, decode_manifest};
use crate::record::{ObjectRecord, ObjectView};
use crate::redb::error::{Fault, Step};
use crate::redb::history::History as _;
use crate::redb::steps::objects::object_found;
use crate::redb::tables;

impl View {
    fn find_object(&self, bucket: &BucketName, key: &Key, which: Option<WhichVersion>) -> Step<StoredObject> {
        let bucket = self.bucket_head(bucket)?;
        let found = self.find(&bucket, key.as_str(), which)?;
        Ok(object_found(found, which.is_some())?)
    }

    pub(in crate::redb) fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Step<ObjectRecord> {
        self.find_object(bucket, key, which).map(|object| object.record)
    }

    pub(in crate::redb) fn get_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Step<ObjectView> {
        let StoredObject { record, content } = self.find_object(bucket, key, which)?;
        let manifest = self.manifest(&content)?;
        let inline = match manifest.parts.as_slice() {
            [part] if part.blob.home == BlobHome::Inline => {
                let bytes = self.get_inline(part.blob.id)?;
                let missing = || Fault::corrupt(format!("inline blob {} is missing", part.blob.id));
                Some(bytes.ok_or_else(missing)?)
            }
            _ => None,
        };
        Ok(ObjectView { record, manifest, inline })
    }

    pub(super) fn manifest(&self, content: &Content) -> Step<Manifest> {
        match content {
            Content::Part(part) => Ok(Manifest { parts: vec![*part] }),
            Content::Manifest(number) => self.numbered_manifest(*number),
        }
    }

    pub(super) fn numbered_manifest(&self, number: u64) -> Step<Manifest> {
        let manifest = self.open(tables::MANIFESTS)?.get(&number, decode_manifest)?;
        manifest.ok_or_else(|| Fault::corrupt(format!("manifest {number} is missing")))
    }

    pub(in crate::redb) fn get_inline(&self, id: BlobId) -> Step<Option<Bytes>> {
        self.open(tables::INLINE)?.get(&id.0, decode_bytes)
    }
}
