//! Steps on objects.

use drystone_types::precondition::PreconditionFailure;
use drystone_types::{
    BlobHome, BlobRef, BucketName, ETag, Key, Manifest, ManifestPart, ObjectChecksum, PartNumber,
    WritePrecondition,
};

use super::state::{Object, State};
use crate::MetaError;
use crate::record::{DeleteCondition, Digests, ObjectRecord, ObjectView, PutObject};

impl State {
    pub(super) fn put_object(&mut self, put: PutObject) -> Result<ObjectRecord, MetaError> {
        let at = (self.bucket_id(&put.bucket)?, put.key.as_str().to_owned());
        let current = self.objects.get(&at).map(|object| object.record.etag);
        put.precondition.judge(current, false).map_err(MetaError::Precondition)?;
        self.check_blob(&put.content)?;
        self.saw(put.now);
        let blob = self.take_blob(put.content);
        let manifest = Manifest { parts: vec![single_part(blob, put.digests)] };
        let record = ObjectRecord {
            etag: ETag::single(put.digests.md5),
            size: blob.len,
            last_modified: put.now,
            headers: put.headers,
            checksum: put.digests.checksum.map(ObjectChecksum::full),
        };
        self.replace_object(at, Some(Object { record: record.clone(), manifest }));
        Ok(record)
    }

    pub(super) fn object(&self, bucket: &BucketName, key: &Key) -> Result<&Object, MetaError> {
        let at = (self.bucket_id(bucket)?, key.as_str().to_owned());
        self.objects.get(&at).ok_or(MetaError::NoSuchKey)
    }

    pub(super) fn get_object(&self, bucket: &BucketName, key: &Key) -> Result<ObjectView, MetaError> {
        let Object { record, manifest } = self.object(bucket, key)?.clone();
        let inline = match manifest.parts.as_slice() {
            [part] if part.blob.home == BlobHome::Inline => self.inline.get(&part.blob.id).cloned(),
            _ => None,
        };
        Ok(ObjectView { record, manifest, inline })
    }

    pub(super) fn delete_object(
        &mut self,
        bucket: &BucketName,
        key: &Key,
        condition: DeleteCondition,
    ) -> Result<(), MetaError> {
        let at = (self.bucket_id(bucket)?, key.as_str().to_owned());
        let current = self.objects.get(&at).map(|object| &object.record);
        judge_delete(condition, current)?;
        if current.is_some() {
            self.replace_object(at, None);
        }
        Ok(())
    }
}

fn judge_delete(condition: DeleteCondition, current: Option<&ObjectRecord>) -> Result<(), MetaError> {
    match (condition, current) {
        (DeleteCondition::None, _) => Ok(()),
        (DeleteCondition::IfMatch(wanted), current) => {
            let judged = WritePrecondition::IfMatch(wanted).judge(current.map(|object| object.etag), false);
            judged.map_err(|failure| match failure {
                PreconditionFailure::NoSuchKey => MetaError::NoSuchKey,
                failure => MetaError::Precondition(failure),
            })
        }
        (DeleteCondition::Exactly(etag, at), Some(object))
            if object.etag == etag && object.last_modified == at =>
        {
            Ok(())
        }
        (DeleteCondition::Exactly(..), _) => Err(MetaError::NoSuchKey),
    }
}

fn single_part(blob: BlobRef, digests: Digests) -> ManifestPart {
    let part_number = PartNumber::new(1).expect("1 is a part number");
    let Digests { md5, crc64nvme, checksum } = digests;
    ManifestPart { part_number, blob, md5, crc64nvme, checksum }
}
