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

/// How far ahead of what the ledger remembers, and the monotonic clock says since, time is told: a leap is told only
/// after it was kept, so that a kill takes back no more than this.
const UNKEPT: u64 = 10;

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
    /// Where the ledger's time is kept, what was kept last: the time and the reading of that moment.
    kept: Option<(u64, u64)>,
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
            kept: None,
        };
        let Some(known) = known else { return state };
        let mark = known.mark.get();
        state.decision = known.decision;
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
        let kept = self.kept.map(|_| (mark, then));
        if known.decision == self.decision {
            self.mark = self.mark.max(mark);
            self.kept = kept;
            return;
        }
        *self = Self {
            mark: after((mark, then), reading),
            anchor: (mark, then),
            alone: None,
            doubt_until: 0,
            decision: known.decision,
            kept,
        };
    }
}

impl LedgerClock {
    /// Starts where the ledger's time stood.
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

    /// What is to be written into the ledger now, so that its time is not forgotten. From the first time on no leap is
    /// told before [`Self::adopt`] has heard that the ledger knows it.
    #[must_use]
    pub fn keep(&self) -> TimeStep {
        let (mark, reading, mut state) = self.observed();
        state.kept.get_or_insert((mark, reading));
        TimeStep::Keep {
            mark: Timestamp::default().plus(mark),
            era: self.monotonic.era().to_owned(),
            reading,
            decision: state.decision,
        }
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
        let (now, reading, state) = self.observed();
        let bound = state
            .kept
            .map_or(now, |kept| after(kept, reading).saturating_add(UNKEPT));
        Timestamp::default().plus(now.min(bound))
    }

    fn is_confirmed(&self) -> bool {
        self.now();
        let state = self.state();
        state.alone.is_none() && state.doubt_until <= self.monotonic.seconds()
    }

    fn alarm(&self) -> Option<&'static str> {
        self.now();
        let state = self.state();
        match state.alone {
            Some((Alarm::Ahead, ..)) => Some("ahead"),
            Some((Alarm::Behind, ..)) => Some("behind"),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DOUBT, LedgerClock, OFF, UNKEPT};
    use crate::clock::{Clock, SetClock};
    use crate::monotonic::SetMonotonic;
    use farthing_core::time::{DAY, HOUR, Timestamp};
    use farthing_ledger::{LedgerTime, TimeStep};
    use std::sync::Arc;

    const START: u64 = 1_800_000_000;

    struct World {
        wall: SetClock,
        monotonic: SetMonotonic,
        clock: LedgerClock,
    }

    fn time(seconds: u64) -> Timestamp {
        Timestamp::new(seconds).unwrap()
    }

    fn world(wall: u64, era: &str, reading: u64, known: Option<&LedgerTime>) -> World {
        let (wall, monotonic) = (SetClock::at(time(wall)), SetMonotonic::of(era));
        monotonic.set(reading);
        let (of_wall, of_monotonic) = (Arc::new(wall.clone()), Arc::new(monotonic.clone()));
        let clock = LedgerClock::start(of_wall, of_monotonic, known);
        World {
            wall,
            monotonic,
            clock,
        }
    }

    impl World {
        fn at(&self, wall: u64, reading: u64) -> (u64, Option<&'static str>, bool) {
            self.wall.set(time(wall));
            self.monotonic.set(reading);
            let now = self.clock.now().get();
            (now, self.clock.alarm(), self.clock.is_confirmed())
        }
    }

    fn known(mark: u64, era: &str, reading: u64, decision: u64) -> LedgerTime {
        LedgerTime {
            mark: time(mark),
            era: era.to_owned(),
            reading,
            deleted_under: Timestamp::default(),
            decision,
        }
    }

    #[test]
    fn it_follows_a_wall_clock_that_keeps_step_and_does_not_go_back_with_it() {
        let w = world(START, "run", 0, None);
        assert_eq!(w.at(START + 10, 10), (START + 10, None, true));
        assert_eq!(w.at(START + 10 + HOUR, 10), (START + 10 + HOUR, None, true));
        assert_eq!(w.at(START + 20, 20), (START + 10 + HOUR, None, true));
        assert_eq!(w.at(START + 30 + HOUR, 30), (START + 30 + HOUR, None, true));
    }

    #[test]
    fn an_hour_ahead_is_allowed_once_and_not_again_and_again() {
        let w = world(START, "run", 0, None);
        assert_eq!(w.at(START + HOUR, 0).1, None);
        let (now, alarm, confirmed) = w.at(START + 2 * HOUR, 1);
        assert_eq!(
            (now, alarm, confirmed),
            (START + HOUR, Some("ahead"), false)
        );
        assert_eq!(w.at(START + 2 * HOUR, 61).0, START + HOUR + 60);
    }

    #[test]
    fn a_leap_is_told_only_after_the_ledger_knows_it() {
        let w = world(START, "run", 0, None);
        let kept = |step| match step {
            TimeStep::Keep {
                mark,
                era,
                reading,
                decision,
            } => known(mark.get(), &era, reading, decision),
            _ => known(0, "none", 0, 0),
        };
        w.clock.adopt(&kept(w.clock.keep()));
        assert_eq!(w.at(START + 4, 4).0, START + 4);
        // Fifty minutes at once: within what is followed, but a kill now would forget them.
        assert_eq!(w.at(START + 3_005, 5).0, START + 5 + UNKEPT);
        let leap = kept(w.clock.keep());
        assert_eq!(leap.mark, time(START + 3_005));
        assert_eq!(w.at(START + 3_006, 6).0, START + 6 + UNKEPT);
        w.clock.adopt(&leap);
        assert_eq!(w.at(START + 3_007, 7).0, START + 3_007);
        // What the ledger says later does not hold time up that goes on as it should.
        assert_eq!(w.at(START + 3_070, 70).0, START + 3_070);
    }

    #[test]
    fn a_jump_of_a_month_is_not_followed_and_time_goes_on_by_the_other_clock() {
        for (wall, alarm) in [(START + 30 * DAY, "ahead"), (START - 30 * DAY, "behind")] {
            let w = world(START, "run", 0, None);
            assert_eq!(w.at(START + 5, 5).0, START + 5);
            let (now, said, confirmed) = w.at(wall, 6);
            assert!((START + 5..=START + 6).contains(&now), "{now}");
            assert_eq!((said, confirmed), (Some(alarm), false));
            let (later, ..) = w.at(wall + 100, 106);
            assert_eq!(later, now + 100);
            // The wall clock was corrected: it is followed again.
            assert_eq!(w.at(START + 300, 300), (START + 300, None, true));
        }
    }

    #[test]
    fn a_restart_of_the_process_gives_no_way_around() {
        let before = known(START, "run", 100, 0);
        let w = world(START + 3 * HOUR, "run", 160, Some(&before));
        assert_eq!(
            w.at(START + 3 * HOUR, 160),
            (START + 60, Some("ahead"), false)
        );
        // Three hours did pass: the machine counted them.
        let w = world(START + 3 * HOUR, "run", 100 + 3 * HOUR, Some(&before));
        assert_eq!(
            w.at(START + 3 * HOUR, 100 + 3 * HOUR),
            (START + 3 * HOUR, None, true)
        );
        let w = world(START - DAY, "run", 160, Some(&before));
        assert_eq!(w.at(START - DAY, 160).1, Some("behind"));
        assert!(w.clock.now().get() >= START);
    }

    #[test]
    fn a_machine_that_was_off_for_a_weekend_goes_on_and_deletes_nothing_for_a_day() {
        let before = known(START, "run", 100, 0);
        let now = START + 3 * DAY;
        let w = world(now, "next run", 5, Some(&before));
        assert_eq!(w.at(now, 5), (now, None, false));
        assert_eq!(w.at(now + DOUBT, 5 + DOUBT), (now + DOUBT, None, true));
        let w = world(START + HOUR, "next run", 5, Some(&before));
        assert_eq!(w.at(START + HOUR, 5), (START + HOUR, None, true));
    }

    #[test]
    fn a_machine_that_was_off_for_longer_asks_first() {
        let before = known(START, "run", 100, 4);
        let now = START + OFF + 1;
        let w = world(now, "next run", 5, Some(&before));
        assert_eq!(w.at(now, 5), (START, Some("ahead"), false));
        w.clock.adopt(&known(now, "next run", 6, 5));
        assert_eq!(w.at(now + 10, 16), (now + 10, None, true));
    }

    #[test]
    fn a_decision_moves_it_back_and_what_another_issuer_says_does_not() {
        let w = world(START, "run", 0, None);
        w.clock.adopt(&known(START - DAY, "other machine", 9, 0));
        assert_eq!(w.at(START, 0).0, START);
        w.clock.adopt(&known(START + 40, "other machine", 9, 0));
        assert_eq!(w.at(START, 0).0, START + 40);
        w.clock.adopt(&known(START - DAY, "run", 0, 1));
        // The wall clock still says otherwise: the decided time goes on alone, and says so.
        assert_eq!(w.at(START + 7, 7), (START - DAY + 7, Some("ahead"), false));
        assert_eq!(w.at(START - DAY + 9, 9), (START - DAY + 9, None, true));
    }
}
