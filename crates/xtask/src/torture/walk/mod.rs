//! The operator's walk: the real program and its real commands, one after the other on one set of books, while readers
//! load and buy. After every step the audit finds no difference and the books owe readers what they hold, to the micro.

mod moved;
mod one_machine;

use std::net::SocketAddr;
use std::process::Command;
use std::time::Instant;

use farthing_testkit::load::{Books, Market, Program};

use super::readers::{Gains, Readers, Trial, audit, owed};
use super::{Bench, Report};
use crate::failure::Failure;
use crate::measures::number;
use crate::progress::{note, time};

/// Walks by default, and in the short form.
const CYCLES: (u64, u64) = (3, 1);
/// So many answers between two things that the operator does, and in the short form.
const BETWEEN: (u64, u64) = (60, 15);

pub(super) fn walk(bench: &Bench<'_>) -> Result<Report, Failure> {
    let mut report = Report::default();
    let (mut steps, mut held) = (0_u64, 0_u64);
    for cycle in 1..=bench.cycles(CYCLES) {
        let acknowledged = report.acknowledged;
        let folder = bench.folder.join(format!("walk-{cycle}"));
        let mut program = Program::init(&bench.binary, &folder.join("issuer"), &Books::Sqlite);
        let between = if bench.options.quick {
            BETWEEN.1
        } else {
            BETWEEN.0
        };
        let market = one_machine::served(&mut program)?;
        let mut walk = Walk {
            readers: Readers::named("reader", &market),
            market,
            report: &mut report,
            held: 0,
            between,
            steps: 0,
            begun: Instant::now(),
        };
        walk.saw("init, serve", &program, "ready, key list 1 in force");
        let copy = one_machine::one_machine(&mut walk, &mut program, &folder)?;
        one_machine::an_older_copy(&mut walk, &mut program, &copy)?;
        moved::moved(&mut walk, program, &folder)?;
        steps = steps.saturating_add(walk.steps);
        held = held.saturating_add(walk.held());
        report.cycles = cycle;
        report.acknowledged = report.acknowledged.saturating_add(acknowledged);
    }
    report.more.count("steps", steps);
    report.more.count("readers_hold_micro", held);
    Ok(report)
}

/// A walk under way.
struct Walk<'a> {
    readers: Readers,
    market: Market,
    report: &'a mut Report,
    /// What purses of the operator's own trials hold, in micro.
    held: u64,
    between: u64,
    steps: u64,
    begun: Instant,
}

impl Walk<'_> {
    /// What all readers hold.
    fn held(&self) -> u64 {
        self.readers.worth().saturating_add(self.held)
    }

    /// Readers live on while the operator does something.
    fn meanwhile(
        &mut self,
        addresses: &[SocketAddr],
        work: impl FnOnce(&Trial<'_>, &mut Report) -> Result<(), Failure>,
    ) -> Result<Gains, Failure> {
        let first = self.readers.count();
        self.readers
            .live(&self.market, addresses, self.report, work)?;
        Ok(self.readers.gains(first))
    }

    /// A step is done and nobody asks anything: the books are recomputed and compared with all purses.
    fn saw(&mut self, step: &str, program: &Program, what: &str) {
        self.steps = self.steps.saturating_add(1);
        // Before the first load the audit has no line of them.
        let owed = owed(&audit(program, self.report)).unwrap_or_default();
        let held = self.held();
        if owed != held {
            let wrong = format!("{step}: readers hold {held}, and the books owe them {owed}");
            self.report.failed.push(wrong);
        }
        let passed = time(self.begun.elapsed());
        let n = self.steps;
        note(&format!("{n:>2}. {step}: {what}"));
        note(&format!(
            "    audit: no difference; {held} micro in purses and in the books ({passed})"
        ));
    }

    /// Something that must be so.
    fn expect(&mut self, is_so: bool, what: impl FnOnce() -> String) {
        if !is_so {
            self.report.failed.push(what());
        }
    }
}

/// How often operations on the books ended in that way, by the metrics of all these issuers.
fn operations(programs: &[Program], operation: &str, outcome: &str) -> f64 {
    let labels = [("operation", operation), ("outcome", outcome)];
    let counts = programs
        .iter()
        .map(|program| program.metric_with("farthing_operations_total", &labels));
    counts.sum()
}

/// What the metrics said before a time without faults.
struct Figures {
    purchases: f64,
    draws: f64,
}

impl Figures {
    fn of(programs: &[Program]) -> Self {
        Self {
            purchases: operations(programs, "redemption", "done"),
            draws: operations(programs, "draw", "done"),
        }
    }

    /// Every purchase and draw that readers got is one that was done, and there were no others.
    fn fit(&self, programs: &[Program], gains: Gains, report: &mut Report) -> String {
        let now = Self::of(programs);
        let (purchases, draws) = (now.purchases - self.purchases, now.draws - self.draws);
        let is = |counted: f64, known: u64| (counted - number(known)).abs() < 0.5;
        if !is(purchases, gains.purchases) || !is(draws, gains.draws) {
            report.failed.push(format!(
                "the metrics count {purchases} purchases and {draws} draws where readers had {gains:?}"
            ));
        }
        format!("by the metrics {purchases} purchases and {draws} draws, as readers had")
    }
}

/// A metric that is to be so much.
fn metric_is(program: &Program, name: &str, wanted: f64, report: &mut Report) {
    let found = program.metric(name);
    if (found - wanted).abs() >= 0.5 {
        report
            .failed
            .push(format!("{name} is {found}, not {wanted}"));
    }
}

/// Runs a command of the program; gives what it printed.
fn run(command: &mut Command) -> Result<String, Failure> {
    let output = command.output();
    let output = output.map_err(|error| Failure::new(format!("{command:?}: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::new(format!("{command:?}: {said}")))
}

/// The value of a line `name: value`.
fn line<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    lines
        .into_iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
