//! Identity documents under one revision.

use bytes::Bytes;

use super::state::State;
use crate::MetaError;

impl State {
    pub(super) fn read_identities(&self) -> (u64, Vec<(String, Bytes)>) {
        let documents = self.identities.iter().map(|(name, document)| (name.clone(), document.clone()));
        (self.identities_revision, documents.collect())
    }

    pub(super) fn write_identities(
        &mut self,
        expected: u64,
        changes: Vec<(String, Option<Bytes>)>,
    ) -> Result<u64, MetaError> {
        if expected != self.identities_revision {
            return Err(MetaError::IdentitiesChanged);
        }
        for (name, document) in changes {
            match document {
                Some(document) => self.identities.insert(name, document),
                None => self.identities.remove(&name),
            };
        }
        self.identities_revision += 1;
        Ok(self.identities_revision)
    }
}
