//! Buckets in the admin API: what they hold, and how much they may.

use drystone_store::bucket::{BucketChange, BucketRecord, BucketUsage};
use drystone_types::BucketName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ApiError, Call};

/// Buckets read from the store at one time.
const PAGE: usize = 1000;

/// PUT buckets/NAME/quota.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuotaBody {
    bytes: u64,
}

impl Call<'_> {
    pub(super) async fn buckets(&self, method: &str, rest: &[&str]) -> Result<Value, ApiError> {
        let store = &self.api.store;
        match (method, rest) {
            ("GET", []) => self.all_buckets().await,
            ("GET", [name]) => {
                let name = bucket_name(name)?;
                let (record, usage) = (store.get_bucket(&name).await?, store.get_usage(&name).await?);
                Ok(view(&record, usage))
            }
            ("PUT", [name, "quota"]) => {
                let body: QuotaBody = self.json()?;
                self.set_quota(name, Some(body.bytes)).await
            }
            ("DELETE", [name, "quota"]) => self.set_quota(name, None).await,
            _ => Err(ApiError::NoSuchRoute),
        }
    }

    async fn all_buckets(&self) -> Result<Value, ApiError> {
        let store = &self.api.store;
        let (mut buckets, mut after): (Vec<Value>, Option<String>) = (Vec::new(), None);
        loop {
            let (page, more) = store.list_buckets("", after.as_deref(), PAGE).await?;
            after = page.last().map(|record| record.name.as_str().to_owned());
            for record in page {
                let usage = store.get_usage(&record.name).await?;
                buckets.push(view(&record, usage));
            }
            if !more {
                return Ok(json!({ "buckets": buckets }));
            }
        }
    }

    async fn set_quota(&self, name: &str, quota: Option<u64>) -> Result<Value, ApiError> {
        self.api.store.change_bucket(&bucket_name(name)?, BucketChange::Quota(quota)).await?;
        Ok(Value::Null)
    }
}

fn bucket_name(text: &str) -> Result<BucketName, ApiError> {
    BucketName::parse(text).map_err(|_| ApiError::Bad(format!("{text:?} is no name of a bucket")))
}

fn view(record: &BucketRecord, usage: BucketUsage) -> Value {
    json!({
        "name": record.name.as_str(),
        "owner": record.owner.as_str(),
        "created": record.created.iso8601(),
        "versioning": record.versioning.name(),
        "quotaBytes": record.quota_bytes,
        "versions": usage.versions,
        "versionBytes": usage.version_bytes,
        "parts": usage.parts,
        "partBytes": usage.part_bytes,
    })
}
