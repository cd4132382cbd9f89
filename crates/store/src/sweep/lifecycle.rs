//! Lifecycle: AbortIncompleteMultipartUpload, carried out; and the abort of idle uploads, our addition.

use drystone_metastore::MetaError;
use drystone_metastore::record::{BucketRecord, UploadCursor, UploadName, UploadRecord};
use drystone_types::{BucketName, Timestamp};
use std::collections::HashMap;
use tracing::info;

use crate::sweep::LifecycleReport;
use crate::{Store, StoreError};

/// Rows looked at with one read.
pub(super) const SCAN_PAGE: usize = 1000;

impl Store {
    /// Applies all rules of all buckets once, as of now.
    ///
    /// # Errors
    /// Those of the engine; what was applied stays applied.
    pub async fn apply_lifecycle(&self) -> Result<LifecycleReport, StoreError> {
        let mut report = LifecycleReport::default();
        let buckets = self.all_buckets().await?;
        self.abort_due_uploads(&buckets, &mut report).await?;
        for bucket in buckets.values() {
            self.expire_due_versions(bucket, &mut report).await?;
        }
        if report != LifecycleReport::default() {
            self.sweep_wanted.notify_one();
        }
        Ok(report)
    }

    async fn all_buckets(&self) -> Result<HashMap<BucketName, BucketRecord>, StoreError> {
        let mut all = HashMap::new();
        let mut after: Option<String> = None;
        loop {
            let (page, more) = self.meta.list_buckets("", after.as_deref(), SCAN_PAGE).await?;
            after = page.last().map(|bucket| bucket.name.as_str().to_owned());
            all.extend(page.into_iter().map(|bucket| (bucket.name.clone(), bucket)));
            if !more {
                return Ok(all);
            }
        }
    }

    async fn abort_due_uploads(
        &self,
        buckets: &HashMap<BucketName, BucketRecord>,
        report: &mut LifecycleReport,
    ) -> Result<(), StoreError> {
        if self.options.idle_upload_ttl.is_none() && buckets.values().all(|bucket| bucket.lifecycle.is_none())
        {
            return Ok(());
        }
        let mut cursor = None;
        loop {
            let page = self.meta.scan_uploads(cursor, SCAN_PAGE).await?;
            let Some((_, last)) = page.last() else { return Ok(()) };
            cursor = Some(UploadCursor { bucket: last.bucket, key: last.key.clone(), id: last.id });
            for (name, upload) in page {
                if let Some(bucket) = buckets.get(&name) {
                    self.abort_if_due(bucket, upload, report).await?;
                }
            }
        }
    }

    async fn abort_if_due(
        &self,
        bucket: &BucketRecord,
        upload: UploadRecord,
        report: &mut LifecycleReport,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let ruled = self.abort_due(bucket, &upload).filter(|due| due.at <= now);
        let idle_since = self.options.idle_upload_ttl.and_then(|ttl| {
            let since = now.0.checked_sub(u64::try_from(ttl.as_millis()).ok()?)?;
            (upload.initiated.0 <= since).then_some(Timestamp(since))
        });
        let name = UploadName { bucket: bucket.name.clone(), key: upload.key, id: upload.id };
        let condition = match (&ruled, idle_since) {
            (Some(_), _) => None,
            (None, Some(since)) => Some(since),
            (None, None) => return Ok(()),
        };
        match self.meta.abort_upload(&name, condition).await {
            Ok(()) => {}
            Err(MetaError::NoSuchUpload | MetaError::NoSuchBucket) => return Ok(()), // it ended, or it is not idle
            Err(other) => return Err(other.into()),
        }
        if let Some(due) = ruled {
            report.uploads_aborted += 1;
            info!(bucket = %name.bucket, key = ?name.key, upload_id = %name.id, rule_id = due.rule_id, "aborted an upload by lifecycle rule");
        } else {
            report.uploads_idle += 1;
            info!(bucket = %name.bucket, key = ?name.key, upload_id = %name.id, "aborted an idle upload");
        }
        Ok(())
    }
}
