//! Identities: holds the snapshot, and replaces it with each change, after the change is durable.

use async_trait::async_trait;
use bytes::Bytes;
use drystone_seal::MasterKeys;
use drystone_types::{AccountId, Timestamp, limits};
use drystone_wire::auth::Secret;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;

use crate::snapshot::Snapshot;
use crate::state::{Changes, State};
use crate::{IdentityError, names};

/// Where the documents are kept.
#[async_trait]
pub trait Documents: Send + Sync + fmt::Debug {
    /// All documents and their common revision.
    async fn read(&self) -> Result<(u64, Vec<(String, Bytes)>), IdentityError>;

    /// Sets and removes documents in one durable step, if the revision still is `expected`; the new revision.
    ///
    /// # Errors
    /// [`IdentityError::Conflict`] when it is not.
    async fn write(&self, expected: u64, changes: Vec<(String, Option<Bytes>)>)
    -> Result<u64, IdentityError>;
}

/// The clock and the dice.
pub trait Chance: Send + Sync + fmt::Debug {
    /// The moment.
    fn now(&self) -> Timestamp;
    /// 128 bits that nobody can guess.
    fn random_u128(&self) -> u128;
}

/// The store's own account, with the key that rules everything. It is kept outside the documents: in the environment or in a
/// file beside them.
#[derive(Clone, Debug)]
pub struct Root {
    /// Canonical id.
    pub account: AccountId,
    /// Twelve digits.
    pub number: String,
    /// Shown beside the id.
    pub display_name: String,
    /// The root's access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret: Secret,
}

/// All identities of a store.
#[derive(Debug)]
pub struct Identities {
    documents: Arc<dyn Documents>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) master: Arc<MasterKeys>,
    root: Arc<Root>,
    snapshot: RwLock<Arc<Snapshot>>,
    writing: Mutex<()>,
}

/// Times that a change is tried again when others write at the same time.
const TRIES: u32 = 4;

impl Identities {
    /// Reads the documents.
    ///
    /// # Errors
    /// [`IdentityError::Broken`] when one cannot be used, [`IdentityError::Store`].
    pub async fn open(
        documents: Arc<dyn Documents>,
        chance: Arc<dyn Chance>,
        master: Arc<MasterKeys>,
        root: Root,
    ) -> Result<Self, IdentityError> {
        let root = Arc::new(root);
        let (revision, all) = documents.read().await?;
        let snapshot = Snapshot::new(State::of(all)?, revision, &root, &master)?;
        let snapshot = RwLock::new(Arc::new(snapshot));
        Ok(Self { documents, chance, master, root, snapshot, writing: Mutex::default() })
    }

    /// What holds now. A request takes it once, so that one answer never mixes two revisions.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does a change: `plan` looks at what holds and says what to write. The new snapshot is made before the documents are
    /// written, so nothing is ever written that could not be used, and replaces the old one after.
    pub(crate) async fn change<T: Send>(
        &self,
        mut plan: impl FnMut(
            &Snapshot,
            &mut (dyn FnMut(usize) -> String + Send),
        ) -> Result<(Changes, T), IdentityError>
        + Send,
    ) -> Result<T, IdentityError> {
        let _one_at_a_time = self.writing.lock().await;
        for _ in 0..TRIES {
            let held = self.snapshot();
            let (changes, made) = {
                let mut random = || self.chance.random_u128();
                let mut text = |len| names::base32(&mut random, len);
                plan(&held, &mut text)?
            };
            let state = held.state.with(&changes)?;
            if state.len() > limits::IDENTITIES_MAX && state.len() > held.state.len() {
                return Err(IdentityError::TooMany { what: "identities", max: limits::IDENTITIES_MAX });
            }
            let mut next = Snapshot::new(state, 0, &self.root, &self.master)?;
            let written = changes.into_iter().map(|(name, bytes)| (name.to_string(), bytes)).collect();
            match self.documents.write(held.revision, written).await {
                Ok(revision) => {
                    next.revision = revision;
                    self.replace(next);
                    return Ok(made);
                }
                Err(IdentityError::Conflict) => self.reload().await?,
                Err(error) => return Err(error),
            }
        }
        Err(IdentityError::Conflict)
    }

    async fn reload(&self) -> Result<(), IdentityError> {
        let (revision, all) = self.documents.read().await?;
        self.replace(Snapshot::new(State::of(all)?, revision, &self.root, &self.master)?);
        Ok(())
    }

    fn replace(&self, snapshot: Snapshot) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }
}
