//! Rows of open and ended uploads.

use drystone_types::{AccountId, ChecksumAlgorithm, ChecksumType, ObjectProperties, Timestamp};

use super::codec::{Malformed, Place, Reader, Writer};
use crate::record::{BucketId, CompletedRecord};

/// An open upload without what its key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredUpload {
    pub(crate) initiated: Timestamp,
    pub(crate) created_at_change: u64,
    pub(crate) initiator: String,
    pub(crate) properties: ObjectProperties,
    pub(crate) checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

impl StoredUpload {
    /// The stored bytes, in a bucket of this owner.
    pub(crate) fn encode(&self, place: &Place<'_>, owner: &AccountId) -> Vec<u8> {
        let mut out = Writer::new();
        out.u64(self.initiated.0);
        out.u64(self.created_at_change);
        out.text(&self.initiator);
        out.properties(&self.properties, owner);
        out.option(self.checksum, |out, (algorithm, kind)| {
            out.algorithm(algorithm);
            out.kind(kind);
        });
        out.seal(place)
    }

    /// Reads stored bytes.
    pub(crate) fn decode(value: &[u8], place: &Place<'_>, owner: &AccountId) -> Result<Self, Malformed> {
        let mut from = Reader::unseal(value, place)?;
        let row = Self {
            initiated: Timestamp(from.u64()?),
            created_at_change: from.u64()?,
            initiator: from.text()?.to_owned(),
            properties: from.properties(owner)?,
            checksum: from.option(|from| Ok((from.algorithm()?, from.kind()?)))?,
        };
        from.finish(row)
    }
}

/// An upload that was completed or aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) bucket: BucketId,
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    /// The answer; `None` when it was aborted.
    pub(crate) answer: Option<CompletedRecord>,
}

impl Ended {
    /// The stored bytes.
    pub(crate) fn encode(&self, place: &Place<'_>) -> Vec<u8> {
        let mut out = Writer::new();
        out.u64(self.bucket.0);
        out.text(&self.key);
        out.u64(self.at.0);
        out.option(self.answer.as_ref(), |out, answer| {
            out.etag(&answer.etag);
            out.object_checksum(answer.checksum.as_ref());
            out.u64(answer.size);
            out.u64(answer.completed.0);
            out.option(answer.version, Writer::version);
        });
        out.seal(place)
    }

    /// Reads stored bytes.
    pub(crate) fn decode(value: &[u8], place: &Place<'_>) -> Result<Self, Malformed> {
        let mut from = Reader::unseal(value, place)?;
        let row = Self {
            bucket: BucketId(from.u64()?),
            key: from.text()?.to_owned(),
            at: Timestamp(from.u64()?),
            answer: from.option(|from| {
                Ok(CompletedRecord {
                    etag: from.etag()?,
                    checksum: from.object_checksum()?,
                    size: from.u64()?,
                    completed: Timestamp(from.u64()?),
                    version: if from.is_v1() { None } else { from.option(Reader::version)? },
                })
            })?,
        };
        from.finish(row)
    }
}
