//! Invariant `every_blob_accounted`: each blob has exactly one owner, and nothing in the store is broken.

use std::collections::{BTreeMap, BTreeSet};

use drystone_types::{BlobHome, BlobId, BlobRef};

use crate::MetaStore;
use crate::record::AuditRow;

/// Who owns a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnedBy {
    /// A lease: being written.
    Lease,
    /// A part of an open or aborted upload.
    Part,
    /// An object.
    Object,
    /// Nobody: waits for deletion.
    Garbage,
}

/// What an audit met.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// Every blob and its one owner.
    pub owners: BTreeMap<BlobId, OwnedBy>,
    /// All rows, in the order met.
    pub rows: Vec<AuditRow>,
}

impl Accounts {
    /// The blobs of one kind of owner.
    pub fn of(&self, owner: OwnedBy) -> Vec<BlobId> {
        self.owners.iter().filter(|(_, by)| **by == owner).map(|(id, _)| *id).collect()
    }

    /// Who owns a blob.
    pub fn owner(&self, id: BlobId) -> Option<OwnedBy> {
        self.owners.get(&id).copied()
    }
}

/// Audits the whole store and checks that each blob has one owner and each inline blob is there.
pub async fn every_blob_accounted(store: &dyn MetaStore) -> Accounts {
    let mut rows = Vec::new();
    store.audit(&mut |row| rows.push(row)).await.expect("the store can be audited");
    let mut owners = BTreeMap::new();
    let (mut wanted, mut kept) = (BTreeSet::new(), BTreeSet::new());
    let mut own = |blob: &BlobRef, by| {
        let other = owners.insert(blob.id, by);
        assert_eq!(other, None, "{blob:?} is owned by {by:?} too");
        if blob.home == BlobHome::Inline {
            wanted.insert(blob.id);
        }
    };
    for row in &rows {
        match row {
            AuditRow::Lease(id, _) => own(&leased(*id), OwnedBy::Lease),
            AuditRow::Part(_, part) => own(&part.part.blob, OwnedBy::Part),
            AuditRow::Garbage(blob) => own(blob, OwnedBy::Garbage),
            AuditRow::Object(_, key, record, manifest, _) => {
                assert!(manifest.adds_up(record.size), "{key:?} does not add up");
                manifest.parts.iter().for_each(|part| own(&part.blob, OwnedBy::Object));
            }
            AuditRow::Inline(id, _) => assert!(kept.insert(*id), "inline {id} was met twice"),
            AuditRow::Broken(what) => panic!("broken: {what}"),
            AuditRow::Bucket(_) | AuditRow::Upload(_) | AuditRow::DeleteMarker(..) | AuditRow::Usage(..) => {}
        }
    }
    assert_eq!(wanted, kept, "inline blobs owned, and inline blobs kept");
    Accounts { owners, rows }
}

fn leased(id: BlobId) -> BlobRef {
    BlobRef { id, len: 0, home: BlobHome::Store }
}
