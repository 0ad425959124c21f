//! An older backup is brought back: the issuer finds out and creates no value until its operator has decided, what was
//! answered before the copy is answered as ever, and with the witness log nothing is lost.

use std::fs;
use std::path::Path;
use std::process::Command;

use farthing_testkit::load::{
    Books, Broken, Connection, DrawPlan, Market, Program, Purchase, Reply, block_on,
};

use super::readers::{audit, compare, trial};
use super::stock::Stock;
use super::{Bench, Report};
use crate::failure::Failure;

/// Restores by default, and in the short form.
const CYCLES: (u64, u64) = (20, 2);
/// So many answers before a copy, and after it.
const BETWEEN: u64 = 30;

pub(super) fn restore(bench: &Bench<'_>) -> Result<Report, Failure> {
    let cycles = bench.cycles(CYCLES);
    let mut report = Report::default();
    let mut program = Program::init(&bench.binary, &bench.folder.join("issuer"), &Books::Sqlite);
    let witness = program.folder().join("witness");
    record(&program)?;
    program.start();
    let market = Market::open(&program);
    let addresses = [program.address()];
    let (mut held, mut refused, mut not_denied) = (0_u64, 0_u64, 0_u64);
    let readers = trial(
        "reader",
        &market,
        &addresses,
        &mut report,
        |trial, report| {
            for cycle in 1..=cycles {
                let mut stock = Stock::of(&market, &format!("probe/{cycle}"), 1)?;
                trial.wait_for(BETWEEN)?;
                let copy = bench.folder.join(format!("copy-{cycle}.sqlite"));
                run(program.command("backup").arg(&copy))?;
                let paid = stock.order(&market)?;
                trial.wait_for(BETWEEN)?;
                program.kill();
                put_back(&copy, &program.ledger())?;
                program.launch();
                refused = refused.saturating_add(undecided(&market, &stock.purchases, report));
                for plan in &paid {
                    not_denied = not_denied.saturating_add(forgotten(&market, plan, report));
                }
                run(program.command("restore").arg("replay").arg(&witness))?;
                program.wait_until_ready();
                report.cycles = cycle;
                stock.buy_all(&market, report);
                stock.draw_all(&market, &paid)?;
                held = held.saturating_add(stock.wallet.worth());
                trial.repeat_latest(report);
                audit(&program, report);
            }
            Ok(())
        },
    )?;
    compare(&program, held.saturating_add(readers), &mut report);
    if refused < cycles || not_denied < cycles {
        report.failed.push(format!(
            "{refused} and {not_denied} of {cycles} older copies were found out"
        ));
    }
    report.more.count("refused_undecided", refused);
    report.more.count("orders_not_denied", not_denied);
    Ok(report)
}

/// Every commit is recorded beside the books.
pub(super) fn record(program: &Program) -> Result<(), Failure> {
    let file = program.config();
    let text = fs::read_to_string(&file).map_err(|error| Failure::at("reading", &file, &error))?;
    let text = format!("{text}\n[witness]\ndir = \"witness\"\n");
    fs::write(&file, text).map_err(|error| Failure::at("writing", &file, &error))
}

/// Puts the copy in the ledger's place, as docs/issuers.md says.
pub(super) fn put_back(copy: &Path, ledger: &Path) -> Result<(), Failure> {
    for suffix in ["-wal", "-shm"] {
        // Gone already where the issuer ended in order.
        let _ = fs::remove_file(format!("{}{suffix}", ledger.display()));
    }
    let copied = fs::copy(copy, ledger).map(drop);
    copied.map_err(|error| Failure::at("copying", copy, &error))
}

/// How many purchases are refused because the operator has not decided; they are to be all.
pub(super) fn undecided(market: &Market, purchases: &[Purchase], report: &mut Report) -> u64 {
    let mut refused = 0_u64;
    for purchase in purchases {
        let sent = async {
            let mut connection = Connection::open(market.address).await?;
            connection.post(Purchase::PATH, purchase.body()).await
        };
        match block_on(sent) {
            Ok(reply) if reply.code().as_deref() == Some("restore_undecided") => {
                refused = refused.saturating_add(1);
            }
            other => report.failed.push(format!("undecided: {other:?}")),
        }
    }
    refused
}

/// Whether an order that was paid after the copy is not denied anywhere where a reader looks for it: 1, or 0.
fn forgotten(market: &Market, plan: &DrawPlan, report: &mut Report) -> u64 {
    let order = plan.path.trim_end_matches("/draw");
    let checkout = order.replace("/v1/orders", "/checkout");
    let asked = async {
        let mut connection = Connection::open(market.address).await?;
        let replies = [
            (true, connection.post(&plan.path, plan.body.clone()).await?),
            (true, connection.get(order).await?),
            (false, connection.get(&checkout).await?),
        ];
        Ok::<_, Broken>(replies)
    };
    let is_put_off = |problem: bool, reply: &Reply| {
        let said = !problem || reply.code().as_deref() == Some("restore_undecided");
        reply.status == 503 && said
    };
    match block_on(asked) {
        Ok(replies) if replies.iter().all(|(code, reply)| is_put_off(*code, reply)) => 1,
        other => {
            report.failed.push(format!("an order denied: {other:?}"));
            0
        }
    }
}

pub(super) fn run(command: &mut Command) -> Result<(), Failure> {
    let output = command.output();
    let output = output.map_err(|error| Failure::new(format!("{command:?}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::new(format!("{command:?}: {said}")))
}
