//! Reads of events and identities.

use std::ops::Bound;

use bytes::Bytes;

use super::View;
use crate::format::v2::{decode_bytes, decode_event};
use crate::record::Event;
use crate::redb::error::Step;
use crate::redb::tables;

impl View {
    pub(in crate::redb) fn list_events(&self, after: u64, max: usize) -> Step<Vec<Event>> {
        let rows = self.open(tables::EVENTS)?;
        let mut found = Vec::new();
        for row in rows.range((Bound::Excluded(after), Bound::Unbounded))?.take(max) {
            let (key, value) = row?;
            let row = key.value();
            found.push(rows.check(&row, decode_event(value.value(), &rows.place(&row), row))?);
        }
        Ok(found)
    }

    pub(in crate::redb) fn read_identities(&self) -> Step<(u64, Vec<(String, Bytes)>)> {
        let rows = self.open(tables::IDENTITIES)?;
        let mut found = Vec::new();
        for row in rows.all()? {
            let (name, value) = row?;
            let name = name.value();
            let document = rows.check(&name, decode_bytes(value.value(), &rows.place(&name)))?;
            found.push((name.to_owned(), document));
        }
        Ok((self.counters()?.identities, found))
    }
}
