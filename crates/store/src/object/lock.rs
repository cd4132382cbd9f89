//! The lock that a write gives its object: what the request asks for, else the bucket's default (b31, b34).

use drystone_metastore::record::BucketRecord;
use drystone_types::{ObjectLock, Timestamp};

use crate::StoreError;

/// The lock of a version written to `bucket` at `now`. A legal hold alone does not replace the default retention.
///
/// # Errors
/// [`StoreError::NoObjectLock`] when a lock is asked for and the bucket has none (b31).
pub(crate) fn of_write(
    bucket: &BucketRecord,
    asked: ObjectLock,
    now: Timestamp,
) -> Result<ObjectLock, StoreError> {
    match bucket.object_lock {
        None if asked == ObjectLock::default() => Ok(asked),
        None => Err(StoreError::NoObjectLock),
        Some(configuration) => {
            let default = || configuration.default.map(|default| default.at(now));
            Ok(ObjectLock { retention: asked.retention.or_else(default), ..asked })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of_write;
    use crate::StoreError;
    use drystone_metastore::record::{BucketId, BucketRecord};
    use drystone_types::lock::{DefaultRetention, RetentionPeriod};
    use drystone_types::{
        AccountId, BucketName, ObjectLock, ObjectLockConfiguration, Retention, RetentionMode, Timestamp,
        Versioning,
    };

    fn bucket(object_lock: Option<ObjectLockConfiguration>) -> BucketRecord {
        BucketRecord {
            id: BucketId(1),
            name: BucketName::parse("bucket").expect("legal"),
            created: Timestamp(0),
            location: String::new(),
            owner: AccountId::parse("owner").expect("legal"),
            versioning: Versioning::Enabled,
            object_lock,
            lifecycle: None,
            quota_bytes: None,
            documents: std::collections::BTreeMap::new(),
            revision: 0,
        }
    }

    #[test]
    fn b31_b34_the_request_comes_before_the_default_and_both_need_object_lock() {
        let retention = |mode, until| Some(Retention { mode, until: Timestamp(until) });
        let (none, held) = (ObjectLock::default(), ObjectLock { retention: None, legal_hold: Some(true) });
        let own = ObjectLock { retention: retention(RetentionMode::Compliance, 5), legal_hold: Some(false) };
        let day = DefaultRetention { mode: RetentionMode::Governance, period: RetentionPeriod::Days(1) };
        let plain = Some(ObjectLockConfiguration::default());
        let default = Some(ObjectLockConfiguration { default: Some(day) });
        let by_default = retention(RetentionMode::Governance, 86_400_007);
        let cases = [
            (plain, none, none),
            (plain, held, held),
            (plain, own, own),
            (default, none, ObjectLock { retention: by_default, legal_hold: None }),
            (default, held, ObjectLock { retention: by_default, legal_hold: Some(true) }),
            (default, own, own),
        ];
        for (configuration, asked, expected) in cases {
            let got = of_write(&bucket(configuration), asked, Timestamp(7));
            assert_eq!(got.expect("a bucket with lock"), expected, "{configuration:?} {asked:?}");
        }
        assert_eq!(of_write(&bucket(None), none, Timestamp(7)).expect("nothing asked"), none);
        for asked in [held, own, ObjectLock { retention: None, legal_hold: Some(false) }] {
            assert!(matches!(of_write(&bucket(None), asked, Timestamp(7)), Err(StoreError::NoObjectLock)));
        }
    }
}
