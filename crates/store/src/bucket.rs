//! Buckets: create, head, list, delete, and their settings.

use drystone_metastore::MetaError;
use drystone_metastore::record::CreateBucket;
pub use drystone_metastore::record::{BucketChange, BucketRecord, BucketUsage, DocumentKind};
use drystone_types::lifecycle::LifecycleConfiguration;
use drystone_types::{AccountId, BucketName, Versioning};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Store, StoreError};

/// Buckets that are read at a time when those of one owner are looked for.
const LIST_STEP: usize = 1000;

/// A CreateBucket request.
#[derive(Clone, Debug)]
pub struct CreateBucketRequest {
    /// Name.
    pub name: BucketName,
    /// LocationConstraint; empty for the default region.
    pub location: String,
    /// Who will own it.
    pub owner: AccountId,
    /// With object lock, and so with versioning enabled?
    pub object_lock: bool,
    /// Settings that it begins with.
    pub documents: BTreeMap<DocumentKind, String>,
}

impl CreateBucketRequest {
    /// A plain bucket.
    pub fn of(name: BucketName, owner: AccountId) -> Self {
        Self { name, location: String::new(), owner, object_lock: false, documents: BTreeMap::new() }
    }
}

impl Store {
    /// CreateBucket.
    ///
    /// # Errors
    /// [`StoreError::BucketAlreadyExists`].
    pub async fn create_bucket(&self, request: CreateBucketRequest) -> Result<BucketRecord, StoreError> {
        let CreateBucketRequest { name, location, owner, object_lock, documents } = request;
        let create = CreateBucket { name, location, owner, object_lock, documents, now: self.now() };
        let meta = Arc::clone(&self.meta);
        let name = create.name.clone();
        Ok(self.changing(name, async move { meta.create_bucket(create).await }).await?)
    }

    /// HeadBucket, and the existence check that comes before everything else (b12). Cheap: a bucket in use is kept in
    /// memory, with all its settings.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`].
    pub async fn get_bucket(&self, name: &BucketName) -> Result<Arc<BucketRecord>, StoreError> {
        let moment = match self.buckets.get(name) {
            Ok(record) => return Ok(record),
            Err(moment) => moment,
        };
        let record = Arc::new(self.meta.get_bucket(name).await?);
        self.buckets.keep(moment, &record);
        Ok(record)
    }

    /// Runs a change of a bucket to its end, also when the caller goes away, and forgets what is kept of the bucket before
    /// the change is answered.
    async fn changing<T: Send + 'static>(
        &self,
        name: BucketName,
        change: impl Future<Output = Result<T, MetaError>> + Send + 'static,
    ) -> Result<T, MetaError> {
        let buckets = Arc::clone(&self.buckets);
        let task = tokio::spawn(async move {
            let result = change.await;
            buckets.forget(&name);
            result
        });
        task.await.unwrap_or_else(|panic| {
            Err(MetaError::Engine { action: "end the change of a bucket", source: Box::new(panic) })
        })
    }

    /// ListBuckets: ascending by name, at most `max` after `after`; and whether more follow.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn list_buckets(
        &self,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<(Vec<BucketRecord>, bool), StoreError> {
        Ok(self.meta.list_buckets(prefix, after, max).await?)
    }

    /// ListBuckets of one owner, as [`Store::list_buckets`].
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn list_buckets_of(
        &self,
        owner: &AccountId,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<(Vec<BucketRecord>, bool), StoreError> {
        let mut found = Vec::new();
        let mut after = after.map(str::to_owned);
        loop {
            let (page, more) = self.meta.list_buckets(prefix, after.as_deref(), LIST_STEP).await?;
            after = page.last().map(|bucket| bucket.name.as_str().to_owned());
            for bucket in page.into_iter().filter(|bucket| bucket.owner == *owner) {
                if found.len() == max {
                    return Ok((found, true));
                }
                found.push(bucket);
            }
            if !more {
                return Ok((found, false));
            }
        }
    }

    /// DeleteBucket. Open uploads go with it (b166).
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::BucketNotEmpty`].
    pub async fn delete_bucket(&self, name: &BucketName) -> Result<(), StoreError> {
        let delete = || {
            let (meta, bucket) = (Arc::clone(&self.meta), name.clone());
            self.changing(name.clone(), async move { meta.delete_bucket(&bucket).await })
        };
        match self.freeing(delete).await {
            Err(StoreError::BucketNotEmpty { .. }) => {
                let versioning = self.get_bucket(name).await?.versioning;
                return Err(StoreError::BucketNotEmpty { versioned: versioning != Versioning::Unversioned });
            }
            result => result?,
        }
        self.sweep_wanted.notify_one();
        Ok(())
    }

    /// PutBucketVersioning, PutBucketPolicy, and the like: changes one setting.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::InvalidBucketState`].
    pub async fn change_bucket(
        &self,
        name: &BucketName,
        change: BucketChange,
    ) -> Result<BucketRecord, StoreError> {
        let (meta, bucket) = (Arc::clone(&self.meta), name.clone());
        let change = async move { meta.change_bucket(&bucket, change).await };
        Ok(self.changing(name.clone(), change).await?)
    }

    /// What a bucket holds, as counted with every step.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`].
    pub async fn get_usage(&self, name: &BucketName) -> Result<BucketUsage, StoreError> {
        Ok(self.meta.get_usage(name).await?)
    }

    /// GetBucketLifecycleConfiguration.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchLifecycleConfiguration`].
    pub async fn get_lifecycle(&self, name: &BucketName) -> Result<LifecycleConfiguration, StoreError> {
        self.get_bucket(name).await?.lifecycle.clone().ok_or(StoreError::NoSuchLifecycleConfiguration)
    }
}
