//! Blocking: work that waits for disks, away from the threads that wait for the network.

/// Runs `work` on a thread of its own kind. Dropping the future does not stop it.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => std::future::pending().await, // the runtime is shutting down: nobody waits for this any more
        },
    }
}
