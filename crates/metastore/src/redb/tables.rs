//! The tables, their keys, and typed access to their rows. Every value goes through `format`.

use std::ops::RangeBounds;

use redb::{ReadableTable, TableDefinition, TableHandle as _};

use super::error::{Fault, Step};
use crate::format::v2::{Malformed, Place};

type Bytes = &'static [u8];

pub(super) const COUNTERS: Table<u64> = Table::new(1, "counters");
pub(super) const BUCKETS: Table<&'static str> = Table::new(2, "buckets");
pub(super) const BUCKET_NAMES: Table<u64> = Table::new(3, "bucket_names");
pub(super) const DEAD_BUCKETS: Table<u64> = Table::new(4, "dead_buckets");
pub(super) const OBJECTS: Table<(u64, &'static str)> = Table::new(5, "objects");
pub(super) const MANIFESTS: Table<u64> = Table::new(6, "manifests");
pub(super) const INLINE: Table<u64> = Table::new(7, "inline");
pub(super) const UPLOADS: Table<(u64, &'static str, u128)> = Table::new(8, "uploads");
pub(super) const PARTS: Table<(u128, u16)> = Table::new(9, "parts");
pub(super) const ENDED: Table<u128> = Table::new(10, "ended");
pub(super) const ENDED_ORDER: Table<(u64, u128)> = Table::new(11, "ended_order");
pub(super) const DRAINING: Table<u128> = Table::new(12, "draining");
pub(super) const TOUCHED: Table<(u64, &'static str)> = Table::new(13, "touched");
pub(super) const LEASES: Table<u64> = Table::new(14, "leases");
pub(super) const GARBAGE: Table<u64> = Table::new(15, "garbage");
/// The third element is the complement of the version id, so that the newest comes first.
pub(super) const VERSIONS: Table<(u64, &'static str, u128)> = Table::new(16, "versions");
pub(super) const NULLS: Table<(u64, &'static str)> = Table::new(17, "nulls");
pub(super) const USAGE: Table<u64> = Table::new(18, "usage");
pub(super) const EVENTS: Table<u64> = Table::new(19, "events");
pub(super) const IDENTITIES: Table<&'static str> = Table::new(20, "identities");

/// A table: its number, which the checksums of its rows cover, and its name in the file.
pub(super) struct Table<K: redb::Key + 'static> {
    number: u8,
    pub(super) definition: TableDefinition<'static, K, Bytes>,
}

impl<K: redb::Key + 'static> Clone for Table<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: redb::Key + 'static> Copy for Table<K> {}

impl<K: RowKey> Table<K> {
    const fn new(number: u8, name: &'static str) -> Self {
        Self { number, definition: TableDefinition::new(name) }
    }

    /// Where the row of this key stands.
    pub(super) fn place<'a>(&self, key: &'a K::SelfType<'_>) -> Place<'a> {
        K::place(self.number, key)
    }

    /// Turns what a decoder says into an error that names the row.
    pub(super) fn check<T>(&self, key: &K::SelfType<'_>, decoded: Result<T, Malformed>) -> Step<T> {
        decoded.map_err(|malformed| self.broken(key, malformed))
    }

    pub(super) fn broken(&self, key: &K::SelfType<'_>, malformed: Malformed) -> Fault {
        Fault::corrupt(format!("{} {key:?}: {malformed}", self.definition.name()))
    }
}

/// An open table: of a write transaction or of a snapshot.
pub(super) struct Rows<K: RowKey, R> {
    table: Table<K>,
    inner: R,
    wrote: bool,
}

/// A table of a write transaction.
pub(super) type Writable<'t, K> = Rows<K, redb::Table<'t, K, Bytes>>;
/// A table of a snapshot.
pub(super) type Snapshot<K> = Rows<K, redb::ReadOnlyTable<K, Bytes>>;

impl<K: RowKey, R: ReadableTable<K, Bytes>> Rows<K, R> {
    pub(super) fn new(table: Table<K>, inner: R) -> Self {
        Self { table, inner, wrote: false }
    }

    /// One row, decoded.
    pub(super) fn get<T>(
        &self,
        key: &K::SelfType<'_>,
        decode: impl FnOnce(&[u8], &Place<'_>) -> Result<T, Malformed>,
    ) -> Step<Option<T>> {
        let Some(value) = self.inner.get(key)? else { return Ok(None) };
        self.check(key, decode(value.value(), &self.place(key))).map(Some)
    }

    /// Is there a row?
    pub(super) fn has(&self, key: &K::SelfType<'_>) -> Step<bool> {
        Ok(self.inner.get(key)?.is_some())
    }

    /// The rows of a range, in order, undecoded.
    pub(super) fn range<'a>(
        &self,
        range: impl RangeBounds<K::SelfType<'a>> + 'a,
    ) -> Step<redb::Range<'_, K, Bytes>>
    where
        K: 'a,
    {
        Ok(self.inner.range::<K::SelfType<'a>>(range)?)
    }

    /// All rows, undecoded.
    pub(super) fn all(&self) -> Step<redb::Range<'_, K, Bytes>> {
        Ok(self.inner.iter()?)
    }

    /// Where the row of this key stands.
    pub(super) fn place<'a>(&self, key: &'a K::SelfType<'_>) -> Place<'a> {
        self.table.place(key)
    }

    /// Turns what a decoder says into an error that names the row.
    pub(super) fn check<T>(&self, key: &K::SelfType<'_>, decoded: Result<T, Malformed>) -> Step<T> {
        self.table.check(key, decoded)
    }
}

impl<K: RowKey> Writable<'_, K> {
    /// Sets a row.
    pub(super) fn put(
        &mut self,
        key: &K::SelfType<'_>,
        encode: impl FnOnce(&Place<'_>) -> Vec<u8>,
    ) -> Step<()> {
        self.wrote = true;
        let value = encode(&self.table.place(key));
        self.inner.insert(key, value.as_slice())?;
        Ok(())
    }

    /// Removes a row, if it is there; whether it was.
    pub(super) fn remove(&mut self, key: &K::SelfType<'_>) -> Step<bool> {
        let was = self.inner.remove(key)?.is_some();
        self.wrote |= was;
        Ok(was)
    }

    /// Was a row changed since this was last asked?
    pub(super) fn take_wrote(&mut self) -> bool {
        std::mem::take(&mut self.wrote)
    }
}

/// A key that can say its place.
pub(super) trait RowKey: redb::Key + 'static {
    /// The place of this key's row.
    fn place<'a>(table: u8, key: &'a Self::SelfType<'_>) -> Place<'a>;
}

impl RowKey for u64 {
    fn place(table: u8, key: &u64) -> Place<'_> {
        Place { table, first: u128::from(*key), text: "", second: 0 }
    }
}

impl RowKey for u128 {
    fn place(table: u8, key: &u128) -> Place<'_> {
        Place { table, first: *key, text: "", second: 0 }
    }
}

impl RowKey for &'static str {
    fn place<'a>(table: u8, key: &'a &str) -> Place<'a> {
        Place { table, first: 0, text: key, second: 0 }
    }
}

impl RowKey for (u64, &'static str) {
    fn place<'a>(table: u8, key: &'a (u64, &str)) -> Place<'a> {
        Place { table, first: u128::from(key.0), text: key.1, second: 0 }
    }
}

impl RowKey for (u64, &'static str, u128) {
    fn place<'a>(table: u8, key: &'a (u64, &str, u128)) -> Place<'a> {
        Place { table, first: u128::from(key.0), text: key.1, second: key.2 }
    }
}

impl RowKey for (u128, u16) {
    fn place(table: u8, key: &(u128, u16)) -> Place<'_> {
        Place { table, first: key.0, text: "", second: u128::from(key.1) }
    }
}

impl RowKey for (u64, u128) {
    fn place(table: u8, key: &(u64, u128)) -> Place<'_> {
        Place { table, first: u128::from(key.0), text: "", second: key.1 }
    }
}
