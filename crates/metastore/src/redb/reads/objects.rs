//! Reads of objects.

use bytes::Bytes;
use drystone_types::{BlobHome, BlobId, BucketName, Key, Manifest};

use super::View;
use crate::MetaError;
use crate::format::v1::{Content, StoredObject, decode_inline, decode_manifest};
use crate::record::{ObjectRecord, ObjectView};
use crate::redb::error::{Fault, Step};
use crate::redb::tables;

impl View {
    fn object(&self, bucket: &BucketName, key: &Key) -> Step<StoredObject> {
        let at = (self.bucket_id(bucket)?, key.as_str());
        let object = self.open(tables::OBJECTS)?.get(&at, StoredObject::decode)?;
        Ok(object.ok_or(MetaError::NoSuchKey)?)
    }

    pub(in crate::redb) fn head_object(&self, bucket: &BucketName, key: &Key) -> Step<ObjectRecord> {
        self.object(bucket, key).map(|object| object.record)
    }

    pub(in crate::redb) fn get_object(&self, bucket: &BucketName, key: &Key) -> Step<ObjectView> {
        let StoredObject { record, content } = self.object(bucket, key)?;
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
        self.open(tables::INLINE)?.get(&id.0, decode_inline)
    }
}
