//! From version 1 to version 2, in one transaction when a store is opened.
//!
//! Buckets get an owner, and what they hold is counted. All other rows stay as they are until a step rewrites them: every
//! decoder reads both versions. That the counters are of version 2 says that the migration is done.

use std::collections::HashMap;

use drystone_types::{AccountId, BucketName};
use redb::{Database, Durability};
use tracing::{info, warn};

use super::error::{Fault, Step};
use super::tables::{RowKey, Writable};
use super::writing::Writing;
use crate::format::v2::{
    Malformed, Place, StoredObject, decode_bucket, decode_name, decode_part, encode_usage,
};
use crate::record::BucketUsage;

/// Moves a store of version 1 forward; all it holds is `owner`'s.
pub(super) fn migrate(database: &Database, owner: &AccountId) -> Step<()> {
    let mut txn = database.begin_write()?;
    txn.set_durability(Durability::Immediate)?;
    txn.set_quick_repair(true);
    let mut writing = Writing::open(&txn)?;
    let names = collect(&writing.bucket_names, decode_name, |id, name| (*id, name))?;
    let usage = count(&writing, owner)?;
    for (id, name) in &names {
        own(&mut writing, name, owner)?;
        let held = usage.get(id).copied().unwrap_or_default();
        writing.usage.put(id, |place| encode_usage(&held, place))?;
    }
    writing.finish()?;
    txn.commit()?;
    info!(buckets = names.len(), "moved the metadata forward to format version 2");
    Ok(())
}

/// Gives a bucket its owner.
fn own(writing: &mut Writing<'_>, name: &BucketName, owner: &AccountId) -> Step<()> {
    let read = writing.buckets.get(&name.as_str(), |value, place| decode_bucket(value, place, name));
    match readable(read)?.flatten() {
        Some(mut bucket) => {
            bucket.owner = owner.clone();
            writing.put_bucket(&bucket)
        }
        None => Ok(()), // the audit reports it
    }
}

/// What each bucket holds.
fn count(writing: &Writing<'_>, owner: &AccountId) -> Step<HashMap<u64, BucketUsage>> {
    let mut usage: HashMap<u64, BucketUsage> = HashMap::new();
    let decode = |value: &[u8], place: &Place<'_>| StoredObject::decode(value, place, owner);
    for (bucket, size) in collect(&writing.objects, decode, |at, object| (at.0, object.record.size))? {
        usage.entry(bucket).or_default().gain_version(size);
    }
    let mut bucket_of = HashMap::new();
    for row in writing.uploads.all()? {
        let (bucket, _, id) = row?.0.value();
        bucket_of.insert(id, bucket);
    }
    for (upload, size) in collect(&writing.parts, decode_part, |at, part| (at.0, part.part.size))? {
        if let Some(bucket) = bucket_of.get(&upload) {
            usage.entry(*bucket).or_default().gain_part(size);
        }
    }
    Ok(usage)
}

/// Something of every row of a table that can be read.
fn collect<K: RowKey, T, U>(
    rows: &Writable<'_, K>,
    decode: impl Fn(&[u8], &Place<'_>) -> Result<T, Malformed>,
    keep: impl Fn(&K::SelfType<'_>, T) -> U,
) -> Step<Vec<U>> {
    let mut kept = Vec::new();
    for row in rows.all()? {
        let (key, value) = row?;
        let key = key.value();
        let decoded = rows.check(&key, decode(value.value(), &rows.place(&key)));
        kept.extend(readable(decoded)?.map(|row| keep(&key, row)));
    }
    Ok(kept)
}

/// A row that cannot be read is left to the audit.
fn readable<T>(read: Step<T>) -> Step<Option<T>> {
    match read {
        Ok(row) => Ok(Some(row)),
        Err(Fault::Outcome(broken)) => {
            warn!(%broken, "left a row as it is");
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}
