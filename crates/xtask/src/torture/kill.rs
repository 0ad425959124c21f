//! The issuer is killed (SIGKILL) under load, again and again. After each fall the books, as they lie there, balance, and
//! every answer that a reader got is given again, byte by byte.

use farthing_testkit::load::{Books, Market, Program};

use super::chance::Chance;
use super::readers::{audit, compare, trial};
use super::{Bench, Report};
use crate::failure::Failure;
use crate::progress::note;

/// Falls by default, and in the short form.
const CYCLES: (u64, u64) = (200, 20);
/// So many answers at most between two falls.
const BETWEEN: u64 = 24;

pub(super) fn kill(bench: &Bench<'_>) -> Result<Report, Failure> {
    let cycles = bench.cycles(CYCLES);
    let mut report = Report::default();
    let mut program = Program::init(&bench.binary, &bench.folder.join("issuer"), &Books::Sqlite);
    program.start();
    let market = Market::open(&program);
    let mut chance = Chance::new();
    note(&format!("seed {}", chance.seed()));
    let addresses = [program.address()];
    let held = trial(
        "reader",
        &market,
        &addresses,
        &mut report,
        |trial, report| {
            for cycle in 1..=cycles {
                trial.wait_for(chance.up_to(BETWEEN))?;
                chance.pause();
                program.kill();
                report.cycles = cycle;
                audit(&program, report);
                program.start();
                trial.repeat_latest(report);
                if cycle.is_multiple_of(50) {
                    note(&format!("{cycle} falls, {} answers", trial.count()));
                }
            }
            Ok(())
        },
    )?;
    compare(&program, held, &mut report);
    program.stop();
    audit(&program, &mut report);
    Ok(report)
}
