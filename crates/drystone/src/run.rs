//! Run: a client command on a runtime of its own, until it is done or a signal ends it.

use std::future::Future;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

use crate::Failure;
use crate::failure;
use crate::shutdown::Signals;

/// Threads that move bytes and hash: two keep a link of 10 Gbit/s busy.
const WORKERS: usize = 2;
/// Threads that read and write files.
const BLOCKING_MAX: usize = 32;
/// Reads and writes that still run when the command is over are given so long.
const LAST_WORK: Duration = Duration::from_millis(500);

/// Runs `work` to its end. The first SIGINT or SIGTERM drops it, which stops it where it is; then `interrupted` may say how to go
/// on, or clean up. The second one ends the program at once.
///
/// # Errors
/// Those of `work`; [`Failure::Interrupted`] after a signal.
pub(crate) fn run<T>(
    work: impl Future<Output = Result<T, Failure>>,
    interrupted: impl Future<Output = ()>,
) -> Result<T, Failure> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let mut signals =
            Signals::listen().map_err(|error| Failure::other("cannot listen to signals", error))?;
        {
            tokio::pin!(work);
            tokio::select! {
                outcome = &mut work => return outcome,
                () = signals.next() => {}
            }
            // A second signal ends the program, even where what stops does not stop.
            tokio::spawn(async move {
                signals.next().await;
                std::process::exit(i32::from(failure::INTERRUPTED));
            });
        }
        interrupted.await;
        Err(Failure::Interrupted)
    });
    runtime.shutdown_timeout(LAST_WORK);
    outcome
}

/// The runtime of client commands.
fn runtime() -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_MAX)
        .enable_all()
        .build()
        .map_err(|error| Failure::other("cannot start threads", error))
}
