//! Tests of plans carried out on sides in memory.

use super::{End, Hands, RunOptions, Tally, run};
use crate::error::TransferError;
use crate::listing::{Entry, Listing, Warning};
use crate::outcome::Outcome;
use crate::select::Select;
use crate::sync::decide::{Action, Compare, Rules};
use crate::sync::plan::{NoDeletion, Planner, Step};
use drystone_types::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// Path, then content and time.
type Side = BTreeMap<String, (Vec<u8>, u64)>;

#[derive(Default)]
struct Memory {
    source: Side,
    target: Mutex<Side>,
    broken: BTreeSet<String>,
    /// Verb and path of each end.
    told: Mutex<Vec<(&'static str, String)>>,
    touched: Mutex<BTreeSet<String>>,
}

impl Hands for Memory {
    async fn transfer(&self, step: &Step) -> Result<Outcome, TransferError> {
        tokio::task::yield_now().await;
        let path = step.path().to_owned();
        if self.broken.contains(&path) {
            return Err(TransferError::Refused("broken".into()));
        }
        let content = self.source[&path].clone();
        let bytes = content.0.len() as u64;
        self.touched.lock().unwrap().insert(path.clone());
        self.target.lock().unwrap().insert(path, content);
        Ok(Outcome { bytes, ..Outcome::default() })
    }

    async fn is_same(&self, step: &Step) -> bool {
        self.source[step.path()].0 == self.target.lock().unwrap()[step.path()].0
    }

    async fn delete(&self, paths: Vec<String>) -> Vec<Result<(), TransferError>> {
        assert!(paths.len() <= super::DELETE_BATCH);
        let mut target = self.target.lock().unwrap();
        self.touched.lock().unwrap().extend(paths.iter().cloned());
        paths.iter().map(|path| target.remove(path).map(drop).ok_or_else(|| unreachable!("{path}"))).collect()
    }

    fn ended(&self, step: &Step, end: End<'_>) {
        let verb = match (&step.action, end) {
            (_, End::Failed(_)) => "failed",
            (_, End::Skipped(_)) => "skipped",
            (Action::Delete, _) => "delete",
            _ => "copy",
        };
        self.told.lock().unwrap().push((verb, step.path().to_owned()));
    }

    fn warn(&self, _: &Warning) {}
}

fn listing(side: &Side) -> Listing {
    Listing::of(side.iter().map(|(path, (content, modified))| Entry {
        path: path.clone(),
        size: content.len() as u64,
        modified: Some(Timestamp(*modified)),
        ..Entry::default()
    }))
}

fn options(is_dry: bool) -> RunOptions {
    RunOptions { files_at_once: 3, is_dry, source_exists: false }
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn sync(memory: Memory, rules: &Rules, is_dry: bool) -> (Arc<Memory>, Tally) {
    let target = memory.target.lock().unwrap().clone();
    let mut planner = Planner::new(rules.clone(), listing(&memory.source), listing(&target));
    let memory = Arc::new(memory);
    let tally = block(run(&mut planner, &memory, options(is_dry))).unwrap();
    (memory, tally)
}

fn sides(source: Side, target: Side) -> Memory {
    Memory { source, target: Mutex::new(target), ..Memory::default() }
}

fn side() -> impl Strategy<Value = Side> {
    let path = "[ab./é-]{1,3}";
    prop::collection::btree_map(path, (prop::collection::vec(0u8..2, 0..3), 0u64..4000), 0..12)
}

proptest! {
    #[test]
    fn both_sides_are_equal_afterwards(source in side(), target in side()) {
        prop_assume!(!source.is_empty());
        let rules = Rules { compare: Compare::Checksum, delete: true, ..Rules::default() };
        let (memory, tally) = sync(sides(source.clone(), target.clone()), &rules, false);
        let content = |side: &Side| side.iter().map(|(path, (bytes, _))| (path.clone(), bytes.clone())).collect::<Vec<_>>();
        prop_assert_eq!(content(&memory.target.lock().unwrap()), content(&source));
        prop_assert_eq!(tally.failed, 0);
        // A second run finds nothing to do.
        let again = sides(source, memory.target.lock().unwrap().clone());
        let (_, tally) = sync(again, &rules, false);
        prop_assert_eq!((tally.copied, tally.deleted), (0, 0));
    }

    #[test]
    fn a_dry_run_tells_what_a_run_does_and_does_nothing(source in side(), target in side(), delete: bool) {
        for compare in [Compare::SizeAndTime, Compare::SizeOnly, Compare::ExactTime, Compare::Checksum, Compare::Never] {
            let rules = Rules { compare, delete, ..Rules::default() };
            let (dry, dry_tally) = sync(sides(source.clone(), target.clone()), &rules, true);
            let (real, tally) = sync(sides(source.clone(), target.clone()), &rules, false);
            prop_assert_eq!(&*dry.target.lock().unwrap(), &target);
            let told = |memory: &Memory| memory.told.lock().unwrap().iter().cloned().collect::<BTreeSet<_>>();
            prop_assert_eq!(told(&dry), told(&real));
            prop_assert_eq!(dry_tally, tally);
        }
    }

    #[test]
    fn what_is_kept_out_is_not_touched(source in side(), target in side(), pattern in "[ab./*?-]{1,3}") {
        let mut select = Select::default();
        select.exclude(&pattern).unwrap();
        let rules = Rules { delete: true, select: select.clone(), ..Rules::default() };
        let (memory, _) = sync(sides(source.clone(), target.clone()), &rules, false);
        let touched = memory.touched.lock().unwrap();
        prop_assert!(touched.iter().all(|path| select.takes(path)));
        prop_assert!(touched.iter().all(|path| source.contains_key(path) || target.contains_key(path)));
    }

    #[test]
    fn what_fails_is_told_and_the_rest_goes_on(source in side(), broken in 0usize..12) {
        let mut memory = sides(source.clone(), Side::new());
        memory.broken.extend(source.keys().nth(broken).cloned());
        let failures = memory.broken.len() as u64;
        let (_, tally) = sync(memory, &Rules::default(), false);
        prop_assert_eq!((tally.failed, tally.copied), (failures, source.len() as u64 - failures));
    }
}

fn one(path: &str) -> Side {
    [(path.to_owned(), (vec![1], 1))].into()
}

#[test]
fn an_empty_source_deletes_nothing_unless_it_is_known_to_exist() {
    let rules = Rules { delete: true, ..Rules::default() };
    let (memory, tally) = sync(sides(Side::new(), one("a")), &rules, false);
    assert_eq!(tally.withheld, Some((1, NoDeletion::SourceEmpty)));
    assert_eq!(memory.target.lock().unwrap().len(), 1);
}

#[test]
fn a_source_that_breaks_off_deletes_nothing() {
    let (send, more) = tokio::sync::mpsc::channel(4);
    let hidden = Warning { path: "d".into(), why: "locked".into(), hides: true };
    send.try_send(crate::listing::Message::Warning(hidden)).unwrap();
    drop(send);
    let rules = Rules { delete: true, ..Rules::default() };
    let memory = Arc::new(sides(Side::new(), one("d/a")));
    let source = Listing::new(Some(more), [].into());
    let mut planner = Planner::new(rules, source, listing(&one("d/a")));
    let known = RunOptions { source_exists: true, ..options(false) };
    let tally = block(run(&mut planner, &memory, known)).unwrap();
    assert_eq!((tally.withheld, tally.skipped), (Some((1, NoDeletion::SourceIncomplete)), 1));
    assert_eq!(memory.target.lock().unwrap().len(), 1);
}
