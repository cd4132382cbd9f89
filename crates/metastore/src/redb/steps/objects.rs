//! Steps on objects.

use drystone_types::precondition::PreconditionFailure;
use drystone_types::{
    BlobRef, BucketName, ETag, Key, ManifestPart, ObjectChecksum, PartNumber, WritePrecondition,
};

use crate::MetaError;
use crate::format::v1::StoredObject;
use crate::record::{DeleteCondition, Digests, ObjectRecord, PutObject};
use crate::redb::error::Step;
use crate::redb::writing::Writing;

impl Writing<'_> {
    pub(in crate::redb) fn put_object(&mut self, put: PutObject) -> Step<ObjectRecord> {
        let at = (self.bucket_id(&put.bucket)?, put.key.as_str());
        let old = self.objects.get(&at, StoredObject::decode)?;
        let current = old.as_ref().map(|old| old.record.etag);
        put.precondition.judge(current, false).map_err(MetaError::Precondition)?;
        self.check_blob(&put.content)?;

        self.saw(put.now);
        let blob = self.take_blob(put.content)?;
        let record = ObjectRecord {
            etag: ETag::single(put.digests.md5),
            size: blob.len,
            last_modified: put.now,
            headers: put.headers,
            checksum: put.digests.checksum.map(ObjectChecksum::full),
        };
        let parts = vec![single_part(blob, put.digests)];
        self.replace_object(at, old.as_ref(), Some((record.clone(), parts)))?;
        Ok(record)
    }

    pub(in crate::redb) fn delete_object(
        &mut self,
        bucket: &BucketName,
        key: &Key,
        condition: DeleteCondition,
    ) -> Step<()> {
        let at = (self.bucket_id(bucket)?, key.as_str());
        let old = self.objects.get(&at, StoredObject::decode)?;
        judge_delete(condition, old.as_ref().map(|old| &old.record))?;
        if old.is_some() {
            self.replace_object(at, old.as_ref(), None)?;
        }
        Ok(())
    }
}

fn judge_delete(condition: DeleteCondition, current: Option<&ObjectRecord>) -> Result<(), MetaError> {
    match condition {
        DeleteCondition::None => Ok(()),
        DeleteCondition::IfMatch(wanted) => {
            let condition = WritePrecondition::IfMatch(wanted);
            match condition.judge(current.map(|object| object.etag), false) {
                Err(PreconditionFailure::NoSuchKey) => Err(MetaError::NoSuchKey),
                judged => judged.map_err(MetaError::Precondition),
            }
        }
        DeleteCondition::Exactly(etag, at) => {
            let same = current.is_some_and(|object| object.etag == etag && object.last_modified == at);
            if same { Ok(()) } else { Err(MetaError::NoSuchKey) }
        }
    }
}

fn single_part(blob: BlobRef, digests: Digests) -> ManifestPart {
    let Digests { md5, crc64nvme, checksum } = digests;
    let part_number = PartNumber::new(1).expect("1 is a part number");
    ManifestPart { part_number, blob, md5, crc64nvme, checksum }
}
