//! The door between async rules and blocking engines.

use crate::StoreError;

/// Runs `work` on the blocking pool. When the caller is dropped the work still runs to its end, and its result is dropped.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(panic) => {
            Err(StoreError::Internal { what: "a blocking task ended early", source: Box::new(panic) })
        }
    }
}
