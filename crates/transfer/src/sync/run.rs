//! Run: carries a plan out, many files at once; what fails is told, and the rest goes on.

use super::decide::{Action, Reason};
use super::plan::{NoDeletion, Planner, Step};
use crate::error::TransferError;
use crate::listing::Warning;
use crate::outcome::Outcome;
use drystone_client::CallError;
use std::future::Future;
use std::io::ErrorKind;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Files at once: more than parts, as most of a small file's time is waiting.
pub const FILES_AT_ONCE: usize = 32;
/// Paths of one deletion.
pub const DELETE_BATCH: usize = 1000;

/// What does the steps of a plan.
pub trait Hands: Send + Sync + 'static {
    /// Copies what the step names.
    fn transfer(&self, step: &Step) -> impl Future<Output = Result<Outcome, TransferError>> + Send;

    /// Are both sides the same? `false` also where that cannot be told.
    fn is_same(&self, step: &Step) -> impl Future<Output = bool> + Send;

    /// Deletes paths of the target, at most [`DELETE_BATCH`]; the outcomes in the same order.
    fn delete(&self, paths: Vec<String>) -> impl Future<Output = Vec<Result<(), TransferError>>> + Send;

    /// Something is done, or would be in a dry run.
    fn ended(&self, step: &Step, end: End<'_>);

    /// Something was left out.
    fn warn(&self, warning: &Warning);
}

/// How a step ended.
#[derive(Debug)]
pub enum End<'a> {
    /// It is done.
    Done(Option<&'a Outcome>),
    /// It would be done.
    Planned,
    /// It failed.
    Failed(&'a TransferError),
    /// It cannot be done, and was left out.
    Skipped(&'a str),
}

/// How a plan is carried out.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Files at once.
    pub files_at_once: usize,
    /// Tells what would be done, and does nothing.
    pub is_dry: bool,
    /// Is the source known to exist even when nothing is in it?
    pub source_exists: bool,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Copied.
    pub copied: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// Deleted.
    pub deleted: u64,
    /// The same on both sides.
    pub same: u64,
    /// Failed.
    pub failed: u64,
    /// Left out with a warning.
    pub skipped: u64,
    /// Entries of the source.
    pub source_count: u64,
    /// Deletions that were not made, and why.
    pub withheld: Option<(u64, NoDeletion)>,
    /// Was it given up, as all the rest would have failed, too?
    pub gave_up: bool,
}

/// Carries a plan out. What is to be deleted is deleted at the end, when all of the source was seen.
///
/// Dropping the future stops what is under way; what is done stays done.
///
/// # Errors
/// A listing broke off; nothing was deleted then.
pub async fn run<H: Hands>(
    planner: &mut Planner,
    hands: &Arc<H>,
    options: RunOptions,
) -> Result<Tally, TransferError> {
    let mut runner = Runner { hands, options, tally: Tally::default(), running: JoinSet::new() };
    let mut doomed = Vec::new();
    let outcome = loop {
        let step = planner.next().await;
        for warning in planner.take_warnings() {
            runner.hands.warn(&warning);
            runner.tally.skipped += 1;
        }
        match step {
            Ok(None) => break Ok(()),
            Ok(Some(step)) => runner.step(step, &mut doomed).await,
            Err(error) => break Err(error),
        }
        if runner.tally.gave_up {
            break Ok(());
        }
    };
    // What is under way may end well, even when a listing broke off.
    while runner.join().await {}
    outcome?;
    runner.tally.source_count = planner.source_count();
    if !doomed.is_empty() && !runner.tally.gave_up {
        match planner.may_delete(options.source_exists) {
            Ok(()) => runner.delete(doomed).await,
            Err(why) => runner.tally.withheld = Some((doomed.len() as u64, why)),
        }
    }
    Ok(runner.tally)
}

struct Runner<'a, H> {
    hands: &'a Arc<H>,
    options: RunOptions,
    tally: Tally,
    running: JoinSet<(Step, Did)>,
}

enum Did {
    Same,
    Planned(Reason),
    Copied(Reason, Result<Outcome, TransferError>),
}

impl<H: Hands> Runner<'_, H> {
    async fn step(&mut self, step: Step, doomed: &mut Vec<Step>) {
        match &step.action {
            Action::Out => {}
            Action::Same => self.tally.same += 1,
            Action::Delete => doomed.push(step),
            Action::Skip(why) => {
                self.tally.skipped += 1;
                self.hands.ended(&step, End::Skipped(why));
            }
            Action::Copy(_) | Action::Check => {
                while self.running.len() >= self.options.files_at_once.max(1) {
                    self.join().await;
                }
                let (hands, is_dry) = (self.hands.clone(), self.options.is_dry);
                self.running.spawn(async move {
                    let did = work(hands.as_ref(), &step, is_dry).await;
                    (step, did)
                });
            }
        }
    }

    /// Waits for one that is under way; `false` when there is none.
    async fn join(&mut self) -> bool {
        let Some(joined) = self.running.join_next().await else { return false };
        let (mut step, did) = match joined {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        match did {
            Did::Same => self.tally.same += 1,
            Did::Planned(reason) => {
                step.action = Action::Copy(reason);
                self.copied(step.size());
                self.hands.ended(&step, End::Planned);
            }
            Did::Copied(reason, Ok(outcome)) => {
                step.action = Action::Copy(reason);
                self.copied(outcome.bytes);
                self.hands.ended(&step, End::Done(Some(&outcome)));
            }
            Did::Copied(reason, Err(error)) => {
                step.action = Action::Copy(reason);
                self.tally.failed += 1;
                self.tally.gave_up |= is_hopeless(&error);
                self.hands.ended(&step, End::Failed(&error));
            }
        }
        true
    }

    fn copied(&mut self, bytes: u64) {
        self.tally.copied += 1;
        self.tally.bytes += bytes;
    }

    async fn delete(&mut self, doomed: Vec<Step>) {
        for batch in doomed.chunks(DELETE_BATCH) {
            if self.options.is_dry {
                self.tally.deleted += batch.len() as u64;
                for step in batch {
                    self.hands.ended(step, End::Planned);
                }
                continue;
            }
            let paths = batch.iter().map(|step| step.path().to_owned()).collect();
            let outcomes = self.hands.delete(paths).await;
            for (step, outcome) in batch.iter().zip(outcomes) {
                match outcome {
                    Ok(()) => {
                        self.tally.deleted += 1;
                        self.hands.ended(step, End::Done(None));
                    }
                    Err(error) => {
                        self.tally.failed += 1;
                        self.hands.ended(step, End::Failed(&error));
                    }
                }
            }
        }
    }
}

async fn work<H: Hands>(hands: &H, step: &Step, is_dry: bool) -> Did {
    let reason = match step.action {
        Action::Copy(reason) => reason,
        _ if hands.is_same(step).await => return Did::Same,
        _ => Reason::Checksum,
    };
    if is_dry { Did::Planned(reason) } else { Did::Copied(reason, hands.transfer(step).await) }
}

/// Would everything else fail in the same way? Then it is better to stop than to say it for every file.
fn is_hopeless(error: &TransferError) -> bool {
    match error {
        TransferError::Local { source, .. } => source.kind() == ErrorKind::StorageFull,
        TransferError::Call { source, .. } => match source {
            CallError::Credentials(_) | CallError::Unreachable { .. } => true,
            _ => matches!(
                source.code(),
                Some("NoSuchBucket" | "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken")
            ),
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests;
