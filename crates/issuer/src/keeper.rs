//! What an issuer does beside answering: it keeps the mark, the ledger's time, the hourly checkpoint and the seven days of
//! the witness log.

use crate::checkpoint::{self, CheckpointError};
use crate::clock::Clock;
use crate::config::Config;
use crate::gate::Gate;
use crate::issuer::Issuer;
use crate::ledger_clock::LedgerClock;
use crate::observer::SharedMark;
use crate::outside::{Log, Mark, MarkFile, OutsideError, mark_path};
use crate::restore::{self, RestoreError, Verdict, compare, note_manifests};
use crate::witness;
use farthing_core::time::{HOUR, Timestamp};
use farthing_ledger::{Checkpoint, Ledger, TimeError, TimeStep};
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use thiserror::Error;

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(1);
/// Ledger time is written every so many rounds.
const KEEP_EVERY: u64 = 5;
/// A checkpoint is made when the last one is older.
const CHECKPOINT_EVERY: u64 = HOUR;

/// Why a round did not do everything. The next one tries again.
#[derive(Debug, Error)]
pub enum KeepError {
    /// No checkpoint was made.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// What is outside cannot be read or written.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// The ledger could not be compared.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The ledger's time was not kept.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The witness log was not pruned.
    #[error("witness log: {0}")]
    Witness(std::io::Error),
}

/// Compares the ledger with what is outside, and opens the gate if it fits. What was never kept before begins here.
///
/// # Errors
/// [`RestoreError`].
pub async fn begin<L: Ledger>(
    ledger: &L,
    config: &Config,
    gate: &Gate,
    mark: &SharedMark,
) -> Result<Verdict, RestoreError> {
    let verdict = compare(ledger, config.checkpoints()).await?;
    let opened = match (config.checkpoints(), &verdict) {
        (_, Verdict::Undecided(_)) => return Ok(verdict),
        (None, _) => None,
        (Some(log), Verdict::Fits) => Some(MarkFile::open(&mark_path(log))?),
        (Some(log), Verdict::Fresh) => {
            let standing = ledger.standing().await.map_err(RestoreError::Store)?;
            let mark = Mark {
                decisions: 0,
                standing,
            };
            let path = mark_path(log);
            // Another issuer with the same place may begin it at the same moment.
            Some(MarkFile::create(&path, mark).or_else(|_| MarkFile::open(&path))?)
        }
    };
    *mark.lock().unwrap_or_else(PoisonError::into_inner) = opened;
    gate.open();
    Ok(verdict)
}

/// Makes a checkpoint of an issuer's ledger, and keeps it outside as well if it has a place there.
///
/// # Errors
/// [`KeepError`].
pub async fn make_checkpoint<L: Ledger>(
    ledger: &L,
    config: &Config,
    signer: Option<&crate::keys::Signer>,
    now: Timestamp,
    decision: Option<&checkpoint::Decision>,
) -> Result<Checkpoint, KeepError> {
    let log = config.checkpoints();
    let made = checkpoint::make(
        ledger,
        config.issuer(),
        signer,
        now,
        log.is_some(),
        decision,
    );
    let made = made.await?;
    if let Some(log) = log {
        Log::at(log).append("checkpoint", &made.head, &made.body)?;
    }
    Ok(made)
}

/// The rounds of one issuer.
#[derive(Debug)]
pub struct Keeper<L> {
    issuer: Arc<Issuer<L>>,
    clock: Arc<LedgerClock>,
    mark: SharedMark,
    rounds: u64,
    manifests: u64,
    alarm: Option<&'static str>,
    failing: bool,
    checkpointed: Option<(u64, u64)>,
}

impl<L: Ledger> Keeper<L> {
    /// Begins with the first round.
    #[must_use]
    pub const fn new(issuer: Arc<Issuer<L>>, clock: Arc<LedgerClock>, mark: SharedMark) -> Self {
        Self {
            issuer,
            clock,
            mark,
            rounds: 0,
            manifests: 0,
            alarm: None,
            failing: false,
            checkpointed: None,
        }
    }

    /// Goes round for ever.
    pub async fn run(mut self) -> Infallible {
        loop {
            let round = self.round().await;
            self.tell(&round);
            tokio::time::sleep(ROUND).await;
        }
    }

    fn tell(&mut self, round: &Result<(), KeepError>) {
        let keeping = &self.issuer.metrics().keeping;
        let flag = |gauge: &prometheus_client::metrics::gauge::Gauge, on: bool| {
            gauge.set(i64::from(on));
        };
        flag(&keeping.restore_undecided, !self.issuer.gate().is_open());
        flag(&keeping.clock_unconfirmed, !self.clock.is_confirmed());
        flag(&keeping.faults, round.is_err());
        let alarm = self.clock.alarm();
        flag(&keeping.clock_alarm, alarm.is_some());
        if let Some((n, at)) = self.checkpointed {
            keeping.checkpoint.set(i64::try_from(n).unwrap_or(i64::MAX));
            let at = i64::try_from(at).unwrap_or(i64::MAX);
            keeping.checkpoint_time.set(at);
        }
        if alarm != self.alarm {
            match alarm {
                Some(alarm) => tracing::error!(
                    alarm,
                    "the wall clock is not followed, nothing is deleted by time; see: farthing-issuer clock show"
                ),
                None => tracing::warn!("the wall clock is followed again"),
            }
            self.alarm = alarm;
        }
        match round {
            Err(error) if !self.failing => tracing::error!(%error, "keeping"),
            _ => {}
        }
        self.failing = round.is_err();
    }

    /// One round.
    ///
    /// # Errors
    /// [`KeepError`]; what comes before the fault was done.
    pub async fn round(&mut self) -> Result<(), KeepError> {
        let ledger = self.issuer.ledger().inner();
        let step = if self.rounds.is_multiple_of(KEEP_EVERY) || self.clock.is_short() {
            self.clock.keep()
        } else {
            TimeStep::Look
        };
        self.rounds = self.rounds.saturating_add(1);
        if let Some(known) = ledger.ledger_time(step).await? {
            self.clock.adopt(&known);
        }
        // An operator decided: from there on, too, time is told only as far as it is kept.
        if self.clock.is_short()
            && let Some(known) = ledger.ledger_time(self.clock.keep()).await?
        {
            self.clock.adopt(&known);
        }
        self.watch().await?;
        if !self.issuer.gate().is_open() {
            return Ok(());
        }
        if let Some(log) = self.issuer.config().checkpoints() {
            note_manifests(ledger, &Log::at(log), &mut self.manifests).await?;
        }
        self.checkpoint().await?;
        let place = self.issuer.config().witness();
        if let (Some(place), Some(now)) = (place, self.issuer.ledger_time_confirmed()) {
            witness::prune(&place.directory, now).map_err(KeepError::Witness)?;
        }
        Ok(())
    }

    /// The mark goes on with the ledger; a ledger that does not go on from the mark closes the gate.
    async fn watch(&self) -> Result<(), KeepError> {
        let (ledger, gate) = (self.issuer.ledger().inner(), self.issuer.gate());
        let config = self.issuer.config();
        if !gate.is_open() {
            if begin(ledger, config, gate, &self.mark).await? == Verdict::Fits {
                tracing::warn!("the ledger was decided on: value is created again");
            }
            return Ok(());
        }
        let Some(log) = config.checkpoints() else {
            return Ok(());
        };
        if let verdict @ Verdict::Undecided(_) = compare(ledger, Some(log)).await? {
            gate.close();
            warn_of(&verdict);
            return Ok(());
        }
        let standing = ledger.standing().await.map_err(RestoreError::Store)?;
        let unsynced = {
            let mut mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(mark) = mark.as_mut() {
                // Other issuers of this machine may have written it.
                mark.reload()?;
                mark.advance(&standing)?;
            }
            mark.as_mut().map(MarkFile::unsynced).transpose()?.flatten()
        };
        if let Some(file) = unsynced {
            let path = mark_path(log);
            let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
            let synced = synced.unwrap_or_else(|error| Err(std::io::Error::other(error)));
            synced.map_err(|error| OutsideError::Io { path, error })?;
        }
        Ok(())
    }

    async fn checkpoint(&mut self) -> Result<(), KeepError> {
        let now = self.clock.now();
        let due = |at: u64| now.get() >= at.saturating_add(CHECKPOINT_EVERY) || now.get() < at;
        if self.checkpointed.is_some_and(|(_, at)| !due(at)) {
            return Ok(());
        }
        // Perhaps another issuer made it.
        let ledger = self.issuer.ledger().inner();
        let newest = ledger.snapshot().await.map_err(RestoreError::Store)?.newest;
        let in_force = self.issuer.in_force();
        let keys: Vec<_> = in_force.keys().signers().iter().map(|s| *s.jwk()).collect();
        let said = newest.and_then(|newest| checkpoint::read(&newest.head, &keys).ok());
        if let Some(said) = said.filter(|said| !due(said.iat.get())) {
            self.checkpointed = Some((said.n, said.iat.get()));
            return Ok(());
        }
        let (config, signer) = (self.issuer.config(), in_force.signer(now));
        let made = make_checkpoint(ledger, config, signer, now, None).await?;
        self.checkpointed = Some((made.n, now.get()));
        Ok(())
    }
}

/// Says loudly that an operator must decide.
pub fn warn_of(verdict: &Verdict) {
    if let Verdict::Undecided(reason) = verdict {
        tracing::error!(
            reason = reason.word(),
            "the ledger is not the one that was left: nothing that creates value is done; see: farthing-issuer restore show"
        );
    }
}

/// Puts back what readers have of this ledger, if it is an older copy.
///
/// # Errors
/// [`RestoreError`].
pub async fn put_back<L: Ledger>(
    ledger: &L,
    verdict: &Verdict,
    log: Option<&Path>,
) -> Result<(), RestoreError> {
    if let (Verdict::Undecided(_), Some(log)) = (verdict, log) {
        let put = restore::put_back_manifests(ledger, &Log::at(log)).await?;
        if put > 0 {
            tracing::warn!(
                put,
                "manifests that readers have were put back into the ledger"
            );
        }
    }
    Ok(())
}
