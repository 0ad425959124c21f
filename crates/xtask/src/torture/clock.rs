//! The machine's wall clock jumps, an hour and a month, forward and back, while readers order and buy: ledger time
//! follows an hour at most, never runs back by itself, tells its operator, and nothing expires.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use farthing_testkit::load::{Books, Market, Program, now};

use super::readers::{audit, compare, trial};
use super::stock::Stock;
use super::{Bench, Report};
use crate::failure::Failure;

/// Rounds of jumps by default, and in the short form.
const CYCLES: (u64, u64) = (10, 1);
/// Answers between two jumps.
const BETWEEN: u64 = 10;
const HOUR: i64 = 3_600;
const MONTH: i64 = 31 * 24 * HOUR;
/// What two clocks that count whole seconds may differ by, and how long an answer may take.
const SLACK: i64 = 10;
/// A quote stands for longer than the hours that are allowed, so that none runs out by right.
const QUOTE: &str = "86400";
/// Longest that the issuer may take to notice.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// How wrong the clock goes, and what the operator is to be told.
const JUMPS: [(i64, Option<&str>); 8] = [
    (HOUR - SLACK, None),
    (0, None),
    (SLACK - HOUR, None),
    (0, None),
    (MONTH, Some("ahead")),
    (0, None),
    (-MONTH, Some("behind")),
    (0, None),
];

/// Leaps within what is followed, and back, each with a kill.
const LEAPS: [i64; 3] = [HOUR / 4, HOUR / 2, 0];

/// Jumps that the operator says are right: two hours forward, and back again.
const ACCEPTED: [(i64, &str); 2] = [(2 * HOUR, "ahead"), (0, "behind")];

pub(super) fn clock(bench: &Bench<'_>) -> Result<Report, Failure> {
    let cycles = bench.cycles(CYCLES);
    let mut report = Report::default();
    // The program finds its clock beside itself.
    let binary = bench.folder.join("farthing-issuer");
    fs::hard_link(wrong_clock(&bench.binary), &binary)
        .map_err(|error| Failure::at("linking", &binary, &error))?;
    let wall = Wall(bench.folder.join("wall-clock-offset"));
    let mut program = Program::init(&binary, &bench.folder.join("issuer"), &Books::Sqlite);
    program.set("quote_seconds", QUOTE);
    program.start();
    let market = Market::open(&program);
    let addresses = [program.address()];
    let (mut held, mut seen) = (0_u64, Seen::default());
    let readers = trial(
        "reader",
        &market,
        &addresses,
        &mut report,
        |trial, report| {
            for cycle in 1..=cycles {
                // One more after the restart within a jump, and two around each leap. What is built is bought: tokens in a
                // purchase that is left over would be missing in the purse.
                let leaps = LEAPS.len().saturating_mul(2);
                let jumps = JUMPS.len().saturating_add(ACCEPTED.len());
                let purchases = jumps.saturating_add(leaps).saturating_add(1);
                let mut stock = Stock::of(&market, &format!("probe/{cycle}"), purchases)?;
                let paid = stock.order(&market)?;
                for (offset, alarm) in JUMPS {
                    wall.goes(offset)?;
                    told(&program, alarm, &mut seen)?;
                    trial.wait_for(BETWEEN)?;
                    let time = stock.buy_one(&market, report)?;
                    seen.time(time, 0, report);
                    if offset == MONTH {
                        // A restart gives no way around, and what was paid before is drawn.
                        program.kill();
                        program.start();
                        told(&program, alarm, &mut seen)?;
                        stock.draw_all(&market, &paid)?;
                        let time = stock.buy_one(&market, report)?;
                        seen.time(time, 0, report);
                    }
                }
                for (offset, alarm) in ACCEPTED {
                    wall.goes(offset)?;
                    told(&program, Some(alarm), &mut seen)?;
                    run(&program, "accept")?;
                    told(&program, None, &mut seen)?;
                    // From here on time counts from what the operator said.
                    seen.latest = 0;
                    let time = stock.buy_one(&market, report)?;
                    seen.time(time, offset, report);
                    trial.wait_for(BETWEEN)?;
                }
                // Time has just leapt, and nobody waits for the ledger to hear of it: a kill takes none of it back.
                for offset in LEAPS {
                    wall.goes(offset)?;
                    let time = stock.buy_one(&market, report)?;
                    seen.time(time, 0, report);
                    program.kill();
                    program.start();
                    told(&program, None, &mut seen)?;
                    let time = stock.buy_one(&market, report)?;
                    seen.time(time, 0, report);
                    trial.wait_for(BETWEEN)?;
                }
                run(&program, "accept")?;
                seen.latest = 0;
                report.cycles = cycle;
                held = held.saturating_add(stock.wallet.worth());
                trial.repeat_latest(report);
                audit(&program, report);
            }
            Ok(())
        },
    )?;
    compare(&program, held.saturating_add(readers), &mut report);
    report.more.count("jumps", wall_jumps(cycles));
    report.more.count("alarms", seen.alarms);
    report.more.count("ledger_time_back", seen.back);
    report.more.count("ledger_time_astray", seen.astray);
    Ok(report)
}

/// How often the clock was moved.
fn wall_jumps(cycles: u64) -> u64 {
    let each = JUMPS.len().saturating_add(ACCEPTED.len());
    let each = each.saturating_add(LEAPS.len());
    cycles.saturating_mul(u64::try_from(each).unwrap_or(u64::MAX))
}

/// The same program by a clock that can be wrong; built beside the one that is shipped.
fn wrong_clock(shipped: &Path) -> PathBuf {
    let folder = shipped.parent().unwrap_or(shipped);
    folder.join("examples").join("set_wall_clock")
}

/// The clock of the program.
struct Wall(PathBuf);

impl Wall {
    /// From now on it is wrong by so many seconds.
    fn goes(&self, offset: i64) -> Result<(), Failure> {
        let next = self.0.with_extension("next");
        let written = fs::write(&next, offset.to_string());
        // Nobody reads half of a number.
        let written = written.and_then(|()| fs::rename(&next, &self.0));
        written.map_err(|error| Failure::at("writing", &self.0, &error))
    }
}

/// What was seen of ledger time.
#[derive(Debug, Default)]
struct Seen {
    latest: u64,
    alarms: u64,
    back: u64,
    astray: u64,
}

impl Seen {
    /// The issuer gave a grant at that time, and its operator says that the clock is right at this offset.
    fn time(&mut self, time: u64, offset: i64, report: &mut Report) {
        if time < self.latest {
            self.back = self.back.saturating_add(1);
            let latest = self.latest;
            report
                .failed
                .push(format!("ledger time went from {latest} to {time}"));
        }
        let right = now().get().saturating_add_signed(offset);
        let ahead = right.saturating_add_signed(HOUR.saturating_add(SLACK));
        let behind = right.saturating_add_signed(HOUR.saturating_add(SLACK).saturating_neg());
        if !(behind..=ahead).contains(&time) {
            self.astray = self.astray.saturating_add(1);
            report
                .failed
                .push(format!("ledger time is {time} when it is {right}"));
        }
        self.latest = self.latest.max(time);
    }
}

/// Waits until the operator is told that, or that all is well again.
fn told(program: &Program, alarm: Option<&str>, seen: &mut Seen) -> Result<(), Failure> {
    let wanted = alarm.map_or_else(
        || "ok\n".to_owned(),
        |alarm| format!("ok\nclock: {alarm}\n"),
    );
    let begun = Instant::now();
    loop {
        let said = program.readiness();
        if said.as_deref() == Some(&wanted) {
            seen.alarms = seen.alarms.saturating_add(u64::from(alarm.is_some()));
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(Failure::new(format!("not {wanted:?} but {said:?}")));
        }
        thread::sleep(POLL);
    }
}

/// What `farthing-issuer clock` says.
fn run(program: &Program, word: &str) -> Result<String, Failure> {
    let mut command: Command = program.command("clock");
    let output = command.arg(word).output();
    let output = output.map_err(|error| Failure::new(format!("clock {word}: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::new(format!("clock {word}: {said}")))
}
