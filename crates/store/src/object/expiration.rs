//! x-amz-expiration: when a lifecycle rule will expire an object that is current.

use drystone_metastore::record::{BucketRecord, ObjectRecord};
use drystone_types::lifecycle::{Candidate, Due};
use drystone_types::{Key, Timestamp};

use crate::Store;

/// What x-amz-expiration tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpirationDue {
    /// From when on the rule applies.
    pub at: Timestamp,
    /// The rule's id.
    pub rule_id: String,
}

impl Store {
    /// When the earliest rule of `bucket` expires `object`, if it stays current.
    pub fn expiration_due(&self, bucket: &BucketRecord, object: &Candidate<'_>) -> Option<ExpirationDue> {
        let Due { at, rule_id } = bucket.lifecycle.as_ref()?.expiration_due(object, self.options.day)?;
        Some(ExpirationDue { at, rule_id: rule_id.to_owned() })
    }

    /// As [`Store::expiration_due`], for the object of a record.
    pub fn expiration_of(
        &self,
        bucket: &BucketRecord,
        key: &Key,
        record: &ObjectRecord,
    ) -> Option<ExpirationDue> {
        let ObjectRecord { size, last_modified: modified, properties, .. } = record;
        self.expiration_due(
            bucket,
            &Candidate { key, size: *size, tags: &properties.tags, modified: *modified },
        )
    }
}
