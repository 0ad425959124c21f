use super::{DOUBT, LEASE, LedgerClock, OFF};
use crate::clock::{Clock, SetClock};
use crate::monotonic::SetMonotonic;
use farthing_core::time::{DAY, HOUR, Timestamp};
use farthing_ledger::memory::MemoryLedger;
use farthing_ledger::{Ledger, LedgerTime, TimeStep};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::TestCaseResult;
use proptest::{prop_assert, proptest};
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
        self.clock.adopt(&written(self.clock.keep()));
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
        told_until: time(mark),
    }
}

/// What a ledger knows that had nothing, and wrote this.
fn written(step: TimeStep) -> LedgerTime {
    match step {
        TimeStep::Keep {
            mark,
            era,
            reading,
            decision,
            until,
        } => LedgerTime {
            told_until: until,
            ..known(mark.get(), &era, reading, decision)
        },
        other => panic!("{other:?} keeps nothing"),
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
    assert_eq!(w.clock.now(), Timestamp::default());
    assert_eq!(w.at(START, 0).0, START);
    // Fifty minutes at once: within what is followed, but a kill now would forget them.
    w.wall.set(time(START + 3_005));
    w.monotonic.set(5);
    assert_eq!(w.clock.now(), time(START + LEASE));
    assert!(w.clock.is_short());
    let leap = written(w.clock.keep());
    assert_eq!(leap.mark, time(START + 3_005));
    assert_eq!(w.clock.now(), time(START + LEASE));
    w.clock.adopt(&leap);
    assert_eq!(w.clock.now(), time(START + 3_005));
    assert!(!w.clock.is_short());
}

#[test]
fn a_ledger_that_cannot_be_written_lets_time_stand_still() {
    let w = world(START, "run", 0, None);
    assert_eq!(w.at(START, 0).0, START);
    w.wall.set(time(START + 600));
    w.monotonic.set(600);
    assert_eq!(w.clock.now(), time(START + LEASE));
    assert_eq!(w.at(START + 700, 700).0, START + 700);
}

#[test]
fn starts_that_follow_each_other_quickly_do_not_drive_time_ahead() {
    let first = world(START, "run", 0, None);
    let mut kept = written(first.clock.keep());
    first.clock.adopt(&kept);
    for second in 1..100 {
        let w = world(START + second, "run", second, Some(&kept));
        let next = written(w.clock.keep());
        kept.told_until = kept.told_until.max(next.told_until);
        w.clock.adopt(&kept);
        assert!(w.clock.now() <= time(START + second + LEASE), "{second}");
        kept.mark = next.mark;
        kept.reading = next.reading;
    }
    assert!(kept.told_until <= time(START + 99 + LEASE));
}

/// What may happen between two times that are told.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The wall clock is set, by that many seconds.
    Wall(i64),
    /// Time passes.
    Pass(u64),
    /// The ledger is told, and the clock hears of it.
    Keep,
    /// The ledger is told, and the process ends before it hears of it; another one starts.
    KilledAfterKeeping,
    /// The ledger is not told, and the process ends; another one starts.
    KilledBeforeKeeping,
    /// Another one starts, on a machine that was switched off for so long.
    PowerFailed(u64),
    /// Another issuer of the same ledger keeps time.
    Other(i64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        prop_oneof![-4_000_i64..4_000, -3_000_000_i64..3_000_000].prop_map(Event::Wall),
        (0_u64..40).prop_map(Event::Pass),
        (0_u64..8_000).prop_map(Event::Pass),
        Just(Event::Keep),
        Just(Event::KilledAfterKeeping),
        Just(Event::KilledBeforeKeeping),
        (0_u64..1_000_000).prop_map(Event::PowerFailed),
        (-100_i64..100).prop_map(Event::Other),
    ]
}

/// One machine and the ledger, over many processes.
struct Machine {
    ledger: MemoryLedger,
    runtime: tokio::runtime::Runtime,
    wall: u64,
    reading: u64,
    run: u64,
    process: World,
}

impl Machine {
    fn on() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        Self {
            ledger: MemoryLedger::new(),
            runtime,
            wall: START,
            reading: 0,
            run: 0,
            process: world(START, "0", 0, None),
        }
    }

    fn write(&self, step: TimeStep) -> Option<LedgerTime> {
        self.runtime
            .block_on(self.ledger.ledger_time(step))
            .unwrap()
    }

    /// As the program starts: what it finds is where it begins, and it keeps before it tells.
    fn start(&mut self) {
        let found = self.write(TimeStep::Look);
        let run = self.run.to_string();
        self.process = world(self.wall, &run, self.reading, found.as_ref());
        self.keep();
    }

    fn keep(&self) {
        if let Some(known) = self.write(self.process.clock.keep()) {
            self.process.clock.adopt(&known);
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Wall(by) => self.wall = self.wall.saturating_add_signed(by),
            Event::Pass(seconds) => {
                self.wall = self.wall.saturating_add(seconds);
                self.reading = self.reading.saturating_add(seconds);
            }
            Event::PowerFailed(seconds) => {
                self.wall = self.wall.saturating_add(seconds);
                self.reading = 3;
                self.run = self.run.saturating_add(1);
                self.start();
            }
            Event::Keep => self.keep(),
            Event::KilledAfterKeeping => {
                self.write(self.process.clock.keep());
                self.start();
            }
            Event::KilledBeforeKeeping => {
                let _ = self.process.clock.keep();
                self.start();
            }
            Event::Other(by) => {
                let wall = self.wall.saturating_add_signed(by);
                let found = self.write(TimeStep::Look);
                let other = world(wall, "another machine", 9, found.as_ref());
                self.write(other.clock.keep());
            }
        }
        self.process.wall.set(time(self.wall));
        self.process.monotonic.set(self.reading);
    }
}

fn no_time_is_before_one_that_was_told(events: Vec<(Event, bool)>) -> TestCaseResult {
    let mut machine = Machine::on();
    machine.start();
    let mut latest = 0;
    for (event, tells) in events {
        machine.happens(event);
        if tells {
            let now = machine.process.clock.now().get();
            prop_assert!(now >= latest, "{now} after {latest} by {event:?}");
            latest = now;
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_kill_between_any_two_times_that_are_told_takes_none_back(
        events in proptest::collection::vec((event(), any::<bool>()), 1..60),
    ) {
        no_time_is_before_one_that_was_told(events)?;
    }
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
