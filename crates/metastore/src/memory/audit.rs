//! Meets every row once and checks that references lead somewhere.

use std::collections::BTreeSet;

use drystone_types::{BlobHome, BlobId, BlobRef, Key};

use super::state::{State, Stored};
use crate::record::AuditRow;

impl State {
    pub(super) fn audit(&self, each: &mut dyn FnMut(AuditRow)) {
        for bucket in self.buckets.values() {
            each(AuditRow::Bucket(bucket.clone()));
        }
        for (id, session) in &self.leases {
            each(AuditRow::Lease(*id, *session));
        }
        self.audit_uploads(each);
        self.audit_versions(each);
        for bucket in self.buckets.values() {
            each(AuditRow::Usage(bucket.id, self.usage(bucket.id)));
        }
        for blob in self.garbage.values().flatten() {
            each(AuditRow::Garbage(*blob));
        }
        self.audit_inline(each);
    }

    fn audit_uploads(&self, each: &mut dyn FnMut(AuditRow)) {
        let mut owners = BTreeSet::new();
        for ((bucket, _, id), open) in &self.uploads {
            owners.insert(*id);
            if self.bucket_name(*bucket).is_some() {
                each(AuditRow::Upload(Box::new(open.record.clone())));
            }
        }
        let aborted = self.ended.iter().filter(|(_, ended)| ended.answer.is_none());
        owners.extend(aborted.map(|(id, _)| *id));
        for ((id, number), part) in &self.parts {
            if owners.contains(id) {
                each(AuditRow::Part(*id, *part));
            } else if !self.ended.contains_key(id) {
                each(AuditRow::Broken(format!("part {number} belongs to no upload: {id}")));
            }
        }
    }

    fn audit_versions(&self, each: &mut dyn FnMut(AuditRow)) {
        for ((bucket, key), history) in &self.versions {
            let key = Key::parse(key).expect("only keys are stored");
            let ordered = history.windows(2).all(|pair| pair[0].version().id > pair[1].version().id);
            let nulls = history.iter().filter(|stored| stored.version().is_null).count();
            if history.is_empty() || !ordered || nulls > 1 {
                each(AuditRow::Broken(format!("the history of {key:?} is out of order")));
            }
            for (index, stored) in history.iter().enumerate() {
                each(match stored {
                    Stored::Object(object) => {
                        let record = Box::new(object.record.clone());
                        AuditRow::Object(*bucket, key.clone(), record, object.manifest.clone(), index == 0)
                    }
                    Stored::Marker(marker) => {
                        AuditRow::DeleteMarker(*bucket, key.clone(), marker.clone(), index == 0)
                    }
                });
            }
        }
    }

    fn audit_inline(&self, each: &mut dyn FnMut(AuditRow)) {
        let mut unmet: BTreeSet<BlobId> = self.inline.keys().copied().collect();
        for id in self.owned_blobs().filter(|blob| blob.home == BlobHome::Inline).map(|blob| blob.id) {
            if !unmet.remove(&id) {
                each(AuditRow::Broken(format!("inline blob {id} is missing or owned twice")));
            }
        }
        for (id, bytes) in &self.inline {
            each(AuditRow::Inline(*id, bytes.clone()));
        }
        for id in unmet {
            each(AuditRow::Broken(format!("inline blob {id} belongs to nothing")));
        }
    }

    /// Blobs with their one owner: part, object or garbage.
    fn owned_blobs(&self) -> impl Iterator<Item = BlobRef> {
        let completed = |id| self.ended.get(id).is_some_and(|ended| ended.answer.is_some());
        let parts = self.parts.iter().filter(move |((id, _), _)| !completed(id));
        let parts = parts.map(|(_, part)| part.part.blob);
        let objects = self.versions.values().flatten().filter_map(Stored::object);
        let objects = objects.flat_map(|object| object.manifest.parts.iter());
        parts.chain(objects.map(|part| part.blob)).chain(self.garbage.values().flatten().copied())
    }
}
