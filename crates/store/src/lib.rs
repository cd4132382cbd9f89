//! S3's rules, written once: below HTTP, above the engines. And the sweep that reclaims what nobody refers to.

pub mod blocking;
pub mod body;
pub mod bucket;
mod bucket_cache;
pub mod budget;
pub mod clock;
pub mod encryption;
pub mod error;
pub mod event;
pub mod ingest;
pub mod invariants;
pub mod lease;
pub mod object;
pub mod options;
pub mod pin;
mod quota;
mod room;
pub mod sweep;
pub mod upload;
mod verify;

use drystone_blobstore::BlobStore;
use drystone_metastore::MetaStore;
use drystone_metastore::record::SessionId;
use drystone_types::{AccountId, Owner, Timestamp, UploadId, VersionId, limits};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::{Notify, watch};

pub use body::{Body, BodyError, BodyFrame};
pub use clock::{Clock, Entropy, ManualClock, SystemClock, SystemEntropy};
pub use error::StoreError;
pub use options::StoreOptions;

/// The store: two engines and the rules between them. Shared behind an `Arc` by all requests.
pub struct Store {
    pub(crate) meta: Arc<dyn MetaStore>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) options: StoreOptions,
    pub(crate) buckets: Arc<bucket_cache::BucketCache>,
    pub(crate) leases: Arc<lease::LeasePool>,
    pub(crate) pins: Arc<pin::ReadPins>,
    pub(crate) ingest_budget: Arc<budget::Budget>,
    pub(crate) read_budget: Arc<budget::Budget>,
    pub(crate) room: ingest::RoomGauge,
    pub(crate) sweep_wanted: Arc<Notify>,
    pub(crate) ballast: room::BallastWatch,
    pub(crate) garbage_pending: tokio::sync::Mutex<sweep::garbage::Pending>,
    account: AccountId,
    last_version_id: Mutex<Option<UploadId>>,
    event_rules: OnceLock<Arc<dyn event::EventRules>>,
    events_told: watch::Sender<()>,
    fatal: watch::Sender<Option<String>>,
}

impl Store {
    /// Opens a store over two open engines: starts a session, so that leases of earlier runs become garbage.
    ///
    /// # Errors
    /// Those of the engines.
    pub async fn open(
        meta: Arc<dyn MetaStore>,
        blobs: Arc<dyn BlobStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        options: StoreOptions,
    ) -> Result<Arc<Self>, StoreError> {
        let session: SessionId = meta.open_session().await?;
        let last_version_id = meta.last_version_id().await?.map(|id| UploadId(id.0));
        let account = AccountId::parse(&options.owner.id).expect("the owner's id is an account id");
        let sweep_wanted = Arc::new(Notify::new());
        let leases = Arc::new(lease::LeasePool::new(Arc::clone(&meta), session, Arc::clone(&sweep_wanted)));
        Ok(Arc::new(Self {
            ingest_budget: budget::Budget::new(limits::INGEST_MEMORY_MAX_BYTES),
            read_budget: budget::Budget::new(limits::READ_MEMORY_MAX_BYTES),
            meta,
            blobs,
            clock,
            entropy,
            options,
            buckets: Arc::default(),
            leases,
            pins: Arc::default(),
            room: ingest::RoomGauge::default(),
            sweep_wanted,
            ballast: room::BallastWatch::default(),
            garbage_pending: tokio::sync::Mutex::default(),
            account,
            last_version_id: Mutex::new(last_version_id),
            event_rules: OnceLock::new(),
            events_told: watch::Sender::new(()),
            fatal: watch::Sender::new(None),
        }))
    }

    /// The root account, as answers show it.
    pub fn owner(&self) -> &Owner {
        &self.options.owner
    }

    /// The root account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The store's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits until the store has failed in a way that the process must not survive; why. Never resolves in good health.
    pub fn fatal(&self) -> impl Future<Output = String> + Send + use<> {
        let mut watched = self.fatal.subscribe();
        async move {
            let why = watched.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
            match why {
                Some(why) => why,
                None => std::future::pending().await, // the store is gone in good health
            }
        }
    }

    /// Passes `result` on; a failed sync among its errors is the end of this process.
    pub(crate) fn watch_syncs<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::SyncFailed(error)) = &result {
            self.fatal.send_replace(Some(format!("a sync of blobs failed: {error}")));
        }
        result
    }

    /// A fresh id for a version or an upload, greater than every earlier one of either.
    pub(crate) fn next_version_id(&self) -> VersionId {
        let mut last = self.last_version_id.lock().unwrap_or_else(PoisonError::into_inner);
        let id = UploadId::next(*last, self.clock.now().0, self.entropy.random_u128());
        *last = Some(id);
        id.into()
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("meta", &self.meta).field("blobs", &self.blobs).finish_non_exhaustive()
    }
}
