//! The ledger with everything that is kept beside it, for the commands that write it.

use super::{Failure, Wall};
use crate::books::Books;
use crate::clock::Clock;
use crate::config::{Config, WitnessForm, WitnessPlace};
use crate::gate::Gate;
use crate::keeper;
use crate::ledger_clock::LedgerClock;
use crate::monotonic::SystemMonotonic;
use crate::observer::{Keeping, SharedMark};
use crate::restore::Verdict;
use crate::witness::{ShortWitness, WitnessLog};
use farthing_core::time::Timestamp;
use farthing_ledger::witness::Observer;
use farthing_ledger::{Ledger, TimeStep};
use std::sync::{Arc, OnceLock};

/// An open ledger, compared with what is outside.
pub(super) struct Durable {
    pub(super) ledger: Books,
    pub(super) gate: Gate,
    pub(super) mark: SharedMark,
    pub(super) clock: Arc<LedgerClock>,
    pub(super) verdict: Verdict,
}

/// The ledger's clock, which only an open ledger can give. Until then nothing is written that has a time.
#[derive(Debug)]
struct LateClock {
    wall: Wall,
    ledger: OnceLock<Arc<LedgerClock>>,
}

impl Clock for LateClock {
    fn now(&self) -> Timestamp {
        let clock = self.ledger.get();
        clock.map_or_else(|| self.wall.now(), |clock| clock.now())
    }
}

/// Opens the ledger that the configuration names.
pub(super) async fn open(config: &Config, wall: &Wall) -> Result<Durable, Failure> {
    let (gate, mark) = (Gate::closed(), SharedMark::default());
    let late = Arc::new(LateClock {
        wall: Arc::clone(wall),
        ledger: OnceLock::new(),
    });
    let (mut witness, mut short) = (None, None);
    if let Some(WitnessPlace { directory, form }) = config.witness() {
        let clock: Arc<dyn Clock> = Arc::<LateClock>::clone(&late);
        let opened = match form {
            WitnessForm::Full => WitnessLog::open(directory, clock).map(|log| witness = Some(log)),
            WitnessForm::Short => ShortWitness::open(directory, clock).map(|log| short = Some(log)),
        };
        opened.map_err(|error| format!("{}: {error}", directory.display()))?;
    }
    let keeping = Keeping {
        witness,
        mark: Arc::clone(&mark),
        gate: gate.clone(),
    };
    // Where nothing is kept outside, nobody need hear of it.
    let kept = keeping.witness.is_some() || config.checkpoints().is_some();
    let observer: Option<Box<dyn Observer>> = if kept { Some(Box::new(keeping)) } else { None };
    let ledger = Books::open_observed(config, observer)?;
    let ledger = match short {
        Some(short) => ledger.witnessed(short),
        None => ledger,
    };
    let verdict = keeper::begin(&ledger, config, &gate, &mark).await?;
    let known = ledger.ledger_time(TimeStep::Look).await?;
    let monotonic = Arc::new(SystemMonotonic::default());
    let clock = LedgerClock::start(Arc::clone(wall), monotonic, known.as_ref());
    let clock = Arc::new(clock);
    // Before anything is told by it: what was told stands in the ledger.
    if let Some(known) = ledger.ledger_time(clock.keep()).await? {
        clock.adopt(&known);
    }
    // Nobody set it before: it was made here.
    let _ = late.ledger.set(Arc::clone(&clock));
    Ok(Durable {
        ledger,
        gate,
        mark,
        clock,
        verdict,
    })
}
