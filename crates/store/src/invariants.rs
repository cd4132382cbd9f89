//! The invariants of the store, one named function each: code asserts them, tests and `drystone admin check` report them.

use drystone_blobstore::BlobStore;
use drystone_metastore::record::AuditRow;
use drystone_metastore::{MetaError, MetaStore};
use drystone_seal::Keyring;
use drystone_types::{BlobHome, BlobId, Manifest, ManifestPart};
use std::collections::HashMap;

mod history;
mod usage;

use crate::verify::{Sealing, Sealings, verify_part};
use history::Histories;
use usage::UsageCount;

/// What a check of a whole store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Buckets met.
    pub buckets: u64,
    /// Objects and versions met.
    pub objects: u64,
    /// Delete markers met.
    pub delete_markers: u64,
    /// Open uploads met.
    pub uploads: u64,
    /// Parts of uploads met.
    pub parts: u64,
    /// Bytes of objects.
    pub object_bytes: u64,
    /// Blobs that wait for deletion; no defect.
    pub garbage: u64,
    /// Blobs leased to a writer; no defect.
    pub leases: u64,
    /// Blobs whose every byte was read and verified.
    pub blobs_verified: u64,
    /// Defects: the name of the invariant, and what breaks it.
    pub violations: Vec<Violation>,
}

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Name of the invariant.
    pub invariant: &'static str,
    /// What breaks it.
    pub what: String,
}

/// Who owns a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BlobOwner {
    Lease,
    Part,
    Object,
    Garbage,
}

/// Checks every invariant over engines that nobody else uses. With `verify_data`, reads every byte; with `keyring`, opens what
/// is sealed. Keeps a few bytes of memory per blob, per open upload and per key of a versioned bucket, whatever the size of
/// the data.
///
/// # Errors
/// Engine failures; defects of the data are in the report.
pub async fn check(
    meta: &dyn MetaStore,
    blobs: &dyn BlobStore,
    verify_data: bool,
    keyring: Option<&Keyring>,
) -> Result<CheckReport, MetaError> {
    let mut report = CheckReport::default();
    let mut sealings = Sealings::new(keyring);
    let mut ledger = Ledger::default();
    let mut histories = Histories::default();
    let mut usage = UsageCount::default();
    meta.audit(&mut |row| {
        count(&row, &mut report);
        ledger.enter(&row, &mut report);
        histories.enter(&row, &mut report);
        usage.enter(&row);
        match &row {
            AuditRow::Bucket(bucket) => sealings.meet_bucket(bucket.id, &bucket.name),
            AuditRow::Upload(upload) => sealings.meet_upload(upload),
            AuditRow::Object(bucket, key, record, manifest, _) => {
                let what = || format!("object {}/{key:?}", bucket.0);
                manifest_adds_up(manifest, record.size, &what, &mut report);
                let sealing = opens(sealings.of_object(*bucket, key, record), &what, &mut report);
                for part in &manifest.parts {
                    durable_before_named(part, &sealing, blobs, verify_data, &what, &mut report);
                }
            }
            AuditRow::Part(upload, part) => {
                let what = || format!("part {} of upload {upload}", part.part.part_number);
                let sealing = opens(sealings.of_part(*upload, &part.part), &what, &mut report);
                durable_before_named(&part.part, &sealing, blobs, verify_data, &what, &mut report);
            }
            AuditRow::Broken(what) => violation(&mut report, "records_readable", what.clone()),
            _ => {}
        }
    })
    .await?;
    every_blob_accounted(&ledger, blobs, &mut report);
    histories.judge(&mut report);
    usage.judge(&mut report);
    Ok(report)
}

fn count(row: &AuditRow, report: &mut CheckReport) {
    match row {
        AuditRow::Bucket(_) => report.buckets += 1,
        AuditRow::Upload(_) => report.uploads += 1,
        AuditRow::Part(..) => report.parts += 1,
        AuditRow::Garbage(_) => report.garbage += 1,
        AuditRow::Lease(..) => report.leases += 1,
        AuditRow::Object(_, _, record, ..) => {
            report.objects += 1;
            report.object_bytes += record.size;
        }
        AuditRow::DeleteMarker(..) => report.delete_markers += 1,
        AuditRow::Usage(..) | AuditRow::Inline(..) | AuditRow::Broken(_) => {}
    }
}

fn violation(report: &mut CheckReport, invariant: &'static str, what: String) {
    report.violations.push(Violation { invariant, what });
}

const DURABLE_BEFORE_NAMED: &str = "durable_before_named";
const EVERY_BLOB_ACCOUNTED: &str = "every_blob_accounted";

/// Which blobs were met, and whose they are.
#[derive(Default)]
struct Ledger {
    owners: HashMap<BlobId, BlobOwner>,
    inline: Vec<BlobId>,
}

impl Ledger {
    fn enter(&mut self, row: &AuditRow, report: &mut CheckReport) {
        match row {
            AuditRow::Lease(id, _) => self.own(*id, BlobOwner::Lease, report),
            AuditRow::Part(_, part) => self.own(part.part.blob.id, BlobOwner::Part, report),
            AuditRow::Garbage(blob) => self.own(blob.id, BlobOwner::Garbage, report),
            AuditRow::Object(_, _, _, manifest, _) => {
                for part in &manifest.parts {
                    self.own(part.blob.id, BlobOwner::Object, report);
                }
            }
            AuditRow::Inline(id, _) => self.inline.push(*id),
            AuditRow::Bucket(_)
            | AuditRow::Upload(_)
            | AuditRow::DeleteMarker(..)
            | AuditRow::Usage(..)
            | AuditRow::Broken(_) => {}
        }
    }

    fn own(&mut self, blob: BlobId, owner: BlobOwner, report: &mut CheckReport) {
        if let Some(other) = self.owners.insert(blob, owner) {
            let what = format!("blob {blob} is owned twice: {other:?} and {owner:?}");
            violation(report, EVERY_BLOB_ACCOUNTED, what);
        }
    }
}

/// Each blob has exactly one owner: a lease, a part, an object or garbage. No leak, no double owner.
fn every_blob_accounted(ledger: &Ledger, blobs: &dyn BlobStore, report: &mut CheckReport) {
    let is_lost = |id: &BlobId| !ledger.owners.contains_key(id);
    for id in ledger.inline.iter().filter(|id| is_lost(id)) {
        violation(report, EVERY_BLOB_ACCOUNTED, format!("inline blob {id} has no owner"));
    }
    let listed = blobs.list(&mut |id| {
        if is_lost(&id) {
            violation(report, EVERY_BLOB_ACCOUNTED, format!("blob {id} has no owner"));
        }
    });
    if let Err(error) = listed {
        violation(report, EVERY_BLOB_ACCOUNTED, format!("the blobs cannot be listed: {error}"));
    }
}

/// A manifest's parts ascend and hold exactly the object's bytes.
fn manifest_adds_up(manifest: &Manifest, size: u64, what: &dyn Fn() -> String, report: &mut CheckReport) {
    if !manifest.adds_up(size) {
        violation(
            report,
            "manifest_adds_up",
            format!("{}: parts do not ascend or do not sum to {size}", what()),
        );
    }
}

/// A key that should open and does not is said once, also of bytes that are kept inline; beyond that, checksums have to tell.
fn opens(sealing: Sealing, what: &dyn Fn() -> String, report: &mut CheckReport) -> Sealing {
    match sealing {
        Sealing::Broken(why) => {
            violation(report, DURABLE_BEFORE_NAMED, format!("{}: {why}", what()));
            Sealing::Closed
        }
        other => other,
    }
}

/// Whatever a record names is there, whole, and has the recorded digests.
fn durable_before_named(
    part: &ManifestPart,
    sealing: &Sealing,
    blobs: &dyn BlobStore,
    verify_data: bool,
    what: &dyn Fn() -> String,
    report: &mut CheckReport,
) {
    if part.blob.home == BlobHome::Inline {
        return; // the engine verifies inline bytes as it reads them, and reports a missing one as broken
    }
    match verify_part(part, sealing, blobs, verify_data) {
        Err(why) => violation(report, DURABLE_BEFORE_NAMED, format!("{}: {why}", what())),
        Ok(verified) => report.blobs_verified += u64::from(verified),
    }
}
