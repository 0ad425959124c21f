//! Curve arithmetic away from the threads that answer the network.

use std::num::NonZero;
use thiserror::Error;
use tokio::sync::Semaphore;

/// The work ended without a result. Its outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a computation was broken off")]
pub struct BrokenOff;

/// As many threads as the machine has cores; more work waits.
#[derive(Debug)]
pub struct Compute(Semaphore);

impl Default for Compute {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self(Semaphore::new(cores))
    }
}

impl Compute {
    /// Runs `work` on a blocking thread.
    ///
    /// # Errors
    /// [`BrokenOff`] if it panicked or the process is ending.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, BrokenOff> {
        let _permit = self.0.acquire().await.map_err(|_| BrokenOff)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| BrokenOff)
    }
}
