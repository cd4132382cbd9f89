//! BucketCache: the settings of buckets in use, so that no request decodes policies and rules anew. It is never stale:
//! all changes of buckets pass through this store, and a change forgets the bucket before it is answered.

use drystone_metastore::record::BucketRecord;
use drystone_types::{BucketName, limits};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The cache of one store.
#[derive(Debug, Default)]
pub(crate) struct BucketCache(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    buckets: HashMap<BucketName, Arc<BucketRecord>>,
    weight: u64,
    changes: u64,
}

/// When a record was read: what was read before a change is not kept after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(u64);

impl BucketCache {
    /// The bucket, if it is kept; else the moment from which on a record that is read now is current.
    pub(crate) fn get(&self, name: &BucketName) -> Result<Arc<BucketRecord>, Moment> {
        let inner = self.lock();
        inner.buckets.get(name).cloned().ok_or(Moment(inner.changes))
    }

    /// Keeps a record that was read after `moment`, unless a bucket changed since.
    pub(crate) fn keep(&self, moment: Moment, record: &Arc<BucketRecord>) {
        let mut inner = self.lock();
        let weight = weight(record);
        if inner.changes != moment.0 || weight > limits::BUCKET_CACHE_MAX_BYTES {
            return;
        }
        if inner.weight + weight > limits::BUCKET_CACHE_MAX_BYTES {
            inner.buckets.clear();
            inner.weight = 0;
        }
        if inner.buckets.insert(record.name.clone(), Arc::clone(record)).is_none() {
            inner.weight += weight;
        }
    }

    /// Forgets a bucket that changed, was made or is gone.
    pub(crate) fn forget(&self, name: &BucketName) {
        let mut inner = self.lock();
        inner.changes += 1;
        if let Some(record) = inner.buckets.remove(name) {
            inner.weight -= weight(&record);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// About how many bytes of memory a record takes.
fn weight(record: &BucketRecord) -> u64 {
    const PLAIN: usize = 512;
    let documents: usize = record.documents.values().map(|text| PLAIN + text.len()).sum();
    let rules = record.lifecycle.iter().flat_map(|lifecycle| &lifecycle.rules);
    let rules: usize = rules.map(|rule| PLAIN + rule.id.len() + rule.filter.prefix.len()).sum();
    (PLAIN + documents + rules) as u64
}

#[cfg(test)]
mod tests {
    use super::BucketCache;
    use drystone_metastore::record::{BucketId, BucketRecord, DocumentKind};
    use drystone_types::{AccountId, BucketName, Timestamp, Versioning, limits};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn record(name: &str, policy_len: usize) -> Arc<BucketRecord> {
        Arc::new(BucketRecord {
            id: BucketId(1),
            name: BucketName::parse(name).unwrap(),
            created: Timestamp(0),
            location: String::new(),
            owner: AccountId::parse("root").unwrap(),
            versioning: Versioning::Unversioned,
            object_lock: None,
            lifecycle: None,
            quota_bytes: None,
            documents: BTreeMap::from([(DocumentKind::Policy, "p".repeat(policy_len))]),
            revision: 0,
        })
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let (cache, one) = (BucketCache::default(), record("one", 0));
        let early = cache.get(&one.name).unwrap_err();
        cache.forget(&one.name);
        cache.keep(early, &one);
        let moment = cache.get(&one.name).unwrap_err();
        cache.keep(moment, &one);
        assert_eq!(cache.get(&one.name).unwrap(), one);
        cache.forget(&one.name);
        assert!(cache.get(&one.name).is_err());
    }

    #[test]
    fn p6_the_cache_is_bounded_by_bytes() {
        let cache = BucketCache::default();
        let len = usize::try_from(limits::BUCKET_CACHE_MAX_BYTES / 4).unwrap();
        for name in ["aaa", "bbb", "ccc", "ddd", "eee"] {
            let record = record(name, len);
            let moment = cache.get(&record.name).unwrap_err();
            cache.keep(moment, &record);
            assert!(cache.get(&record.name).is_ok());
            assert!(cache.lock().weight <= limits::BUCKET_CACHE_MAX_BYTES);
        }
        assert!(cache.lock().buckets.len() < 4);
        let huge = record("huge", 5 * len);
        cache.keep(cache.get(&huge.name).unwrap_err(), &huge);
        assert!(cache.get(&huge.name).is_err());
    }
}
