//! expire: stored answers whose time is over are dropped, and the nullifiers of their requests archived; records of gifts
//! whose access is over go with them.

use crate::clock::Clock;
use crate::issuer::Issuer;
use farthing_ledger::{Hour, Ledger, StoreError};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// How many answers go in one transaction: a purchase that comes meanwhile waits for no more.
const BATCH: usize = 100;
/// How many records of gifts: finding them looks at all there are.
const GIFTS: usize = 1_000;
/// Between two looks.
const EVERY: Duration = Duration::from_secs(3_600);

/// Why answers were not dropped. What was dropped before stays so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExpireError {
    /// The clock is in doubt, and nothing is deleted by such a one.
    #[error("the clock is not confirmed; nothing is deleted by it")]
    Clock,
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Drops every answer whose time is over. Gives how many.
///
/// # Errors
/// [`ExpireError`].
pub async fn expire<L: Ledger>(ledger: &L, clock: &dyn Clock) -> Result<usize, ExpireError> {
    let mut dropped: usize = 0;
    loop {
        // Asked for each batch: it may have come into doubt.
        if !clock.is_confirmed() {
            return Err(ExpireError::Clock);
        }
        let now = Hour::of(clock.now());
        let batch = ledger.expire_answers(now, BATCH).await?;
        dropped = dropped.saturating_add(batch);
        if batch < BATCH && ledger.drop_rebinds(now, GIFTS).await? < GIFTS {
            return Ok(dropped);
        }
        tokio::task::yield_now().await;
    }
}

/// Does so every hour, for as long as the issuer serves.
pub async fn hourly<L: Ledger>(issuer: Arc<Issuer<L>>) {
    loop {
        match expire(issuer.ledger(), issuer.clock()).await {
            Ok(0) => {}
            Ok(answers) => tracing::info!(answers, "stored answers expired"),
            Err(error) => {
                tracing::warn!(%error, "stored answers were not dropped; trying again in an hour")
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}
