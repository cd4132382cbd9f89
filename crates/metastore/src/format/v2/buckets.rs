//! Bucket rows. What every step needs stands first, so that it need not read the settings behind it.

use drystone_types::lock::{DefaultRetention, RetentionPeriod};
use drystone_types::{AccountId, BucketName, ObjectLockConfiguration, RetentionMode, Timestamp, Versioning};

use super::codec::{Malformed, Place, Reader, Writer};
use crate::record::{BucketId, BucketRecord, DocumentKind};

/// What steps judge by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BucketHead {
    pub(crate) id: u64,
    pub(crate) versioning: Versioning,
    pub(crate) quota_bytes: Option<u64>,
    pub(crate) owner: AccountId,
}

impl BucketHead {
    /// Reads the first fields of a bucket row.
    pub(crate) fn decode(value: &[u8], place: &Place<'_>) -> Result<Self, Malformed> {
        Self::read(&mut Reader::unseal(value, place)?)
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let id = from.u64()?;
        if from.is_v1() {
            return Ok(Self { id, versioning: Versioning::Unversioned, quota_bytes: None, owner: nobody() });
        }
        Ok(Self {
            id,
            versioning: from.versioning()?,
            quota_bytes: from.option(Reader::u64)?,
            owner: from.account()?,
        })
    }
}

impl From<&BucketRecord> for BucketHead {
    fn from(bucket: &BucketRecord) -> Self {
        let BucketRecord { id, versioning, quota_bytes, owner, .. } = bucket;
        Self { id: id.0, versioning: *versioning, quota_bytes: *quota_bytes, owner: owner.clone() }
    }
}

/// Version 1 knew no owners; the migration sets them.
fn nobody() -> AccountId {
    AccountId::parse("nobody").expect("a legal id")
}

pub(crate) fn encode_bucket(bucket: &BucketRecord, place: &Place<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    out.u64(bucket.id.0);
    out.versioning(bucket.versioning);
    out.option(bucket.quota_bytes, Writer::u64);
    out.text(bucket.owner.as_str());
    out.u64(bucket.created.0);
    out.u64(bucket.revision);
    out.text(&bucket.location);
    out.option(bucket.object_lock.as_ref(), |out, lock| out.option(lock.default, Writer::default_retention));
    out.option(bucket.lifecycle.as_ref(), Writer::lifecycle);
    out.len(bucket.documents.len());
    for (kind, text) in &bucket.documents {
        let number = DocumentKind::ALL.iter().position(|other| other == kind);
        out.u8(number.and_then(|number| u8::try_from(number).ok()).expect("ALL holds all"));
        out.text(text);
    }
    out.seal(place)
}

pub(crate) fn decode_bucket(
    value: &[u8],
    place: &Place<'_>,
    name: &BucketName,
) -> Result<BucketRecord, Malformed> {
    let mut from = Reader::unseal(value, place)?;
    let BucketHead { id, versioning, quota_bytes, owner } = BucketHead::read(&mut from)?;
    let created = Timestamp(from.u64()?);
    let is_v1 = from.is_v1();
    let revision = if is_v1 { 0 } else { from.u64()? };
    let location = from.text()?.to_owned();
    let object_lock = if is_v1 { None } else { from.option(Reader::object_lock)? };
    let lifecycle = from.option(Reader::lifecycle)?;
    let documents = if is_v1 { Vec::new() } else { from.list(Reader::document)? };
    let documents = documents.into_iter().collect();
    let (id, name) = (BucketId(id), name.clone());
    from.finish(BucketRecord {
        id,
        name,
        created,
        location,
        owner,
        versioning,
        object_lock,
        lifecycle,
        quota_bytes,
        documents,
        revision,
    })
}

impl Writer {
    fn versioning(&mut self, versioning: Versioning) {
        self.u8(match versioning {
            Versioning::Unversioned => 0,
            Versioning::Enabled => 1,
            Versioning::Suspended => 2,
        });
    }

    fn default_retention(&mut self, retention: DefaultRetention) {
        self.retention_mode(retention.mode);
        let (unit, count) = match retention.period {
            RetentionPeriod::Days(days) => (1, days),
            RetentionPeriod::Years(years) => (2, years),
        };
        self.u8(unit);
        self.u32(count);
    }

    pub(super) fn retention_mode(&mut self, mode: RetentionMode) {
        self.u8(match mode {
            RetentionMode::Governance => 1,
            RetentionMode::Compliance => 2,
        });
    }
}

impl Reader<'_> {
    fn versioning(&mut self) -> Result<Versioning, Malformed> {
        match self.u8()? {
            0 => Ok(Versioning::Unversioned),
            1 => Ok(Versioning::Enabled),
            2 => Ok(Versioning::Suspended),
            _ => Err(Malformed("the versioning state is unknown")),
        }
    }

    fn object_lock(&mut self) -> Result<ObjectLockConfiguration, Malformed> {
        let default = self.option(|from| {
            let mode = from.retention_mode()?;
            let period = match from.u8()? {
                1 => RetentionPeriod::Days(from.u32()?),
                2 => RetentionPeriod::Years(from.u32()?),
                _ => return Err(Malformed("the unit of the retention is unknown")),
            };
            Ok(DefaultRetention { mode, period })
        })?;
        Ok(ObjectLockConfiguration { default })
    }

    pub(super) fn retention_mode(&mut self) -> Result<RetentionMode, Malformed> {
        match self.u8()? {
            1 => Ok(RetentionMode::Governance),
            2 => Ok(RetentionMode::Compliance),
            _ => Err(Malformed("the retention mode is unknown")),
        }
    }

    fn document(&mut self) -> Result<(DocumentKind, String), Malformed> {
        let kind = DocumentKind::ALL.get(usize::from(self.u8()?)).copied();
        Ok((kind.ok_or(Malformed("the kind of a document is unknown"))?, self.text()?.to_owned()))
    }
}
