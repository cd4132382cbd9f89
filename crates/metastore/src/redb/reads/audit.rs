//! The audit: meets every row once on one snapshot. What cannot be read or leads nowhere is reported, never repaired.

use std::collections::{BTreeSet, HashMap};

use drystone_types::{AccountId, BlobHome, BlobId, BlobRef, BucketName, Key, Manifest, UploadId};

use super::View;
use super::uploads::record;
use crate::MetaError;
use crate::format::v2::{
    BucketHead, Content, Counters, Discarded, Ended, Malformed, Place, StoredUpload, decode_bucket,
    decode_bytes, decode_event, decode_manifest, decode_mark, decode_name, decode_number, decode_part,
    decode_usage,
};
use crate::record::{AuditRow, BucketId, BucketRecord, BucketUsage, SessionId};
use crate::redb::error::{Fault, Step};
use crate::redb::tables::{self, RowKey, Table};

mod versions;

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
            heads: HashMap::new(),
            open: HashMap::new(),
            usage: HashMap::new(),
            has_unreadable: false,
        };
        audit.buckets()?;
        audit.leases()?;
        audit.uploads()?;
        audit.ended()?;
        audit.parts()?;
        audit.versions()?;
        audit.usage()?;
        audit.events()?;
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
    /// Buckets by their ids.
    heads: HashMap<u64, BucketHead>,
    /// Open uploads of buckets that are there, and their buckets.
    open: HashMap<UploadId, u64>,
    /// What each bucket holds, as it is met.
    usage: HashMap<u64, BucketUsage>,
    /// Was a row met that cannot be read?
    has_unreadable: bool,
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
                Err(fault) => {
                    self.has_unreadable = true;
                    self.fault(fault)?;
                }
            }
        }
        Ok(())
    }

    /// Tells who owns the bucket of a row, as far as it is known: rows of deleted buckets have nobody left.
    fn owners(&self) -> impl Fn(&Place<'_>) -> AccountId + use<> {
        let nobody = AccountId::parse("nobody").expect("a legal id");
        let owners: HashMap<u128, AccountId> =
            self.heads.values().map(|head| (u128::from(head.id), head.owner.clone())).collect();
        move |place| owners.get(&place.first).unwrap_or(&nobody).clone()
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
        self.each(tables::BUCKETS, decode_named, |audit, name, bucket| {
            if names.get(&bucket.id.0, decode_name).ok().flatten().as_ref() != Some(&bucket.name) {
                audit.broken(format!("bucket {name}: its id leads elsewhere"))?;
            }
            if bucket.id.0 > audit.counters.bucket {
                audit.broken(format!("bucket {name}: its id was never given"))?;
            }
            audit.heads.insert(bucket.id.0, BucketHead::from(&bucket));
            (audit.meet)(AuditRow::Bucket(bucket))
        })?;
        let buckets = self.view.open(tables::BUCKETS)?;
        self.each(tables::BUCKET_NAMES, decode_name, |audit, id, name| {
            let there = buckets.get(&name.as_str(), BucketHead::decode).ok().flatten();
            audit.holds(there.is_some_and(|bucket| bucket.id == *id), || {
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
        let owner = self.owners();
        let decode = |value: &[u8], place: &Place<'_>| StoredUpload::decode(value, place, &owner(place));
        self.each(tables::UPLOADS, decode, |audit, at, row| {
            let Ok(key) = Key::parse(at.1) else {
                return audit.broken(format!("upload {}: the key is not legal", UploadId(at.2)));
            };
            let upload = record(*at, key, row);
            if audit.owners.insert(upload.id, true).is_some() {
                audit.broken(format!("upload {} is there twice", upload.id))?;
            }
            match (names.has(&at.0)?, dead.has(&at.0)?) {
                (true, false) => {
                    audit.open.insert(upload.id, at.0);
                    (audit.meet)(AuditRow::Upload(Box::new(upload)))
                }
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
                    if let Some(bucket) = audit.open.get(&id) {
                        audit.usage.entry(*bucket).or_default().gain_part(row.part.size);
                    }
                    audit.name_blob(&row.part.blob)?;
                    (audit.meet)(AuditRow::Part(id, row))
                }
                Some(false) => Ok(()), // completed: the object owns the blob
                None => audit.broken(format!("part {} belongs to no upload: {id}", at.1)),
            }
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

    /// What is counted of each bucket is what was met, unless something could not be read.
    fn usage(&mut self) -> Step<()> {
        let mut unmet: BTreeSet<u64> = self.heads.keys().copied().collect();
        self.each(tables::USAGE, decode_usage, |audit, id, counted| {
            let met = audit.usage.get(id).copied().unwrap_or_default();
            audit.holds(counted == met || audit.has_unreadable, || {
                format!("bucket id {id} holds {met:?}, not {counted:?}")
            })?;
            audit.holds(unmet.remove(id), || format!("usage of bucket id {id}: there is no such bucket"))?;
            (audit.meet)(AuditRow::Usage(BucketId(*id), counted))
        })?;
        for id in unmet {
            self.broken(format!("usage of bucket id {id} is missing"))?;
        }
        Ok(())
    }

    fn events(&mut self) -> Step<()> {
        self.each(
            tables::EVENTS,
            |value, place| decode_event(value, place, 0),
            |audit, row, _| {
                audit.holds(*row <= audit.counters.event, || format!("event {row} was never told"))
            },
        )?;
        self.each(tables::IDENTITIES, decode_bytes, |_, _, _| Ok(()))
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
        self.each(tables::INLINE, decode_bytes, |audit, id, bytes| {
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

/// A bucket row, whose key is the name.
fn decode_named(value: &[u8], place: &Place<'_>) -> Result<BucketRecord, Malformed> {
    let name = BucketName::parse(place.text).map_err(|_| Malformed("the name is not legal"))?;
    decode_bucket(value, place, &name)
}
