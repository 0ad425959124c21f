//! The database goes away: killed and started again, the wire to it cut before, after and instead of a commit's answer,
//! and in the end lost for good, when its synchronous standby takes over.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use farthing_testkit::load::{Books, Market, Program};
use farthing_testkit::postgres::{Break, Cluster, Wire};

use super::readers::{audit, compare, trial};
use super::{Bench, Report};
use crate::failure::Failure;
use crate::progress::note;

/// Rounds of all faults by default, and in the short form.
const CYCLES: (u64, u64) = (20, 1);
/// So many answers between two faults.
const BETWEEN: u64 = 20;
/// For how long the database stays away, so that readers are told so.
const AWAY: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn database_gone(bench: &Bench<'_>) -> Result<Report, Failure> {
    let cycles = bench.cycles(CYCLES);
    let old = Cluster::start();
    let database = old.database();
    let wire = Wire::to(&database);
    // One issuer by a wire that can be cut, two that know the standby too.
    let folder = |n: u8| bench.folder.join(format!("issuer-{n}"));
    let mut by_wire = Program::init(&bench.binary, &folder(0), &Books::Postgres(wire.url()));
    by_wire.start();
    let market = Market::open(&by_wire);
    let new = old.standby();
    let both = database.url_with(&[&new.copy_of(&database)]);
    let mut direct = [1, 2].map(|n| by_wire.replica(&folder(n)));
    for program in &mut direct {
        let place = program.folder().join("database-url");
        fs::write(&place, &both).map_err(|error| Failure::at("writing", &place, &error))?;
        program.start();
    }
    let [one, two] = &direct;
    let mut report = Report::default();

    let addresses = [by_wire.address(), one.address()];
    let before = trial(
        "before",
        &market,
        &addresses,
        &mut report,
        |trial, report| {
            for cycle in 1..=cycles {
                trial.wait_for(BETWEEN)?;
                old.kill();
                old.begin();
                trial.wait_for(BETWEEN)?;
                old.kill();
                thread::sleep(AWAY);
                old.begin();
                for how in [Break::BeforeCommit, Break::AfterCommit, Break::Silence] {
                    trial.wait_for(BETWEEN)?;
                    wire.break_at_next_commit(how);
                    let begun = Instant::now();
                    while !wire.has_broken() {
                        if begun.elapsed() > PATIENCE {
                            return Err(Failure::new("nothing was committed over the wire"));
                        }
                        thread::sleep(Duration::from_millis(5));
                    }
                }
                report.cycles = cycle;
                trial.wait_for(BETWEEN)?;
                trial.repeat_latest(report);
                audit(one, report);
                note(&format!("round {cycle}: {} answers", trial.count()));
            }
            Ok(())
        },
    )?;
    let acknowledged = report.acknowledged;
    let addresses = [one.address(), two.address()];
    let after = trial(
        "after",
        &market,
        &addresses,
        &mut report,
        |trial, report| {
            trial.wait_for(BETWEEN)?;
            old.kill();
            new.promote();
            trial.wait_for(BETWEEN.saturating_mul(2))?;
            trial.repeat_latest(report);
            Ok(())
        },
    )?;
    report.acknowledged = report.acknowledged.saturating_add(acknowledged);
    compare(one, before.saturating_add(after), &mut report);
    report.more.count("failovers", 1);
    Ok(report)
}
