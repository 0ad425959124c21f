//! While the issuer runs: new key files are read, the next keys made in time, and the manifest renewed.

use crate::config::{Config, Rotate};
use crate::in_force::Lacking;
use crate::issuer::Issuer;
use crate::keys::{self, Keys, KeysError, RotateError, Wanted};
use crate::manifest::{self, ManifestError};
use crate::random::Random;
use farthing_core::time::{DAY, Timestamp};
use farthing_ledger::Ledger;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// How often the folder, the calendar and the ledger are looked at.
pub const EVERY: Duration = Duration::from_secs(60);

/// How long before the end of the last epoch the operator is warned.
const WARN: u64 = 30 * DAY;

/// Why things stayed as they were.
#[derive(Debug, Error)]
pub enum RenewError {
    /// The key files that are there now are not used; those read before are.
    #[error("the key files are not read again: {0}")]
    Keys(#[from] KeysError),
    /// No key list was published.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The process is ending.
    #[error("a computation was broken off")]
    BrokenOff,
}

/// Looks once. Requests in work keep to what they took.
///
/// # Errors
/// [`RenewError`]; what was in force stays in force.
pub async fn renew<L: Ledger>(issuer: &Issuer<L>) -> Result<(), RenewError> {
    let _alone = issuer.renewing().await;
    let now = issuer.now();
    let before = issuer.in_force();
    let read = {
        let (config, keys) = (issuer.config().clone(), Arc::clone(before.keys()));
        let random = issuer.random_handle();
        move || read(&config, &keys, now, &*random)
    };
    let read = tokio::task::spawn_blocking(read).await;
    let Read { keys, failed } = read.map_err(|_| RenewError::BrokenOff)??;
    let keys = keys.map_or_else(|| Arc::clone(before.keys()), Arc::new);
    warn(issuer, &keys, failed, now);
    let config = issuer.config();
    let next = manifest::publish(config, keys, issuer.ledger(), now, true).await?;
    if *next.lacking() != *before.lacking() {
        tell(next.lacking());
    }
    issuer.metrics().keys.set(&next, now);
    issuer.put_in_force(next);
    Ok(())
}

/// Looks at once, then whenever `hangup` gives a value, and every [`EVERY`]. Never ends.
pub async fn keep<L: Ledger>(issuer: Arc<Issuer<L>>, mut hangup: impl AsyncFnMut()) {
    let mut told = String::new();
    if !issuer.in_force().lacking().is_empty() {
        tell(issuer.in_force().lacking());
    }
    loop {
        // The same failure every minute is one failure.
        match renew(&issuer).await {
            Ok(()) => told.clear(),
            Err(error) => {
                let words = error.to_string();
                if words != told {
                    tracing::error!(error = words, "keys and key list stay as they were");
                }
                told = words;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = hangup() => told.clear(),
        }
    }
}

/// What is in the folder now.
struct Read {
    /// The keys, if they have changed.
    keys: Option<Keys>,
    /// Why keys that are due were not made.
    failed: Option<RotateError>,
}

/// Makes what is due, and reads what has changed.
fn read(
    config: &Config,
    keys: &Keys,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Read, KeysError> {
    let changed = keys.read_again(config)?;
    let present = changed.as_ref().unwrap_or(keys);
    let automatic = config.keys_place().rotate == Rotate::Automatic;
    if !automatic || keys::due(present, now).is_empty() {
        return Ok(Read {
            keys: changed,
            failed: None,
        });
    }
    let failed = match keys::rotate(config, present, &Wanted::Due, now, random) {
        Ok(rotated) => {
            tracing::info!(files = rotated.files.len(), "new keys were made; copy them");
            None
        }
        Err(error) => Some(error),
    };
    let newer = present.read_again(config)?;
    Ok(Read {
        keys: newer.or(changed),
        failed,
    })
}

/// Once a day: near the end of the last epoch, or when keys are due and cannot be made.
fn warn<L: Ledger>(issuer: &Issuer<L>, keys: &Keys, failed: Option<RotateError>, now: Timestamp) {
    let ends = keys::epoch_ends(keys);
    let is_near = ends <= now.plus(WARN);
    if !(is_near || failed.is_some()) || !issuer.metrics().keys.is_another_day(now) {
        return;
    }
    if let Some(error) = failed {
        tracing::error!(%error, "the next keys are due and cannot be made");
    }
    if !is_near {
        return;
    }
    let days = ends.get().saturating_sub(now.get()) / DAY;
    tracing::warn!(
        days,
        "no coins can be made after this time; run: farthing-issuer keys rotate"
    );
}

fn tell(lacking: &Lacking) {
    let keys = lacking.count();
    if lacking.is_empty() {
        tracing::info!("all keys of the newest key list are here");
    } else {
        tracing::error!(
            keys,
            "the newest key list has keys that are not here: copy them from the replica that made them"
        );
    }
}
