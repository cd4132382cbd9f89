//! Every engine passes the whole suite.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use drystone_disk::{Fs, MemoryFs, RealFs};
use drystone_metastore::conformance::{self, Store};
use drystone_metastore::{MemoryMetaStore, RedbMetaStore};

async fn memory() -> Store {
    Arc::new(MemoryMetaStore::new())
}

async fn redb_in_memory() -> Store {
    let fs: Arc<dyn Fs> = Arc::new(MemoryFs::new());
    Arc::new(RedbMetaStore::create(&fs, &PathBuf::from("/meta.redb")).expect("a fresh file system"))
}

macro_rules! suite {
    ($($group:ident),+) => {
        mod on_memory {
            $(#[tokio::test]
            async fn $group() {
                super::conformance::$group::all(&super::memory).await;
            })+
        }
        mod on_redb {
            $(#[tokio::test]
            async fn $group() {
                super::conformance::$group::all(&super::redb_in_memory).await;
            })+
        }
    };
}

suite!(
    buckets,
    objects,
    uploads,
    conditions,
    lists,
    sweep,
    settings,
    versions,
    version_lists,
    locks,
    usage,
    events
);

#[tokio::test]
async fn redb_on_real_files_passes_the_uploads() {
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let made = AtomicU32::new(0);
    let make = || async {
        let path = dir.path().join(made.fetch_add(1, Ordering::Relaxed).to_string());
        let store: Store = Arc::new(RedbMetaStore::create(&fs, &path).expect("a fresh path"));
        store
    };
    conformance::uploads::all(&make).await;
}
