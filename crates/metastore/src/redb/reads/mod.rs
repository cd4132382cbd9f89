//! Reads: each on one snapshot.

mod audit;
mod lists;
mod objects;
mod uploads;

use redb::{Database, ReadTransaction};

use super::database;
use super::error::{Fault, Step};
use super::tables::{self, RowKey, Rows, Snapshot, Table};
use super::writing::{COUNTERS_KEY, find_bucket};
use crate::format::v1::Counters;
use crate::record::BucketRecord;
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

    pub(super) fn bucket(&self, name: &BucketName) -> Step<BucketRecord> {
        find_bucket(&self.open(tables::BUCKETS)?, name)
    }

    fn bucket_id(&self, name: &BucketName) -> Step<u64> {
        self.bucket(name).map(|bucket| bucket.id.0)
    }
}
