//! The values of every table.

use bytes::Bytes;
use drystone_types::lifecycle::LifecycleConfiguration;
use drystone_types::{
    BlobRef, BucketName, ChecksumAlgorithm, ChecksumType, Manifest, ManifestPart, ObjectHeaders, Timestamp,
    UploadId,
};

use super::codec::{Malformed, Place, Reader, Writer};
use crate::record::{BucketId, BucketRecord, CompletedRecord, ObjectRecord, PartRecord};

/// A value that a place seals.
macro_rules! sealed {
    ($row:ty, $write:expr, $read:expr) => {
        impl $row {
            /// The stored bytes.
            pub(crate) fn encode(&self, place: &Place<'_>) -> Vec<u8> {
                let mut out = Writer::new();
                let write: fn(&Self, &mut Writer) = $write;
                write(self, &mut out);
                out.seal(place)
            }

            /// Reads stored bytes.
            pub(crate) fn decode(value: &[u8], place: &Place<'_>) -> Result<Self, Malformed> {
                let mut from = Reader::unseal(value, place)?;
                let read: fn(&mut Reader<'_>) -> Result<Self, Malformed> = $read;
                let row = read(&mut from)?;
                from.finish(row)
            }
        }
    };
}

/// High-water marks. Everything here only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Durable commits.
    pub(crate) commit: u64,
    /// Last bucket id given.
    pub(crate) bucket: u64,
    /// Last session begun.
    pub(crate) session: u64,
    /// Last blob name given.
    pub(crate) blob: u64,
    /// Last manifest number given.
    pub(crate) manifest: u64,
    /// Last garbage row.
    pub(crate) garbage: u64,
    /// Last change of a key that has open uploads.
    pub(crate) change: u64,
    /// The latest moment that a step brought.
    pub(crate) latest: Timestamp,
    /// Greatest upload id used.
    pub(crate) upload: Option<UploadId>,
}

sealed!(
    Counters,
    |row, out| {
        let numbers = [
            row.commit,
            row.bucket,
            row.session,
            row.blob,
            row.manifest,
            row.garbage,
            row.change,
            row.latest.0,
        ];
        for number in numbers {
            out.u64(number);
        }
        out.option(row.upload, |out, id| out.u128(id.0));
    },
    |from| {
        Ok(Self {
            commit: from.u64()?,
            bucket: from.u64()?,
            session: from.u64()?,
            blob: from.u64()?,
            manifest: from.u64()?,
            garbage: from.u64()?,
            change: from.u64()?,
            latest: Timestamp(from.u64()?),
            upload: from.option(|from| from.u128().map(UploadId))?,
        })
    }
);

/// A bucket without its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredBucket {
    pub(crate) id: BucketId,
    pub(crate) created: Timestamp,
    pub(crate) location: String,
    pub(crate) lifecycle: Option<LifecycleConfiguration>,
}

sealed!(
    StoredBucket,
    |row, out| {
        out.u64(row.id.0);
        out.u64(row.created.0);
        out.text(&row.location);
        out.option(row.lifecycle.as_ref(), Writer::lifecycle);
    },
    |from| {
        Ok(Self {
            id: BucketId(from.u64()?),
            created: Timestamp(from.u64()?),
            location: from.text()?.to_owned(),
            lifecycle: from.option(Reader::lifecycle)?,
        })
    }
);

impl StoredBucket {
    pub(crate) fn named(self, name: BucketName) -> BucketRecord {
        let Self { id, created, location, lifecycle } = self;
        BucketRecord { id, name, created, location, lifecycle }
    }
}

impl From<&BucketRecord> for StoredBucket {
    fn from(bucket: &BucketRecord) -> Self {
        let BucketRecord { id, created, location, lifecycle, .. } = bucket.clone();
        Self { id, created, location, lifecycle }
    }
}

/// The parts of an object: one beside it, more in a row of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Part(ManifestPart),
    Manifest(u64),
}

/// An object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredObject {
    pub(crate) record: ObjectRecord,
    pub(crate) content: Content,
}

sealed!(
    StoredObject,
    |row, out| {
        out.etag(&row.record.etag);
        out.u64(row.record.size);
        out.u64(row.record.last_modified.0);
        out.headers(&row.record.headers);
        out.object_checksum(row.record.checksum.as_ref());
        match &row.content {
            Content::Part(part) => {
                out.u8(1);
                out.part(part);
            }
            Content::Manifest(number) => {
                out.u8(2);
                out.u64(*number);
            }
        }
    },
    |from| {
        let record = ObjectRecord {
            etag: from.etag()?,
            size: from.u64()?,
            last_modified: Timestamp(from.u64()?),
            headers: from.headers()?,
            checksum: from.object_checksum()?,
        };
        let content = match from.u8()? {
            1 => Content::Part(from.part()?),
            2 => Content::Manifest(from.u64()?),
            _ => return Err(Malformed("the object's content is unknown")),
        };
        Ok(Self { record, content })
    }
);

/// An open upload without what its key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredUpload {
    pub(crate) initiated: Timestamp,
    pub(crate) created_at_change: u64,
    pub(crate) initiator: String,
    pub(crate) headers: ObjectHeaders,
    pub(crate) checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

sealed!(
    StoredUpload,
    |row, out| {
        out.u64(row.initiated.0);
        out.u64(row.created_at_change);
        out.text(&row.initiator);
        out.headers(&row.headers);
        out.option(row.checksum, |out, (algorithm, kind)| {
            out.algorithm(algorithm);
            out.kind(kind);
        });
    },
    |from| {
        Ok(Self {
            initiated: Timestamp(from.u64()?),
            created_at_change: from.u64()?,
            initiator: from.text()?.to_owned(),
            headers: from.headers()?,
            checksum: from.option(|from| Ok((from.algorithm()?, from.kind()?)))?,
        })
    }
);

/// An upload that was completed or aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) bucket: BucketId,
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    /// The answer; `None` when it was aborted.
    pub(crate) answer: Option<CompletedRecord>,
}

sealed!(
    Ended,
    |row, out| {
        out.u64(row.bucket.0);
        out.text(&row.key);
        out.u64(row.at.0);
        out.option(row.answer.as_ref(), |out, answer| {
            out.etag(&answer.etag);
            out.object_checksum(answer.checksum.as_ref());
            out.u64(answer.size);
            out.u64(answer.completed.0);
        });
    },
    |from| {
        Ok(Self {
            bucket: BucketId(from.u64()?),
            key: from.text()?.to_owned(),
            at: Timestamp(from.u64()?),
            answer: from.option(|from| {
                Ok(CompletedRecord {
                    etag: from.etag()?,
                    checksum: from.object_checksum()?,
                    size: from.u64()?,
                    completed: Timestamp(from.u64()?),
                })
            })?,
        })
    }
);

/// What a garbage row gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Discarded {
    Blob(BlobRef),
    Manifest(u64),
    Blobs(Vec<BlobRef>),
}

sealed!(
    Discarded,
    |row, out| match row {
        Self::Blob(blob) => {
            out.u8(1);
            out.blob(blob);
        }
        Self::Manifest(number) => {
            out.u8(2);
            out.u64(*number);
        }
        Self::Blobs(blobs) => {
            out.u8(3);
            out.len(blobs.len());
            for blob in blobs {
                out.blob(blob);
            }
        }
    },
    |from| match from.u8()? {
        1 => from.blob().map(Self::Blob),
        2 => from.u64().map(Self::Manifest),
        3 => from.list(Reader::blob).map(Self::Blobs),
        _ => Err(Malformed("the garbage is of an unknown kind")),
    }
);

pub(crate) fn encode_part(row: &PartRecord, place: &Place<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    out.u64(row.last_modified.0);
    out.part(&row.part);
    out.seal(place)
}

pub(crate) fn decode_part(value: &[u8], place: &Place<'_>) -> Result<PartRecord, Malformed> {
    let mut from = Reader::unseal(value, place)?;
    let last_modified = Timestamp(from.u64()?);
    let part = from.part()?;
    from.finish(PartRecord { part, last_modified })
}

/// At most 76 bytes a part.
pub(crate) fn encode_manifest(parts: &[ManifestPart], place: &Place<'_>) -> Vec<u8> {
    let mut out = Writer::with_capacity(16 + parts.len() * 76);
    out.len(parts.len());
    for part in parts {
        out.part(part);
    }
    out.seal(place)
}

pub(crate) fn decode_manifest(value: &[u8], place: &Place<'_>) -> Result<Manifest, Malformed> {
    let mut from = Reader::unseal(value, place)?;
    let parts = from.list(Reader::part)?;
    from.finish(Manifest { parts })
}

pub(crate) fn encode_inline(bytes: &[u8], place: &Place<'_>) -> Vec<u8> {
    let mut out = Writer::with_capacity(bytes.len() + 5);
    out.bytes(bytes);
    out.seal(place)
}

pub(crate) fn decode_inline(value: &[u8], place: &Place<'_>) -> Result<Bytes, Malformed> {
    Ok(Bytes::copy_from_slice(Reader::unseal(value, place)?.rest()))
}

pub(crate) fn encode_number(number: u64, place: &Place<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    out.u64(number);
    out.seal(place)
}

pub(crate) fn decode_number(value: &[u8], place: &Place<'_>) -> Result<u64, Malformed> {
    let mut from = Reader::unseal(value, place)?;
    let number = from.u64()?;
    from.finish(number)
}

pub(crate) fn encode_name(name: &BucketName, place: &Place<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    out.text(name.as_str());
    out.seal(place)
}

pub(crate) fn decode_name(value: &[u8], place: &Place<'_>) -> Result<BucketName, Malformed> {
    let mut from = Reader::unseal(value, place)?;
    let name = BucketName::parse(from.text()?).map_err(|_| Malformed("the bucket's name is not legal"))?;
    from.finish(name)
}

/// A row that says all by being there.
pub(crate) fn encode_mark(place: &Place<'_>) -> Vec<u8> {
    Writer::new().seal(place)
}

pub(crate) fn decode_mark(value: &[u8], place: &Place<'_>) -> Result<(), Malformed> {
    Reader::unseal(value, place)?.finish(())
}
