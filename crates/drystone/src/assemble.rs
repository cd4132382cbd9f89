//! Assembly: from settings to engines and a store. The only place that names engines.

use drystone_blobstore::BlobStore;
use drystone_blobstore::fs::{FsBlobStore, FsOptions};
use drystone_disk::Fs;
use drystone_metastore::MetaStore;
use drystone_metastore::redb::{Options, RedbMetaStore};
use drystone_types::{AccountId, Owner, limits};
use drystone_wire::sigv4::hex;
use drystone_wire::sigv4::sign::sha256;
use std::path::Path;
use std::sync::Arc;

use crate::Failure;
use crate::config::Config;
use crate::master_keys::KeyHistory;
use crate::store_dir::StoreDir;

/// The format of the metadata since which every store has master keys.
const FIRST_WITH_KEYS: u32 = 2;

/// The engines of a store.
pub(crate) struct Engines {
    pub(crate) meta: Arc<RedbMetaStore>,
    pub(crate) blobs: Arc<FsBlobStore>,
}

impl Engines {
    /// Has the store master keys already? Changes nothing.
    pub(crate) fn key_history(fs: &dyn Fs, config: &Config, dir: &StoreDir) -> Result<KeyHistory, Failure> {
        if dir.is_new {
            return Ok(KeyHistory::New);
        }
        let path = config.metastore_path()?;
        let version = RedbMetaStore::version_of(fs, &path).map_err(|error| {
            Failure::other(format!("cannot open the metadata in {}", path.display()), error)
        })?;
        Ok(if version < FIRST_WITH_KEYS { KeyHistory::BeforeKeys } else { KeyHistory::HasKeys })
    }

    /// Opens the engines, or makes new ones; what an interrupted creation left is taken up.
    pub(crate) async fn open(fs: Arc<dyn Fs>, config: &Config, dir: &StoreDir) -> Result<Self, Failure> {
        let options = FsOptions {
            reserve_bytes: config.free_space_min()?,
            ballast_bytes: limits::METADATA_RESERVE_BYTES,
            ..FsOptions::default()
        };
        let (blob_dir, meta_path) = (config.blobstore_dir()?, config.metastore_path()?);
        let meta_options = Options { owner: AccountId::parse(&owner_of(&dir.id).id), ..Options::default() };
        let is_new = dir.is_new;
        tokio::task::spawn_blocking(move || {
            if is_new {
                Self::create(&fs, &blob_dir, &meta_path, options)
            } else {
                Self::open_existing(&fs, &blob_dir, &meta_path, options, meta_options)
            }
        })
        .await
        .map_err(|error| Failure::other("opening the engines ended early", error))?
    }

    fn create(
        fs: &Arc<dyn Fs>,
        blob_dir: &Path,
        meta_path: &Path,
        options: FsOptions,
    ) -> Result<Self, Failure> {
        let blobs = FsBlobStore::create_store(Arc::clone(fs), blob_dir, options).map_err(|error| {
            Failure::other(format!("cannot make a blob store in {}", blob_dir.display()), error)
        })?;
        let has_meta =
            fs.exists(meta_path).map_err(|error| Failure::other("cannot look at the metadata", error))?;
        let made =
            if has_meta { RedbMetaStore::open(fs, meta_path) } else { RedbMetaStore::create(fs, meta_path) };
        let meta = made.map_err(|error| {
            Failure::other(format!("cannot make a metadata store in {}", meta_path.display()), error)
        })?;
        Ok(Self { meta: Arc::new(meta), blobs: Arc::new(blobs) })
    }

    fn open_existing(
        fs: &Arc<dyn Fs>,
        blob_dir: &Path,
        meta_path: &Path,
        options: FsOptions,
        meta_options: Options,
    ) -> Result<Self, Failure> {
        let blobs = FsBlobStore::open_store(Arc::clone(fs), blob_dir, options).map_err(|error| {
            Failure::other(format!("cannot open the blob store in {}", blob_dir.display()), error)
        })?;
        let meta = RedbMetaStore::open_with(fs, meta_path, meta_options).map_err(|error| {
            Failure::other(format!("cannot open the metadata in {}", meta_path.display()), error)
        })?;
        Ok(Self { meta: Arc::new(meta), blobs: Arc::new(blobs) })
    }

    /// The engines as the rules see them.
    pub(crate) fn as_traits(&self) -> (Arc<dyn MetaStore>, Arc<dyn BlobStore>) {
        let meta: Arc<dyn MetaStore> = Arc::<RedbMetaStore>::clone(&self.meta);
        let blobs: Arc<dyn BlobStore> = Arc::<FsBlobStore>::clone(&self.blobs);
        (meta, blobs)
    }
}

/// The one account of a store, made from the store's id.
pub(crate) fn owner_of(store_id: &str) -> Owner {
    let digest = sha256(format!("drystone owner {store_id}").as_bytes());
    let id = hex(&digest);
    let number = digest[..8].iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    Owner { id, account_id: format!("{:012}", number % 1_000_000_000_000), display_name: "root".into() }
}

/// The runtime of a command.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(limits::BLOCKING_THREADS_MAX)
        .build()
        .map_err(|error| Failure::other("cannot start the runtime", error))
}
