//! clock: what time the ledger has, and the operator's word on it.

use super::{Failure, Wall, block_on};
use crate::books::Books;
use crate::clock::Clock as _;
use crate::config::Config;
use crate::date;
use crate::ledger_clock::LedgerClock;
use crate::monotonic::{Monotonic, SystemMonotonic};
use farthing_core::time::Timestamp;
use farthing_ledger::{Ledger, TimeStep};
use std::path::Path;
use std::sync::Arc;

fn line(name: &str, time: Timestamp) {
    println!("{name}: {} ({} UTC)", time.get(), date::minute(time));
}

pub(super) fn show(config: &Path, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    block_on(async {
        let ledger = Books::open(&config)?;
        let known = ledger.ledger_time(TimeStep::Look).await?;
        let clock = LedgerClock::start(
            Arc::clone(wall),
            Arc::new(SystemMonotonic::default()),
            known.as_ref(),
        );
        line("ledger", clock.unkept());
        line("wall", wall.now());
        println!("alarm: {}", clock.alarm().unwrap_or("none"));
        if let Some(known) = known {
            line("kept", known.mark);
            line("told-until", known.told_until);
            println!("decisions: {}", known.decision);
            if known.deleted_under > Timestamp::default() {
                line("deleted-under", known.deleted_under);
            }
        }
        Ok(())
    })?
}

/// The ledger's time is this; `None` for what the wall clock says.
pub(super) fn decide(config: &Path, time: Option<u64>, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let mark = match time {
        Some(seconds) => Timestamp::new(seconds).ok_or("the time is beyond what can be written")?,
        None => wall.now(),
    };
    block_on(async {
        let ledger = Books::open(&config)?;
        let monotonic = SystemMonotonic::default();
        let decide = TimeStep::Decide {
            mark,
            era: monotonic.era().to_owned(),
            reading: monotonic.seconds(),
        };
        ledger.ledger_time(decide).await?;
        line("ledger", mark);
        Ok(())
    })?
}
