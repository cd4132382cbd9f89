//! Identity documents under one revision.

use bytes::Bytes;

use crate::MetaError;
use crate::format::v2::encode_bytes;
use crate::redb::error::Step;
use crate::redb::writing::Writing;

impl Writing<'_> {
    pub(in crate::redb) fn write_identities(
        &mut self,
        expected: u64,
        changes: Vec<(String, Option<Bytes>)>,
    ) -> Step<u64> {
        if expected != self.counters.identities {
            return Err(MetaError::IdentitiesChanged.into());
        }
        for (name, document) in changes {
            match document {
                Some(document) => {
                    self.identities.put(&name.as_str(), |place| encode_bytes(&document, place))?;
                }
                None => {
                    self.identities.remove(&name.as_str())?;
                }
            }
        }
        self.counters.identities += 1;
        Ok(self.counters.identities)
    }
}
