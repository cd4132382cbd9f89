//! Invariant usage_counted: what a bucket is said to hold is what it holds.
//! So quotas are neither too tight nor too wide.

use drystone_metastore::record::{AuditRow, BucketId, BucketUsage};
use drystone_types::UploadId;
use std::collections::HashMap;

use super::{CheckReport, violation};

/// What was met of each bucket, and what was counted.
#[derive(Default)]
pub(super) struct UsageCount {
    met: HashMap<BucketId, BucketUsage>,
    counted: HashMap<BucketId, BucketUsage>,
    parts: HashMap<UploadId, (u64, u64)>,
    open: HashMap<UploadId, BucketId>,
}

impl UsageCount {
    /// Enters a row.
    pub(super) fn enter(&mut self, row: &AuditRow) {
        match row {
            AuditRow::Object(bucket, _, record, ..) => {
                let met = self.met.entry(*bucket).or_default();
                met.versions += 1;
                met.version_bytes += record.size;
            }
            AuditRow::Part(upload, part) => {
                let (count, bytes) = self.parts.entry(*upload).or_default();
                *count += 1;
                *bytes += part.part.size;
            }
            AuditRow::Upload(upload) => {
                self.open.insert(upload.id, upload.bucket);
            }
            AuditRow::Usage(bucket, usage) => {
                self.counted.insert(*bucket, *usage);
            }
            _ => {}
        }
    }

    /// Compares, once every row was met. Parts of aborted uploads no longer count.
    pub(super) fn judge(mut self, report: &mut CheckReport) {
        for (upload, (count, bytes)) in self.parts {
            if let Some(bucket) = self.open.get(&upload) {
                let met = self.met.entry(*bucket).or_default();
                met.parts += count;
                met.part_bytes += bytes;
            }
        }
        for (bucket, counted) in &self.counted {
            let met = self.met.remove(bucket).unwrap_or_default();
            if met != *counted {
                let what = format!("bucket {} holds {met:?} and counts {counted:?}", bucket.0);
                violation(report, "usage_counted", what);
            }
        }
        for bucket in self.met.keys() {
            violation(report, "usage_counted", format!("bucket {} is not counted", bucket.0));
        }
    }
}
