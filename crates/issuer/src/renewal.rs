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
pub(crate) const EVERY: Duration = Duration::from_secs(60);

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
    /// Keys that are in force are not where the configuration names them now.
    #[error("{0} keys that are in force are not where [keys] says now")]
    Gone(usize),
    /// The process is ending.
    #[error("a computation was broken off")]
    BrokenOff,
}

/// Looks once. Requests in work keep to what they took.
///
/// # Errors
/// [`RenewError`]; what was in force stays in force.
pub async fn renew<L: Ledger>(issuer: &Issuer<L>) -> Result<(), RenewError> {
    renew_by(issuer, issuer.keys_config()).await
}

/// The same with the keys where this configuration says, which may have another section `[keys]` than before.
///
/// # Errors
/// [`RenewError`]; what was in force stays in force.
pub async fn renew_by<L: Ledger>(
    issuer: &Issuer<L>,
    config: Arc<Config>,
) -> Result<(), RenewError> {
    let _alone = issuer.renewing().await;
    let now = issuer.now();
    let before = issuer.in_force();
    let read = {
        let (config, keys) = (Arc::clone(&config), Arc::clone(before.keys()));
        let random = issuer.random_handle();
        let moved = config.keys_place() != issuer.keys_config().keys_place();
        move || read(&config, &keys, moved, now, &*random)
    };
    let read = tokio::task::spawn_blocking(read).await;
    let Read { keys, failed } = read.map_err(|_| RenewError::BrokenOff)??;
    let keys = keys.map_or_else(|| Arc::clone(before.keys()), Arc::new);
    warn(issuer, &keys, failed, now);
    let next = manifest::publish(&config, keys, issuer.ledger(), now, true).await?;
    let gone = next.lacking().count();
    if config.keys_place() != issuer.keys_config().keys_place() && gone > before.lacking().count() {
        return Err(RenewError::Gone(gone));
    }
    if *next.lacking() != *before.lacking() {
        tell(next.lacking());
    }
    issuer.metrics().keys.set(&next, now);
    issuer.put_in_force(next, config);
    Ok(())
}

/// Looks again and again, and tells each failure once.
#[derive(Debug, Default)]
pub(crate) struct Renewals {
    told: String,
}

impl Renewals {
    /// Looks once, with the keys where this configuration says. Whether things are as they should be.
    pub(crate) async fn look<L: Ledger>(
        &mut self,
        issuer: &Issuer<L>,
        config: Arc<Config>,
    ) -> bool {
        let renewed = renew_by(issuer, config).await;
        let Err(error) = renewed else {
            self.told.clear();
            return true;
        };
        let words = error.to_string();
        if words != self.told {
            tracing::error!(error = words, "keys and key list stay as they were");
        }
        self.told = words;
        false
    }

    /// The next failure is told, also if it is the same.
    pub(crate) fn listen(&mut self) {
        self.told.clear();
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
    moved: bool,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Read, KeysError> {
    let changed = if moved {
        Some(Keys::read(config)?)
    } else {
        keys.read_again(config)?
    };
    let present = changed.as_ref().unwrap_or(keys);
    let automatic = config.keys_place().rotate == Rotate::Automatic;
    let is_due = !keys::due(present, now).is_empty()
        || keys::is_promo_due(config, present, now)
        || keys::is_rights_due(config, present, now);
    if !automatic || !is_due {
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

pub(crate) fn tell(lacking: &Lacking) {
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
