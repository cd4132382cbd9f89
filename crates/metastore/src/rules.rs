//! The decisions of the steps, free of storage: conditions, locks, quotas, settings. Every engine asks the same ones.

use drystone_types::precondition::PreconditionFailure;
use drystone_types::{
    BlobRef, BucketName, ETag, Key, ManifestPart, ObjectChecksum, ObjectLock, ObjectLockConfiguration,
    PartNumber, Timestamp, Version, VersionId, Versioning, WritePrecondition,
};

use crate::MetaError;
use crate::record::{
    BucketChange, BucketId, BucketRecord, BucketUsage, CommitUpload, CompletedRecord, CreateBucket,
    DeleteCondition, DeleteMarker, Digests, Event, EventSeed, ObjectChange, ObjectRecord, PutObject, PutPart,
};

/// What a condition is judged by: an object version or a delete marker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) version: Version,
    pub(crate) last_modified: Timestamp,
    /// ETag and size; `None` for a delete marker.
    pub(crate) object: Option<(ETag, u64)>,
}

impl From<&ObjectRecord> for Seen {
    fn from(object: &ObjectRecord) -> Self {
        let ObjectRecord { version, last_modified, etag, size, .. } = object;
        Self { version: *version, last_modified: *last_modified, object: Some((*etag, *size)) }
    }
}

impl From<&DeleteMarker> for Seen {
    fn from(marker: &DeleteMarker) -> Self {
        Self { version: marker.version, last_modified: marker.last_modified, object: None }
    }
}

/// Judges a delete by the version that it meets: the one it has `named`, or the current one.
pub(crate) fn judge_delete(
    condition: DeleteCondition,
    seen: Option<Seen>,
    named: bool,
) -> Result<(), MetaError> {
    let failed = || Err(MetaError::Precondition(PreconditionFailure::Failed("If-Match")));
    let object = seen.and_then(|seen| seen.object);
    match condition {
        DeleteCondition::None => Ok(()),
        DeleteCondition::IfMatch(wanted) => {
            match WritePrecondition::IfMatch(wanted).judge(object.map(|(etag, _)| etag), false) {
                Err(PreconditionFailure::NoSuchKey) => Err(MetaError::NoSuchKey),
                judged => judged.map_err(MetaError::Precondition),
            }
        }
        DeleteCondition::Exists => {
            let exists = object.is_some() || (named && seen.is_some());
            if exists { Ok(()) } else { Err(MetaError::NoSuchKey) }
        }
        DeleteCondition::Attributes { etag, last_modified, size } => {
            let (Some((has_etag, has_size)), Some(seen)) = (object, seen) else {
                return Err(MetaError::NoSuchKey);
            };
            let same = etag.is_none_or(|etag| etag == has_etag)
                && size.is_none_or(|size| size == has_size)
                && last_modified.is_none_or(|at| at.0 / 1000 == seen.last_modified.0 / 1000);
            if same { Ok(()) } else { failed() }
        }
        DeleteCondition::Exactly(version, at)
        | DeleteCondition::Noncurrent(version, at)
        | DeleteCondition::Alone(version, at) => {
            let same = seen.is_some_and(|seen| seen.version == version && seen.last_modified == at);
            if same { Ok(()) } else { Err(MetaError::NoSuchKey) }
        }
    }
}

/// Judges what a delete says of the place of a version in its key's history. `has_others`: has the key
/// another version beside it?
pub(crate) fn judge_place(
    condition: DeleteCondition,
    current: Option<Version>,
    has_others: bool,
) -> Result<(), MetaError> {
    let holds = match condition {
        DeleteCondition::Noncurrent(version, _) => current != Some(version),
        DeleteCondition::Alone(..) => !has_others,
        _ => true,
    };
    if holds { Ok(()) } else { Err(MetaError::NoSuchKey) }
}

/// Fails while a lock holds what would be deleted or replaced.
pub(crate) fn check_lock(lock: Option<&ObjectLock>, now: Timestamp, bypass: bool) -> Result<(), MetaError> {
    if lock.is_none_or(|lock| lock.allows_delete(now, bypass)) { Ok(()) } else { Err(MetaError::Locked) }
}

/// Fails when `new` bytes in the place of `replaced` ones would go over the quota.
pub(crate) fn check_quota(
    quota: Option<u64>,
    usage: BucketUsage,
    replaced: u64,
    new: u64,
) -> Result<(), MetaError> {
    let Some(quota_bytes) = quota else { return Ok(()) };
    let held = usage.version_bytes.saturating_add(usage.part_bytes).saturating_sub(replaced);
    let fits = held.saturating_add(new) <= quota_bytes || new <= replaced;
    if fits { Ok(()) } else { Err(MetaError::QuotaExceeded { quota_bytes }) }
}

impl BucketUsage {
    pub(crate) fn gain_version(&mut self, bytes: u64) {
        self.versions += 1;
        self.version_bytes = self.version_bytes.saturating_add(bytes);
    }

    pub(crate) fn lose_version(&mut self, bytes: u64) {
        self.versions = self.versions.saturating_sub(1);
        self.version_bytes = self.version_bytes.saturating_sub(bytes);
    }

    pub(crate) fn gain_part(&mut self, bytes: u64) {
        self.parts += 1;
        self.part_bytes = self.part_bytes.saturating_add(bytes);
    }

    /// Parts are replaced, or leave with their upload.
    pub(crate) fn lose_parts(&mut self, parts: u64, bytes: u64) {
        self.parts = self.parts.saturating_sub(parts);
        self.part_bytes = self.part_bytes.saturating_sub(bytes);
    }
}

/// The record of a new bucket.
pub(crate) fn new_bucket(id: BucketId, create: CreateBucket) -> BucketRecord {
    let CreateBucket { name, location, owner, object_lock, documents, now } = create;
    BucketRecord {
        id,
        name,
        created: now,
        location,
        owner,
        versioning: if object_lock { Versioning::Enabled } else { Versioning::Unversioned },
        object_lock: object_lock.then(ObjectLockConfiguration::default),
        lifecycle: None,
        quota_bytes: None,
        documents,
        revision: 0,
    }
}

/// Changes a bucket's setting.
pub(crate) fn change_bucket(bucket: &mut BucketRecord, change: BucketChange) -> Result<(), MetaError> {
    match change {
        BucketChange::Lifecycle(lifecycle) => bucket.lifecycle = lifecycle,
        BucketChange::Versioning(to) => {
            if to == Versioning::Unversioned && bucket.versioning != Versioning::Unversioned {
                return Err(MetaError::InvalidBucketState("versioning can be suspended, never unset"));
            }
            if to == Versioning::Suspended && bucket.object_lock.is_some() {
                return Err(MetaError::InvalidBucketState("object lock needs versioning"));
            }
            bucket.versioning = to;
        }
        BucketChange::ObjectLock(configuration) => {
            if bucket.versioning != Versioning::Enabled {
                return Err(MetaError::InvalidBucketState("object lock needs versioning"));
            }
            bucket.object_lock = Some(configuration);
        }
        BucketChange::Quota(quota) => bucket.quota_bytes = quota,
        BucketChange::Document(kind, None) => {
            bucket.documents.remove(&kind);
        }
        BucketChange::Document(kind, Some(text)) => {
            bucket.documents.insert(kind, text);
        }
    }
    bucket.revision += 1;
    Ok(())
}

/// Changes a version in place.
pub(crate) fn change_object(
    object: &mut ObjectRecord,
    change: ObjectChange,
    now: Timestamp,
) -> Result<(), MetaError> {
    let properties = &mut object.properties;
    match change {
        ObjectChange::Tags(tags) => properties.tags = tags,
        ObjectChange::Retention { retention, bypass_governance } => {
            if !properties.lock.allows_retention(retention, now, bypass_governance) {
                return Err(MetaError::Locked);
            }
            properties.lock.retention = retention;
        }
        ObjectChange::LegalHold(on) => properties.lock.legal_hold = Some(on),
        ObjectChange::Acl(acl) => properties.acl = acl,
    }
    Ok(())
}

/// The object that a put makes of its blob, and its only part.
pub(crate) fn put_object(put: PutObject, version: Version, blob: BlobRef) -> (ObjectRecord, ManifestPart) {
    let Digests { md5, crc64nvme, checksum } = put.digests;
    let record = ObjectRecord {
        version,
        etag: put.etag.unwrap_or(ETag::single(md5)),
        size: put.size,
        last_modified: put.now,
        properties: put.properties,
        checksum: checksum.map(ObjectChecksum::full),
    };
    let part_number = PartNumber::new(1).expect("1 is a part number");
    (record, ManifestPart { part_number, size: put.size, blob, md5, crc64nvme, checksum })
}

/// The part that a put makes of its blob; its checksum is kept only where the upload declared an algorithm (b52).
pub(crate) fn put_part(put: &PutPart, declared: bool, blob: BlobRef) -> ManifestPart {
    ManifestPart {
        part_number: put.part_number,
        size: put.size,
        blob,
        md5: put.digests.md5,
        crc64nvme: put.digests.crc64nvme,
        checksum: put.digests.checksum.filter(|_| declared),
    }
}

/// What Complete answers, also when it is repeated.
pub(crate) fn completed(commit: &CommitUpload, object: &ObjectRecord) -> CompletedRecord {
    CompletedRecord {
        etag: commit.etag,
        checksum: commit.checksum,
        size: object.size,
        version: Some(object.version).filter(|version| !version.is_null), // b192
        completed: commit.now,
    }
}

/// The id after this one.
pub(crate) fn next_id(id: VersionId) -> VersionId {
    VersionId(id.0.saturating_add(1))
}

/// Is the version that a bucket's write makes its key's null version?
pub(crate) fn writes_null(versioning: Versioning) -> bool {
    versioning != Versioning::Enabled
}

/// A version as answers and events of this bucket show it.
pub(crate) fn shown(versioning: Versioning, version: Version) -> Option<Version> {
    Some(version).filter(|_| versioning != Versioning::Unversioned)
}

/// Where an event happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) bucket: &'a BucketName,
    pub(crate) key: &'a Key,
    pub(crate) versioning: Versioning,
    pub(crate) now: Timestamp,
}

/// The event of a step.
pub(crate) fn event(row: u64, seed: EventSeed, scene: Scene<'_>, seen: Seen) -> Event {
    Event {
        row,
        seed,
        bucket: scene.bucket.clone(),
        key: scene.key.clone(),
        version: shown(scene.versioning, seen.version),
        object: seen.object,
        time: scene.now,
    }
}
