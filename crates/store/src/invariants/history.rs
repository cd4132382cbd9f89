//! Invariant one_current_version: of the versions of a key the newest is current, and at most one is null.
//! A bucket that was never versioned has no history.

use drystone_metastore::record::{AuditRow, BucketId};
use drystone_types::{Key, Version, VersionId, Versioning};
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use super::{CheckReport, violation};

const NAME: &str = "one_current_version";

/// What was met of the keys of versioned buckets: a few bytes each.
#[derive(Default)]
pub(super) struct Histories {
    versioning: HashMap<BucketId, Versioning>,
    keys: HashMap<(BucketId, u128), History>,
}

#[derive(Default)]
struct History {
    newest: Option<VersionId>,
    current: Option<VersionId>,
    currents: u32,
    nulls: u32,
}

impl Histories {
    /// Enters a row; buckets come before what is in them.
    pub(super) fn enter(&mut self, row: &AuditRow, report: &mut CheckReport) {
        match row {
            AuditRow::Bucket(bucket) => {
                self.versioning.insert(bucket.id, bucket.versioning);
            }
            AuditRow::Object(bucket, key, record, _, is_current) => {
                self.version(*bucket, key, record.version, *is_current, false, report);
            }
            AuditRow::DeleteMarker(bucket, key, marker, is_current) => {
                self.version(*bucket, key, marker.version, *is_current, true, report);
            }
            _ => {}
        }
    }

    fn version(
        &mut self,
        bucket: BucketId,
        key: &Key,
        version: Version,
        is_current: bool,
        is_marker: bool,
        report: &mut CheckReport,
    ) {
        if self.versioning.get(&bucket).is_none_or(|versioning| *versioning == Versioning::Unversioned) {
            if !is_current || !version.is_null || is_marker {
                let what = format!("{}/{key:?}: version {version} in a bucket without versions", bucket.0);
                violation(report, NAME, what);
            }
            return;
        }
        let history = self.keys.entry((bucket, fingerprint(key))).or_default();
        history.newest = history.newest.max(Some(version.id));
        history.nulls += u32::from(version.is_null);
        if is_current {
            history.currents += 1;
            history.current = Some(version.id);
        }
        if history.nulls > 1 || history.currents > 1 {
            let what =
                format!("{}/{key:?}: version {version} is one too many that is null or current", bucket.0);
            violation(report, NAME, what);
        }
    }

    /// Judges all keys, once every row was met.
    pub(super) fn judge(&self, report: &mut CheckReport) {
        for ((bucket, _), history) in &self.keys {
            if history.current != history.newest {
                let shown = |id: Option<VersionId>| id.map_or_else(|| "none".to_owned(), |id| id.to_string());
                let (current, newest) = (shown(history.current), shown(history.newest));
                let what = format!("a key of bucket {}: {current} is current, {newest} the newest", bucket.0);
                violation(report, NAME, what);
            }
        }
    }
}

/// A key in 16 bytes: 10 million keys meet with a chance of 10^-25.
fn fingerprint(key: &Key) -> u128 {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        key.as_str().hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

#[cfg(test)]
mod tests {
    use super::{CheckReport, Histories};
    use drystone_metastore::record::{AuditRow, BucketId, BucketRecord, DeleteMarker};
    use drystone_types::{AccountId, BucketName, Key, Timestamp, Version, VersionId, Versioning};
    use std::collections::BTreeMap;

    fn bucket(versioning: Versioning) -> AuditRow {
        AuditRow::Bucket(BucketRecord {
            id: BucketId(1),
            name: BucketName::parse("bucket").unwrap(),
            created: Timestamp(0),
            location: String::new(),
            owner: AccountId::parse("root").unwrap(),
            versioning,
            object_lock: None,
            lifecycle: None,
            quota_bytes: None,
            documents: BTreeMap::new(),
            revision: 0,
        })
    }

    fn marker(key: &str, id: u128, is_null: bool, is_current: bool) -> AuditRow {
        let version = Version { id: VersionId(id), is_null };
        let owner = AccountId::parse("root").unwrap();
        let marker = DeleteMarker { version, last_modified: Timestamp(0), owner };
        AuditRow::DeleteMarker(BucketId(1), Key::parse(key).unwrap(), marker, is_current)
    }

    #[test]
    fn a_key_has_one_current_version_the_newest_and_at_most_one_null() {
        let cases = [
            (Versioning::Enabled, vec![marker("k", 1, false, false), marker("k", 2, false, true)], 0),
            (Versioning::Suspended, vec![marker("k", 2, true, true), marker("l", 1, true, true)], 0),
            (Versioning::Enabled, vec![marker("k", 1, false, true), marker("k", 2, false, false)], 1),
            (Versioning::Enabled, vec![marker("k", 1, false, true), marker("k", 2, false, true)], 1),
            (Versioning::Enabled, vec![marker("k", 1, false, false)], 1),
            (Versioning::Enabled, vec![marker("k", 1, true, false), marker("k", 2, true, true)], 1),
            (Versioning::Unversioned, vec![marker("k", 1, true, true)], 1),
        ];
        for (versioning, rows, expected) in cases {
            let (mut report, mut histories) = (CheckReport::default(), Histories::default());
            for row in [bucket(versioning)].iter().chain(&rows) {
                histories.enter(row, &mut report);
            }
            histories.judge(&mut report);
            assert_eq!(report.violations.len(), expected, "{rows:?}: {report:?}");
        }
    }
}
