//! Identities over the metadata of this store: their documents, the clock and the dice, and the store's own root.

use async_trait::async_trait;
use bytes::Bytes;
use drystone_identity::{Chance, Documents, Identities, IdentityError, Root};
use drystone_metastore::{MetaError, MetaStore};
use drystone_seal::MasterKeys;
use drystone_store::{Clock as _, Entropy as _, SystemClock, SystemEntropy};
use drystone_types::{AccountId, Owner, Timestamp};
use drystone_wire::auth::Secret;
use std::sync::Arc;

use crate::Failure;
use crate::root_key::ACCESS_KEY_ENV;

/// Opens the identities; the root is the account of the store's first bucket, and has this key.
pub(crate) async fn open(
    meta: Arc<dyn MetaStore>,
    master: &MasterKeys,
    owner: &Owner,
    (access_key_id, secret): (String, Secret),
) -> Result<Arc<Identities>, Failure> {
    let root = Root {
        account: AccountId::parse(&owner.id).expect("the owner of a store has a canonical id"),
        number: owner.account_id.clone(),
        display_name: owner.display_name.clone(),
        access_key_id,
        secret,
    };
    let documents = Arc::new(MetaDocuments(meta));
    let identities =
        Identities::open(documents, Arc::new(SystemChance), Arc::new(master.clone()), root).await;
    let identities = identities.map_err(|error| Failure::other("cannot open the identities", error))?;
    if let Some(holder) = identities.snapshot().shadowed_by_root() {
        return Err(Failure::Config(format!(
            "{ACCESS_KEY_ENV} is the id of an access key of {holder}, which could not be used any more: choose another"
        )));
    }
    Ok(Arc::new(identities))
}

/// The documents, kept by the metadata engine.
#[derive(Debug)]
struct MetaDocuments(Arc<dyn MetaStore>);

#[async_trait]
impl Documents for MetaDocuments {
    async fn read(&self) -> Result<(u64, Vec<(String, Bytes)>), IdentityError> {
        self.0.read_identities().await.map_err(|error| failed("read", error))
    }

    async fn write(
        &self,
        expected: u64,
        changes: Vec<(String, Option<Bytes>)>,
    ) -> Result<u64, IdentityError> {
        self.0.write_identities(expected, changes).await.map_err(|error| match error {
            MetaError::IdentitiesChanged => IdentityError::Conflict,
            other => failed("write", other),
        })
    }
}

fn failed(what: &'static str, error: MetaError) -> IdentityError {
    IdentityError::Store { what, source: Box::new(error) }
}

/// The system's clock and random numbers.
#[derive(Debug)]
struct SystemChance;

impl Chance for SystemChance {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn random_u128(&self) -> u128 {
        SystemEntropy.random_u128()
    }
}
