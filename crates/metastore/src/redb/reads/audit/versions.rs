//! The audit of histories: what is current stands in `objects`, and the newest of `versions` is older or a delete marker.

use drystone_types::Key;

use super::Audit;
use crate::format::v2::{Place, StoredObject, StoredVersion, decode_id};
use crate::listing::version_number;
use crate::record::{AuditRow, BucketId};
use crate::redb::error::Step;
use crate::redb::history::{get_object, get_version, newest_of};
use crate::redb::tables;
use drystone_types::Versioning;

impl Audit<'_, '_> {
    pub(super) fn versions(&mut self) -> Step<()> {
        self.current()?;
        self.older()?;
        self.nulls()
    }

    fn current(&mut self) -> Step<()> {
        let (names, versions) = (self.view.open(tables::BUCKET_NAMES)?, self.view.open(tables::VERSIONS)?);
        let owner = self.owners();
        let decode = |value: &[u8], place: &Place<'_>| StoredObject::decode(value, place, &owner(place));
        self.each(tables::OBJECTS, decode, |audit, at, object| {
            let Ok(key) = Key::parse(at.1) else {
                return audit.broken(format!("object {at:?}: the key is not legal"));
            };
            if !names.has(&at.0)? {
                audit.broken(format!("object {at:?} has no bucket"))?;
            }
            if let Some(head) = audit.heads.get(&at.0)
                && let Ok(Some(older)) = newest_of(&versions, head, at.1)
                && older.version().id >= object.record.version.id
            {
                audit.broken(format!("object {at:?} is not the newest version"))?;
            }
            audit.object(at.0, key, object, true)
        })
    }

    fn older(&mut self) -> Step<()> {
        let (objects, nulls) = (self.view.open(tables::OBJECTS)?, self.view.open(tables::NULLS)?);
        let owner = self.owners();
        let decode = |value: &[u8], place: &Place<'_>| StoredVersion::decode(value, place, &owner(place));
        let mut last = (0, String::new());
        self.each(tables::VERSIONS, decode, |audit, at, row| {
            let Ok(key) = Key::parse(at.1) else {
                return audit.broken(format!("version {at:?}: the key is not legal"));
            };
            let is_first = (at.0, at.1) != (last.0, last.1.as_str());
            last = (at.0, at.1.to_owned());
            let version = row.version();
            if audit.heads.get(&at.0).is_none_or(|head| head.versioning == Versioning::Unversioned) {
                audit.broken(format!("version {at:?} has no bucket with versions"))?;
            }
            if version_number(version.id) != at.2 {
                audit.broken(format!("version {at:?} says that it is another"))?;
            }
            let null = nulls.get(&(at.0, at.1), decode_id).ok().flatten();
            if version.is_null && null != Some(version.id) {
                audit.broken(format!("version {at:?} is null, and not found as such"))?;
            }
            if audit.counters.version < Some(version.id) {
                audit.broken(format!("version {at:?}: the id was never given"))?;
            }
            let is_current = is_first && !objects.has(&(at.0, at.1))?;
            match row {
                StoredVersion::Object(object) => {
                    if is_current {
                        audit.broken(format!("version {at:?} is current and out of place"))?;
                    }
                    audit.object(at.0, key, object, is_current)
                }
                StoredVersion::Marker(marker) => {
                    (audit.meet)(AuditRow::DeleteMarker(BucketId(at.0), key, marker, is_current))
                }
            }
        })
    }

    fn nulls(&mut self) -> Step<()> {
        let (objects, versions) = (self.view.open(tables::OBJECTS)?, self.view.open(tables::VERSIONS)?);
        self.each(tables::NULLS, decode_id, |audit, at, id| {
            let Some(head) = audit.heads.get(&at.0) else {
                return audit.broken(format!("null version {at:?} has no bucket"));
            };
            let found = get_version(&versions, head, at.1, id).ok().flatten();
            let current = get_object(&objects, head, at.1).ok().flatten();
            let is_null = found.is_some_and(|found| found.version().is_null);
            let is_only = current.is_none_or(|current| !current.record.version.is_null);
            audit.holds(is_null, || format!("null version {at:?} leads nowhere"))?;
            audit.holds(is_only, || format!("{at:?} has two null versions"))
        })
    }

    /// Meets an object version, the owner of its manifest's blobs.
    fn object(&mut self, bucket: u64, key: Key, object: StoredObject, is_current: bool) -> Step<()> {
        let Some(manifest) = self.manifest_of(&object.content)? else { return Ok(()) };
        if !manifest.adds_up(object.record.size) {
            self.broken(format!("object {key:?} of bucket {bucket}: its parts do not add up"))?;
        }
        for part in &manifest.parts {
            self.name_blob(&part.blob)?;
        }
        self.usage.entry(bucket).or_default().gain_version(object.record.size);
        let record = Box::new(object.record);
        (self.meet)(AuditRow::Object(BucketId(bucket), key, record, manifest, is_current))
    }
}
