//! The audit: meets every row once on one snapshot. What cannot be read or leads nowhere is reported, never repaired.

use std::collections::{BTreeSet, HashMap};

use drystone_types::{BlobHome, BlobId, BlobRef, BucketName, Key, Manifest, UploadId};

use super::View;
use super::uploads::record;
use crate::MetaError;
use crate::format::v1::{
    Content, Counters, Discarded, Ended, Malformed, Place, StoredBucket, StoredObject, StoredUpload,
    decode_inline, decode_manifest, decode_mark, decode_name, decode_number, decode_part,
};
use crate::record::{AuditRow, BucketId, SessionId};
use crate::redb::error::{Fault, Step};
use crate::redb::tables::{self, RowKey, Table};

/// Takes what the audit meets; its error ends the audit.
pub(in crate::redb) type Meet<'a> = dyn FnMut(AuditRow) -> Step<()> + 'a;

impl View {
    /// Reports all rows to `meet`.
    pub(in crate::redb) fn audit(&self, meet: &mut Meet<'_>) -> Step<()> {
        let mut audit = Audit {
            view: self,
            meet,
            counters: self.counters()?,
            manifests: self.keys(tables::MANIFESTS, |number| number)?,
            inline: self.keys(tables::INLINE, |id| id)?,
            owners: HashMap::new(),
        };
        audit.buckets()?;
        audit.leases()?;
        audit.uploads()?;
        audit.ended()?;
        audit.parts()?;
        audit.objects()?;
        audit.garbage()?;
        audit.inline()?;
        audit.manifests()
    }

    fn keys<K: RowKey, T: Ord>(
        &self,
        table: Table<K>,
        keep: impl Fn(K::SelfType<'_>) -> T,
    ) -> Step<BTreeSet<T>> {
        let rows = self.open(table)?;
        rows.all()?.map(|row| Ok(keep(row?.0.value()))).collect()
    }
}

struct Audit<'a, 'm> {
    view: &'a View,
    meet: &'a mut Meet<'m>,
    counters: Counters,
    /// Manifests that nothing has named so far.
    manifests: BTreeSet<u64>,
    /// Inline blobs that nothing has named so far.
    inline: BTreeSet<u64>,
    /// Uploads, and whether their part rows own their blobs.
    owners: HashMap<UploadId, bool>,
}

impl Audit<'_, '_> {
    /// Decodes all rows of a table; a row that cannot be read is reported and passed over.
    fn each<K: RowKey, T>(
        &mut self,
        table: Table<K>,
        decode: impl Fn(&[u8], &Place<'_>) -> Result<T, Malformed>,
        mut then: impl FnMut(&mut Self, &K::SelfType<'_>, T) -> Step<()>,
    ) -> Step<()> {
        let rows = self.view.open(table)?;
        for row in rows.all()? {
            let (key, value) = row?;
            let key = key.value();
            match rows.check(&key, decode(value.value(), &rows.place(&key))) {
                Ok(row) => then(self, &key, row)?,
                Err(fault) => self.fault(fault)?,
            }
        }
        Ok(())
    }

    fn broken(&mut self, what: String) -> Step<()> {
        (self.meet)(AuditRow::Broken(what))
    }

    /// Reports what does not hold.
    fn holds(&mut self, holds: bool, otherwise: impl FnOnce() -> String) -> Step<()> {
        if holds { Ok(()) } else { self.broken(otherwise()) }
    }

    /// Reports what is corrupt; passes on what stops the audit.
    fn fault(&mut self, fault: Fault) -> Step<()> {
        match fault {
            Fault::Outcome(MetaError::Corrupt(what)) => self.broken(what),
            fault => Err(fault),
        }
    }

    fn buckets(&mut self) -> Step<()> {
        let names = self.view.open(tables::BUCKET_NAMES)?;
        self.each(tables::BUCKETS, StoredBucket::decode, |audit, name, bucket| {
            let Ok(parsed) = BucketName::parse(name) else {
                return audit.broken(format!("bucket {name:?}: the name is not legal"));
            };
            if names.get(&bucket.id.0, decode_name).ok().flatten().as_ref() != Some(&parsed) {
                audit.broken(format!("bucket {name}: its id leads elsewhere"))?;
            }
            if bucket.id.0 > audit.counters.bucket {
                audit.broken(format!("bucket {name}: its id was never given"))?;
            }
            (audit.meet)(AuditRow::Bucket(bucket.named(parsed)))
        })?;
        let buckets = self.view.open(tables::BUCKETS)?;
        self.each(tables::BUCKET_NAMES, decode_name, |audit, id, name| {
            let there = buckets.get(&name.as_str(), StoredBucket::decode).ok().flatten();
            audit.holds(there.is_some_and(|bucket| bucket.id.0 == *id), || {
                format!("bucket id {id} leads to no bucket")
            })
        })?;
        self.each(tables::DEAD_BUCKETS, decode_mark, |_, _, ()| Ok(()))
    }

    fn leases(&mut self) -> Step<()> {
        self.each(tables::LEASES, decode_number, |audit, id, session| {
            if *id > audit.counters.blob {
                audit.broken(format!("lease of {}: the name was never given", BlobId(*id)))?;
            }
            (audit.meet)(AuditRow::Lease(BlobId(*id), SessionId(session)))
        })
    }

    fn uploads(&mut self) -> Step<()> {
        let (names, dead) = (self.view.open(tables::BUCKET_NAMES)?, self.view.open(tables::DEAD_BUCKETS)?);
        self.each(tables::UPLOADS, StoredUpload::decode, |audit, at, row| {
            let Ok(key) = Key::parse(at.1) else {
                return audit.broken(format!("upload {}: the key is not legal", UploadId(at.2)));
            };
            let upload = record(*at, key, row);
            if audit.owners.insert(upload.id, true).is_some() {
                audit.broken(format!("upload {} is there twice", upload.id))?;
            }
            match (names.has(&at.0)?, dead.has(&at.0)?) {
                (true, false) => (audit.meet)(AuditRow::Upload(Box::new(upload))),
                (false, true) => Ok(()), // waits for the sweep to end it
                _ => audit.broken(format!("upload {} has no bucket", upload.id)),
            }
        })?;
        let uploads = self.view.open(tables::UPLOADS)?;
        self.each(tables::TOUCHED, decode_number, |audit, at, _| {
            let open = uploads.range((at.0, at.1, 0)..=(at.0, at.1, u128::MAX))?.next().transpose()?;
            match open {
                Some(_) => Ok(()),
                None => audit.broken(format!("touched {at:?}: the key has no open upload")),
            }
        })
    }

    fn ended(&mut self) -> Step<()> {
        let order = self.view.open(tables::ENDED_ORDER)?;
        self.each(tables::ENDED, Ended::decode, |audit, id, ended| {
            if audit.owners.insert(UploadId(*id), ended.answer.is_none()).is_some() {
                audit.broken(format!("upload {} is both open and ended", UploadId(*id)))?;
            }
            audit.holds(order.has(&(ended.at.0, *id))?, || {
                format!("ended upload {} will never be forgotten", UploadId(*id))
            })
        })?;
        self.each(tables::ENDED_ORDER, decode_mark, |audit, at, ()| audit.must_be_known(at.1))?;
        self.each(tables::DRAINING, decode_mark, |audit, id, ()| audit.must_be_known(*id))
    }

    fn must_be_known(&mut self, id: u128) -> Step<()> {
        self.holds(self.owners.contains_key(&UploadId(id)), || {
            format!("ended upload {} has no row", UploadId(id))
        })
    }

    fn parts(&mut self) -> Step<()> {
        self.each(tables::PARTS, decode_part, |audit, at, row| {
            let id = UploadId(at.0);
            if row.part.part_number.get() != at.1 {
                audit.broken(format!("part {} of {id} says that it is another", at.1))?;
            }
            match audit.owners.get(&id) {
                Some(true) => {
                    audit.name_blob(&row.part.blob)?;
                    (audit.meet)(AuditRow::Part(id, row))
                }
                Some(false) => Ok(()), // completed: the object owns the blob
                None => audit.broken(format!("part {} belongs to no upload: {id}", at.1)),
            }
        })
    }

    fn objects(&mut self) -> Step<()> {
        let names = self.view.open(tables::BUCKET_NAMES)?;
        self.each(tables::OBJECTS, StoredObject::decode, |audit, at, object| {
            let Ok(key) = Key::parse(at.1) else {
                return audit.broken(format!("object {at:?}: the key is not legal"));
            };
            if !names.has(&at.0)? {
                audit.broken(format!("object {at:?} has no bucket"))?;
            }
            let Some(manifest) = audit.manifest_of(&object.content)? else { return Ok(()) };
            if !manifest.adds_up(object.record.size) {
                audit.broken(format!("object {at:?}: its parts do not add up"))?;
            }
            for part in &manifest.parts {
                audit.name_blob(&part.blob)?;
            }
            (audit.meet)(AuditRow::Object(BucketId(at.0), key, Box::new(object.record), manifest))
        })
    }

    /// The parts of an object; `None`, and a report, when they cannot be read.
    fn manifest_of(&mut self, content: &Content) -> Step<Option<Manifest>> {
        if let Content::Manifest(number) = content {
            self.name_manifest(*number)?;
        }
        match self.view.manifest(content) {
            Ok(manifest) => Ok(Some(manifest)),
            Err(fault) => self.fault(fault).map(|()| None),
        }
    }

    fn garbage(&mut self) -> Step<()> {
        self.each(tables::GARBAGE, Discarded::decode, |audit, _, discarded| {
            if let Discarded::Manifest(number) = &discarded {
                audit.name_manifest(*number)?;
            }
            let blobs = match audit.view.expand(discarded) {
                Ok(blobs) => blobs,
                Err(fault) => return audit.fault(fault),
            };
            for blob in blobs {
                audit.name_blob(&blob)?;
                (audit.meet)(AuditRow::Garbage(blob))?;
            }
            Ok(())
        })
    }

    fn inline(&mut self) -> Step<()> {
        self.each(tables::INLINE, decode_inline, |audit, id, bytes| {
            (audit.meet)(AuditRow::Inline(BlobId(*id), bytes))
        })?;
        for id in std::mem::take(&mut self.inline) {
            self.broken(format!("inline blob {} belongs to nothing", BlobId(id)))?;
        }
        Ok(())
    }

    fn manifests(&mut self) -> Step<()> {
        for number in std::mem::take(&mut self.manifests) {
            self.broken(format!("manifest {number} belongs to nothing"))?;
            let read = self.view.open(tables::MANIFESTS)?.get(&number, decode_manifest);
            if let Err(fault) = read {
                self.fault(fault)?;
            }
        }
        Ok(())
    }

    /// Notes an owner of a blob.
    fn name_blob(&mut self, blob: &BlobRef) -> Step<()> {
        if blob.id.0 > self.counters.blob {
            self.broken(format!("blob {}: the name was never given", blob.id))?;
        }
        if blob.home == BlobHome::Inline && !self.inline.remove(&blob.id.0) {
            self.broken(format!("inline blob {} is missing or owned twice", blob.id))?;
        }
        Ok(())
    }

    /// Notes an owner of a manifest.
    fn name_manifest(&mut self, number: u64) -> Step<()> {
        let first = self.manifests.remove(&number);
        self.holds(first, || format!("manifest {number} is missing or owned twice"))
    }
}
