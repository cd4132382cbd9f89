//! Reads: each on one snapshot.

mod audit;
mod events;
mod history;
mod lists;
mod objects;
mod uploads;
mod versions;

use redb::{Database, ReadTransaction};

use super::database;
use super::error::{Fault, Step};
use super::tables::{self, RowKey, Rows, Snapshot, Table};
use super::writing::{COUNTERS_KEY, find_bucket, find_head};
use crate::format::v2::{BucketHead, Counters, decode_usage, is_v1};
use crate::record::{BucketRecord, BucketUsage};
use drystone_types::BucketName;

/// A snapshot.
pub(super) struct View {
    txn: ReadTransaction,
}

impl View {
    pub(super) fn begin(database: &Database) -> Step<Self> {
        Ok(Self { txn: database::begin(database)? })
    }

    fn open<K: RowKey>(&self, table: Table<K>) -> Step<Snapshot<K>> {
        Ok(Rows::new(table, self.txn.open_table(table.definition)?))
    }

    pub(super) fn counters(&self) -> Step<Counters> {
        let counters = self.open(tables::COUNTERS)?.get(&COUNTERS_KEY, Counters::decode)?;
        counters.ok_or_else(|| Fault::corrupt("the counters are missing".to_owned()))
    }

    /// Do the counters say that version 1 wrote this store last? Fails when they cannot be read.
    pub(super) fn is_v1(&self) -> Step<bool> {
        self.counters()?;
        let is_v1 = self.open(tables::COUNTERS)?.get(&COUNTERS_KEY, is_v1)?;
        is_v1.ok_or_else(|| Fault::corrupt("the counters are missing".to_owned()))
    }

    pub(super) fn bucket(&self, name: &BucketName) -> Step<BucketRecord> {
        find_bucket(&self.open(tables::BUCKETS)?, name)
    }

    /// What reads need to know of a bucket.
    fn bucket_head(&self, name: &BucketName) -> Step<BucketHead> {
        find_head(&self.open(tables::BUCKETS)?, name)
    }

    pub(super) fn usage(&self, name: &BucketName) -> Step<BucketUsage> {
        let id = self.bucket_head(name)?.id;
        let usage = self.open(tables::USAGE)?.get(&id, decode_usage)?;
        usage.ok_or_else(|| Fault::corrupt(format!("the usage of bucket {name} is missing")))
    }
}
