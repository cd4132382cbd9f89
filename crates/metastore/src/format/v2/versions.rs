//! Rows of objects, older versions and delete markers, and of their parts.

use drystone_types::{AccountId, Manifest, ManifestPart, Timestamp, Version, VersionId};

use super::codec::{Malformed, Place, Reader, Writer};
use crate::record::{DeleteMarker, ObjectRecord, PartRecord};

/// The parts of an object: one beside it, more in a row of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Part(ManifestPart),
    Manifest(u64),
}

/// An object: the current version of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredObject {
    pub(crate) record: ObjectRecord,
    pub(crate) content: Content,
}

impl StoredObject {
    /// The stored bytes, in a bucket of this owner.
    pub(crate) fn encode(&self, place: &Place<'_>, owner: &AccountId) -> Vec<u8> {
        let mut out = Writer::new();
        self.write(&mut out, owner);
        out.seal(place)
    }

    /// Reads stored bytes. An object of version 1 is its key's null version, older than all others.
    pub(crate) fn decode(value: &[u8], place: &Place<'_>, owner: &AccountId) -> Result<Self, Malformed> {
        let mut from = Reader::unseal(value, place)?;
        let row = Self::read(&mut from, owner)?;
        from.finish(row)
    }

    fn write(&self, out: &mut Writer, owner: &AccountId) {
        let record = &self.record;
        out.version(record.version);
        out.etag(&record.etag);
        out.u64(record.size);
        out.u64(record.last_modified.0);
        out.properties(&record.properties, owner);
        out.object_checksum(record.checksum.as_ref());
        match &self.content {
            Content::Part(part) => {
                out.u8(1);
                out.part(part);
            }
            Content::Manifest(number) => {
                out.u8(2);
                out.u64(*number);
            }
        }
    }

    fn read(from: &mut Reader<'_>, owner: &AccountId) -> Result<Self, Malformed> {
        let oldest = Version { id: VersionId(0), is_null: true };
        let record = ObjectRecord {
            version: if from.is_v1() { oldest } else { from.version()? },
            etag: from.etag()?,
            size: from.u64()?,
            last_modified: Timestamp(from.u64()?),
            properties: from.properties(owner)?,
            checksum: from.object_checksum()?,
        };
        let content = match from.u8()? {
            1 => Content::Part(from.part()?),
            2 => Content::Manifest(from.u64()?),
            _ => return Err(Malformed("the object's content is unknown")),
        };
        Ok(Self { record, content })
    }
}

/// A version that is not the current object, or a delete marker.
#[expect(clippy::large_enum_variant, reason = "one value per step; a box would only hide it")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoredVersion {
    Object(StoredObject),
    Marker(DeleteMarker),
}

impl StoredVersion {
    pub(crate) fn version(&self) -> Version {
        match self {
            Self::Object(object) => object.record.version,
            Self::Marker(marker) => marker.version,
        }
    }

    pub(crate) fn object(&self) -> Option<&StoredObject> {
        match self {
            Self::Object(object) => Some(object),
            Self::Marker(_) => None,
        }
    }

    /// The stored bytes, in a bucket of this owner.
    pub(crate) fn encode(&self, place: &Place<'_>, owner: &AccountId) -> Vec<u8> {
        let mut out = Writer::new();
        match self {
            Self::Object(object) => {
                out.u8(1);
                object.write(&mut out, owner);
            }
            Self::Marker(marker) => {
                out.u8(2);
                out.version(marker.version);
                out.u64(marker.last_modified.0);
                out.option(
                    Some(marker.owner.as_str()).filter(|other| *other != owner.as_str()),
                    Writer::text,
                );
            }
        }
        out.seal(place)
    }

    /// Reads stored bytes.
    pub(crate) fn decode(value: &[u8], place: &Place<'_>, owner: &AccountId) -> Result<Self, Malformed> {
        let mut from = Reader::unseal(value, place)?;
        let row = match from.u8()? {
            1 => Self::Object(StoredObject::read(&mut from, owner)?),
            2 => Self::Marker(DeleteMarker {
                version: from.version()?,
                last_modified: Timestamp(from.u64()?),
                owner: from.option(Reader::account)?.unwrap_or_else(|| owner.clone()),
            }),
            _ => return Err(Malformed("the version is of an unknown kind")),
        };
        from.finish(row)
    }
}

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

/// Most parts take fewer than 80 bytes.
pub(crate) fn encode_manifest(parts: &[ManifestPart], place: &Place<'_>) -> Vec<u8> {
    let mut out = Writer::with_capacity(16 + parts.len() * 80);
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
