//! Random steps on the memory engine and on redb: equal results, equal audits, also across reopening.
//!
//! A failing case prints its shrunken steps; the seed goes to `proptest-regressions`.

#![expect(clippy::unwrap_used, reason = "a test")]
use std::path::Path;
use std::sync::Arc;

use drystone_disk::{Fs, MemoryFs};
use drystone_metastore::{MemoryMetaStore, RedbMetaStore};
use proptest::prelude::*;

mod apply;
mod look;
mod steps;
mod world;

use apply::apply;
use look::{audit, look};
use steps::{Step, step};
use world::{World, learn};

async fn same_on_both(steps: Vec<Step>) {
    let fs: Arc<dyn Fs> = Arc::new(MemoryFs::new());
    let path = Path::new("/meta.redb");
    let memory = MemoryMetaStore::new();
    let mut redb = RedbMetaStore::create(&fs, path).unwrap();
    let mut world = World { now_ms: 1, ..World::default() };
    for step in [Step::OpenSession, Step::CreateBucket { bucket: 0, locked: false }, Step::Lease(3)]
        .into_iter()
        .chain(steps)
    {
        if matches!(step, Step::Reopen) {
            drop(redb);
            redb = RedbMetaStore::open(&fs, path).unwrap();
        }
        let outcome = apply(&memory, &world, &step).await;
        assert_eq!(apply(&redb, &world, &step).await, outcome, "{step:?}");
        learn(&mut world, &memory, &step).await;
        assert_eq!(audit(&redb).await, audit(&memory).await, "after {step:?}");
    }
    assert_eq!(look(&redb, &world).await, look(&memory, &world).await);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_steps_give_the_same_on_both_engines(steps in prop::collection::vec(step(), 1..100)) {
        tokio::runtime::Runtime::new().unwrap().block_on(same_on_both(steps));
    }
}
