//! The small rows: counters, garbage, usage, and values of one field.

use bytes::Bytes;
use drystone_types::{BlobRef, BucketName, Timestamp, VersionId};

use super::codec::{Malformed, Place, Reader, Writer};
use crate::record::BucketUsage;

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
    /// Greatest upload or version id used.
    pub(crate) version: Option<VersionId>,
    /// Last event told.
    pub(crate) event: u64,
    /// Changes of the identities.
    pub(crate) identities: u64,
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
        out.option(row.version, |out, id| out.u128(id.0));
        out.u64(row.event);
        out.u64(row.identities);
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
            version: from.option(|from| from.u128().map(VersionId))?,
            event: if from.is_v1() { 0 } else { from.u64()? },
            identities: if from.is_v1() { 0 } else { from.u64()? },
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

pub(crate) fn encode_bytes(bytes: &[u8], place: &Place<'_>) -> Vec<u8> {
    let mut out = Writer::with_capacity(bytes.len() + 5);
    out.bytes(bytes);
    out.seal(place)
}

pub(crate) fn decode_bytes(value: &[u8], place: &Place<'_>) -> Result<Bytes, Malformed> {
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

pub(crate) fn encode_id(id: VersionId, place: &Place<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    out.u128(id.0);
    out.seal(place)
}

pub(crate) fn decode_id(value: &[u8], place: &Place<'_>) -> Result<VersionId, Malformed> {
    let mut from = Reader::unseal(value, place)?;
    let id = VersionId(from.u128()?);
    from.finish(id)
}

pub(crate) fn encode_usage(usage: &BucketUsage, place: &Place<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    for number in [usage.versions, usage.version_bytes, usage.parts, usage.part_bytes] {
        out.u64(number);
    }
    out.seal(place)
}

pub(crate) fn decode_usage(value: &[u8], place: &Place<'_>) -> Result<BucketUsage, Malformed> {
    let mut from = Reader::unseal(value, place)?;
    let usage = BucketUsage {
        versions: from.u64()?,
        version_bytes: from.u64()?,
        parts: from.u64()?,
        part_bytes: from.u64()?,
    };
    from.finish(usage)
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

/// Was this row written by version 1?
pub(crate) fn is_v1(value: &[u8], place: &Place<'_>) -> Result<bool, Malformed> {
    Ok(Reader::unseal(value, place)?.is_v1())
}
