//! The one writer: takes the steps that wait, applies them in one transaction, makes it durable, then answers all.

use std::sync::Arc;
use std::time::Duration;

use drystone_types::limits::GROUP_COMMIT_MAX;
use redb::Durability;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, warn};

use super::backend::Failure;
use super::database::Shared;
use super::error::{Fault, Step, engine_error};
use super::writing::Writing;
use crate::MetaError;

/// What the writer is asked.
pub(super) enum Message {
    /// Do a step.
    Step(Box<dyn Job>),
    /// A reader met a failed database: make it readable again, and say when.
    Recover(oneshot::Sender<()>),
    /// Finish and close.
    Close(oneshot::Sender<()>),
}

/// A step with somebody who waits for its result.
pub(super) trait Job: Send {
    /// Applies the step. `Ok(false)` when it came to an error of its own.
    fn apply(&mut self, writing: &mut Writing<'_>) -> Result<bool, redb::Error>;
    /// Answers, once the group's fate is known.
    fn answer(self: Box<Self>, verdict: &Verdict);
}

/// The fate of a group.
pub(super) enum Verdict {
    /// Durable, or nothing to make durable.
    Done,
    /// No room. Nothing was changed.
    Full,
    /// The engine failed to do the verb, for this reason.
    Failed(&'static str, Arc<str>),
}

/// A [`Job`] from a closure.
struct StepJob<F, T> {
    step: Option<F>,
    result: Option<Result<T, MetaError>>,
    waiting: oneshot::Sender<Result<T, MetaError>>,
}

impl<F, T> Job for StepJob<F, T>
where
    F: FnOnce(&mut Writing<'_>) -> Step<T> + Send,
    T: Send,
{
    fn apply(&mut self, writing: &mut Writing<'_>) -> Result<bool, redb::Error> {
        let step = self.step.take().expect("a step is applied once");
        let result = match step(writing) {
            Ok(value) => Ok(value),
            Err(Fault::Outcome(outcome)) => Err(outcome),
            Err(Fault::Engine(error)) => return Err(error),
        };
        let went_well = result.is_ok();
        self.result = Some(result);
        Ok(went_well)
    }

    fn answer(self: Box<Self>, verdict: &Verdict) {
        let result = match (verdict, self.result) {
            (Verdict::Done, Some(result)) | (_, Some(result @ Err(_))) => result,
            (Verdict::Full, _) => Err(MetaError::Full),
            (Verdict::Failed(action, reason), _) => Err(engine_error(action, reason.to_string())),
            (Verdict::Done, None) => Err(engine_error("apply the step", "it was passed over")),
        };
        drop(self.waiting.send(result)); // a caller that went away does not want to know
    }
}

/// A job and where its result will come.
pub(super) fn job<F, T>(step: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T, MetaError>>)
where
    F: FnOnce(&mut Writing<'_>) -> Step<T> + Send + 'static,
    T: Send + 'static,
{
    let (waiting, result) = oneshot::channel();
    (Box::new(StepJob { step: Some(step), result: None, waiting }), result)
}

/// How far a group came.
#[derive(Clone, Copy)]
enum Phase {
    /// Nothing was applied.
    Begin,
    /// Steps were applied to a transaction that is not committed.
    Apply,
    /// The commit of this number was asked for.
    Commit(u64),
}

/// Runs until told to close or until nobody can ask any more.
pub(super) fn run(shared: &Shared, mut inbox: mpsc::Receiver<Message>) {
    let told = ReportPanic(shared);
    let mut waiting = None;
    while let Some(message) = waiting.take().or_else(|| inbox.blocking_recv()) {
        match message {
            Message::Step(first) => {
                let mut group = vec![first];
                while group.len() < GROUP_COMMIT_MAX
                    && let Ok(message) = inbox.try_recv()
                {
                    match message {
                        Message::Step(next) => group.push(next),
                        other => {
                            waiting = Some(other);
                            break;
                        }
                    }
                }
                let verdict = commit_group(shared, &mut group);
                for job in group {
                    job.answer(&verdict);
                }
            }
            Message::Recover(told) => {
                recover(shared);
                told.send(()).unwrap_or(()); // whoever asked may be gone
            }
            Message::Close(told) => {
                shared.close(Duration::from_secs(5));
                told.send(()).unwrap_or(()); // whoever asked may be gone
                break;
            }
        }
    }
    shared.close(Duration::from_secs(5));
    drop(told);
}

/// Tells the program when the writer dies of a bug.
struct ReportPanic<'a>(&'a Shared);

impl Drop for ReportPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail("the metadata writer panicked".to_owned());
        }
    }
}

fn commit_group(shared: &Shared, group: &mut [Box<dyn Job>]) -> Verdict {
    if let Err(verdict) = ready(shared) {
        return verdict;
    }
    let mut phase = Phase::Begin;
    let Err(fault) = try_commit(shared, group, &mut phase) else { return Verdict::Done };
    let reason: Arc<str> = fault.reason().into();
    match shared.gravest() {
        Some(Failure::Full) => {
            recover(shared);
            match phase {
                // The commit had reached the disk after all: its steps are done, and durable since the reopening.
                Phase::Commit(number) if shared.last_commit() == Some(number) => Verdict::Done,
                _ => Verdict::Full,
            }
        }
        Some(Failure::Read) => {
            warn!(%reason, "failed to read metadata");
            recover(shared);
            Verdict::Failed("read", reason)
        }
        None if matches!(phase, Phase::Apply) => Verdict::Failed("apply the steps", reason), // rolled back
        Some(Failure::Lost) | None => {
            shared.fail(format!("failed to make metadata durable: {reason}"));
            Verdict::Failed("commit", reason)
        }
    }
}

/// Makes sure that the database takes writes, reopening it where that may help.
fn ready(shared: &Shared) -> Result<(), Verdict> {
    if shared.fatal().is_none() && (shared.is_overlaid() || shared.gravest() == Some(Failure::Read)) {
        recover(shared);
    }
    if let Some(reason) = shared.fatal() {
        return Err(Verdict::Failed("go on after an earlier failure", reason.into()));
    }
    if shared.is_overlaid() { Err(Verdict::Full) } else { Ok(()) }
}

fn try_commit(shared: &Shared, group: &mut [Box<dyn Job>], phase: &mut Phase) -> Step<()> {
    let database = shared.database().ok_or(redb::Error::DatabaseClosed).map_err(Fault::Engine)?;
    let mut txn = database.begin_write()?;
    *phase = Phase::Apply;
    txn.set_durability(Durability::Immediate)?;
    txn.set_quick_repair(shared.options.quick_repair);
    let mut writing = Writing::open(&txn)?;
    let mut wrote = false;
    for job in group {
        let went_well = job.apply(&mut writing).map_err(Fault::Engine)?;
        let changed = writing.take_wrote();
        if changed && !went_well {
            error!("a step failed after its first write; its group is undone");
            return Err(Fault::corrupt("a step failed after its first write".to_owned()));
        }
        wrote |= changed;
    }
    if !wrote {
        drop(writing);
        return Ok(txn.abort()?);
    }
    let number = writing.finish()?;
    *phase = Phase::Commit(number);
    Ok(txn.commit()?)
}

/// Opens the database anew in place after a failure that did not harm what is durable.
fn recover(shared: &Shared) {
    match shared.gravest() {
        None if !shared.is_overlaid() => {}
        Some(Failure::Lost) => shared.fail("a write or sync of metadata failed".to_owned()),
        None | Some(Failure::Read | Failure::Full) => shared.reopen(),
    }
}
