//! Ledger time: it never goes back by itself, and goes forward no faster than the monotonic clock plus an hour
//! (docs/adr/0019-durability-and-time.md).

use crate::clock::Clock;
use crate::monotonic::Monotonic;
use farthing_core::time::{DAY, HOUR, Timestamp};
use farthing_ledger::{LedgerTime, TimeStep};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How far the wall clock may be from what the monotonic clock says.
const TOLERANCE: u64 = HOUR;
/// How long a machine may have been off without anybody being asked.
const OFF: u64 = 7 * DAY;
/// How long nothing is deleted after it was off for longer than the tolerance.
const DOUBT: u64 = DAY;

/// For how long time may be told before the ledger is asked again. After a kill it stands still for as long at most.
const LEASE: u64 = 15;
/// With less of the lease left it is renewed at once: a leap is told only after the ledger knows of it.
const SHORT: u64 = 5;

/// Which way the wall clock went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alarm {
    Ahead,
    Behind,
}

#[derive(Debug)]
struct State {
    mark: u64,
    /// A ledger time that was good, and the reading at that moment.
    anchor: (u64, u64),
    /// Since when the wall clock is not followed: ledger time and reading then.
    alone: Option<(Alarm, u64, u64)>,
    /// The reading from which on nothing speaks against what a start took on trust.
    doubt_until: u64,
    decision: u64,
    /// No time before this is told: what was told last, or what may have been told before the start.
    floor: u64,
    /// No time after this is told: the ledger does not know it yet.
    until: u64,
}

/// The clock that decides about money.
#[derive(Debug)]
pub struct LedgerClock {
    wall: Arc<dyn Clock>,
    monotonic: Arc<dyn Monotonic>,
    state: Mutex<State>,
}

const fn after((mark, then): (u64, u64), now: u64) -> u64 {
    mark.saturating_add(now.saturating_sub(then))
}

impl State {
    /// What is known at a start: what the ledger remembers, the wall clock, and how long it was since if the machine
    /// did not stop meanwhile.
    fn start(known: Option<&LedgerTime>, wall: u64, era: &str, reading: u64) -> Self {
        let mut state = Self {
            mark: wall,
            anchor: (wall, reading),
            alone: None,
            doubt_until: 0,
            decision: 0,
            floor: 0,
            until: 0,
        };
        let Some(known) = known else { return state };
        let mark = known.mark.get();
        state.decision = known.decision;
        state.floor = known.told_until.get();
        state.until = state.floor;
        if known.era == era && known.reading <= reading {
            state.mark = mark;
            state.anchor = (mark, known.reading);
        } else if wall < mark || wall.saturating_sub(mark) > OFF {
            state.mark = mark;
            state.anchor = (mark, reading);
        } else if wall.saturating_sub(mark) > TOLERANCE {
            state.doubt_until = reading.saturating_add(DOUBT);
        }
        state
    }

    /// Which way the wall clock differs from what the monotonic clock says.
    const fn differs(&self, wall: u64, reading: u64) -> Option<Alarm> {
        let expected = after(self.anchor, reading);
        if wall > expected.saturating_add(TOLERANCE) {
            Some(Alarm::Ahead)
        } else if wall.saturating_add(TOLERANCE) < expected {
            Some(Alarm::Behind)
        } else {
            None
        }
    }

    fn observe(&mut self, wall: u64, reading: u64) -> u64 {
        let now = match (self.differs(wall, reading), self.alone) {
            (None, _) => {
                self.alone = None;
                wall
            }
            (Some(_), Some((_, mark, then))) => after((mark, then), reading),
            (Some(alarm), None) => {
                // Not from the anchor: the clock may have been followed to some distance from it.
                let mark = self.mark.max(after(self.anchor, reading).min(wall));
                self.alone = Some((alarm, mark, reading));
                mark
            }
        };
        self.mark = self.mark.max(now);
        self.mark
    }

    /// Takes over what an operator or another issuer wrote.
    fn adopt(&mut self, known: &LedgerTime, era: &str, reading: u64) {
        let mark = known.mark.get();
        let then = if known.era == era {
            known.reading.min(reading)
        } else {
            reading
        };
        let until = known.told_until.get();
        if known.decision == self.decision {
            self.mark = self.mark.max(mark);
            self.until = self.until.max(until);
            return;
        }
        *self = Self {
            mark: after((mark, then), reading),
            anchor: (mark, then),
            alone: None,
            doubt_until: 0,
            decision: known.decision,
            floor: 0,
            until,
        };
    }

    /// The time, as far as the ledger knows of it.
    fn tell(&mut self) -> u64 {
        self.floor = self.mark.min(self.until).max(self.floor);
        self.floor
    }
}

impl LedgerClock {
    /// Starts where the ledger's time stood. It tells nothing but what may have been told before, and where nothing was,
    /// the epoch, until [`Self::adopt`] has heard that the ledger knows what [`Self::keep`] says.
    #[must_use]
    pub fn start(
        wall: Arc<dyn Clock>,
        monotonic: Arc<dyn Monotonic>,
        known: Option<&LedgerTime>,
    ) -> Self {
        let (now, reading) = (wall.now().get(), monotonic.seconds());
        let state = State::start(known, now, monotonic.era(), reading);
        Self {
            wall,
            monotonic,
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be written into the ledger now, so that its time is not forgotten, and may be told for some seconds
    /// more.
    #[must_use]
    pub fn keep(&self) -> TimeStep {
        let (mark, reading, state) = self.observed();
        TimeStep::Keep {
            mark: Timestamp::default().plus(mark),
            era: self.monotonic.era().to_owned(),
            reading,
            decision: state.decision,
            // From the time itself and not from the floor: starts that follow each other quickly add nothing.
            until: Timestamp::default().plus(mark.saturating_add(LEASE)),
        }
    }

    /// Whether time will soon stand still, or does, unless it is kept.
    #[must_use]
    pub fn is_short(&self) -> bool {
        let (mark, _, state) = self.observed();
        mark.saturating_add(SHORT) > state.until
    }

    /// The time as it is, whether or not the ledger knows of it. For showing only.
    #[must_use]
    pub fn unkept(&self) -> Timestamp {
        Timestamp::default().plus(self.observed().0)
    }

    /// The time, a leap included that the ledger does not know yet, and the reading.
    fn observed(&self) -> (u64, u64, MutexGuard<'_, State>) {
        let wall = self.wall.now().get();
        let mut state = self.state();
        let reading = self.monotonic.seconds();
        if state.alone.is_none() && state.differs(wall, reading) == Some(Alarm::Ahead) {
            self.monotonic.resync();
        }
        let reading = self.monotonic.seconds();
        (state.observe(wall, reading), reading, state)
    }

    /// Takes over what the ledger says: an operator's decision, or another issuer's later time.
    pub fn adopt(&self, known: &LedgerTime) {
        let (era, reading) = (self.monotonic.era(), self.monotonic.seconds());
        self.state().adopt(known, era, reading);
    }
}

impl Clock for LedgerClock {
    fn now(&self) -> Timestamp {
        let (_, _, mut state) = self.observed();
        Timestamp::default().plus(state.tell())
    }

    fn is_confirmed(&self) -> bool {
        let (_, _, state) = self.observed();
        state.alone.is_none() && state.doubt_until <= self.monotonic.seconds()
    }

    fn alarm(&self) -> Option<&'static str> {
        let (_, _, state) = self.observed();
        match state.alone {
            Some((Alarm::Ahead, ..)) => Some("ahead"),
            Some((Alarm::Behind, ..)) => Some("behind"),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests;
