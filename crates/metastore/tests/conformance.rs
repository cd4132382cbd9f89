//! Every engine passes the whole suite.

use std::path::PathBuf;
use std::sync::Arc;

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

async fn redb_on_disk() -> Store {
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let dir = tempfile::tempdir().expect("a temporary directory").keep();
    Arc::new(RedbMetaStore::create(&fs, &dir.join("meta.redb")).expect("a fresh directory"))
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

suite!(buckets, objects, uploads, conditions, lists, sweep);

#[tokio::test]
async fn redb_on_real_files_passes_the_uploads() {
    conformance::uploads::all(&redb_on_disk).await;
}
