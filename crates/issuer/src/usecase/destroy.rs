//! destroy: the end of keysets. Nothing of them is accepted, their secrets are destroyed, their rows are dropped.
//!
//! The order is what makes a fall between any two steps safe: the ledger refuses a keyset before its secret is gone, so
//! no issuer that still holds it can take or make tokens that nobody could check; and rows go only after the secret,
//! because as long as it exists a spent token could be shown again. The same call goes on where one broke off.

use crate::clock::Clock;
use crate::keys::{Keys, KeysError, Life};
use farthing_core::id::KeysetId;
use farthing_core::time::{DAY, Timestamp};
use farthing_ledger::{
    DropRowsError, EndKeysetError, EndedKeyset, Hour, KeyDestroyedError, KeysetEnd, Ledger,
    StoreError,
};
use thiserror::Error;

/// Fourteen months (R26), taken at their longest: for so long the answer to the last claim is kept.
pub(super) const ANSWER_LIFE: u64 = 427 * DAY;
/// How many rows go in one transaction.
const BATCH: usize = 1_000;

/// Why keysets were not destroyed, or not all of the way. What was done stays done; the same call goes on.
#[derive(Debug, Error)]
pub enum DestroyError {
    /// The clock is in doubt, and nothing is deleted by such a one.
    #[error("the clock is not confirmed; nothing is deleted by it")]
    Clock,
    /// Readers may still claim, or ask for the answer to a claim.
    #[error("keyset {keyset} is needed until {}", crate::date::day(*erase_at))]
    Early {
        /// Which, as text.
        keyset: String,
        /// From when on it may go.
        erase_at: Timestamp,
    },
    /// There is no secret of such a keyset, and there was none that ended.
    #[error("keyset {0} is not this issuer's")]
    Unknown(String),
    /// The ledger did not end it.
    #[error(transparent)]
    End(#[from] EndKeysetError),
    /// The secret was not destroyed.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The ledger did not take note of the destruction.
    #[error(transparent)]
    Record(#[from] KeyDestroyedError),
    /// The ledger did not drop rows.
    #[error(transparent)]
    Rows(#[from] DropRowsError),
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// From when on nothing of a keyset is needed any more.
#[must_use]
pub const fn erase_at(life: &Life) -> Timestamp {
    life.claim_until.plus(ANSWER_LIFE)
}

/// Ends these keysets, and goes on with those that had ended before. `forget` destroys their secrets, and those that are
/// gone already are no fault. Gives all keysets that have ended.
///
/// # Errors
/// [`DestroyError`].
pub async fn destroy<L: Ledger>(
    ledger: &L,
    keys: &Keys,
    keysets: &[KeysetId],
    clock: &dyn Clock,
    forget: impl FnOnce(&[KeysetId]) -> Result<(), KeysError>,
) -> Result<Vec<EndedKeyset>, DestroyError> {
    if !clock.is_confirmed() {
        return Err(DestroyError::Clock);
    }
    let now = clock.now();
    let before = ledger.ended_keysets().await?;
    let mut ends = Vec::new();
    // All of them are looked at before the first is ended.
    for id in keysets {
        let Some(mint) = keys.mint(id) else {
            if before.iter().any(|ended| ended.keyset == *id) {
                continue;
            }
            return Err(DestroyError::Unknown(id.to_b64u()));
        };
        let erase_at = erase_at(&mint.life());
        if now < erase_at {
            let keyset = id.to_b64u();
            return Err(DestroyError::Early { keyset, erase_at });
        }
        ends.push(KeysetEnd {
            promo: mint.promo().cloned(),
            keyset: *id,
            currency: mint.keyset().currency(),
            denomination: mint.keyset().denomination(),
            hour: Hour::of(now),
        });
    }
    for end in ends {
        ledger.end_keyset(end).await?;
    }
    let ended: Vec<KeysetId> = ledger
        .ended_keysets()
        .await?
        .iter()
        .map(|ended| ended.keyset)
        .collect();
    forget(&ended)?;
    for keyset in &ended {
        ledger.key_destroyed(*keyset).await?;
    }
    for keyset in &ended {
        while ledger.drop_rows(*keyset, BATCH).await? > 0 {
            tokio::task::yield_now().await;
        }
    }
    Ok(ledger.ended_keysets().await?)
}
