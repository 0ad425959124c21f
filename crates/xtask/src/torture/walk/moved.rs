//! In PostgreSQL: the books are moved while they are served from, three issuers serve them, and the database falls over
//! to its standby, whose former primary comes back.

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use farthing_testkit::load::{Connection, Program, Purchase, block_on};
use farthing_testkit::postgres::Cluster;

use super::super::readers::audit;
use super::super::stock::Stock;
use super::{Figures, Walk, metric_is, operations, run};
use crate::failure::Failure;
use crate::run::end;

/// How long somebody insists at an issuer of the former primary: longer than the issuer itself waits for a commit.
const INSISTS: Duration = Duration::from_secs(12);
const PLACE: &str = "database-url";
const REFERENCE: &str = "file:database-url";

/// Moves, multiplies, fails over; the readers go on.
pub(super) fn moved(walk: &mut Walk<'_>, program: Program, folder: &Path) -> Result<(), Failure> {
    let old = Cluster::start();
    let database = old.database();
    let first = migrated(walk, program, &database.url())?;

    let others = [1, 2].map(|n| first.replica(&folder.join(format!("issuer-{n}"))));
    let mut programs: Vec<Program> = std::iter::once(first).chain(others).collect();
    for program in programs.iter_mut().skip(1) {
        program.start();
    }
    let addresses: Vec<SocketAddr> = programs.iter().map(Program::address).collect();
    let between = walk.between;
    let before = Figures::of(&programs);
    let gains = walk.meanwhile(&addresses, |trial, _| trial.wait_for(between))?;
    let said = before.fit(&programs, gains, walk.report);
    for program in programs.iter().skip(1) {
        audit(program, walk.report);
    }
    let [asked, ..] = programs.as_slice() else {
        return Err(Failure::new("no issuer"));
    };
    walk.saw("three replicas", asked, &said);

    let new = old.standby();
    let both = database.url_with(&[&new.copy_of(&database)]);
    let stray = asked.replica(&folder.join("stray"));
    // On another machine: with a copy of what is kept outside of the ledger.
    stray.set("file", "\"checkpoints\"");
    let mut stock = Stock::of(&walk.market, "stray", 1)?;
    walk.meanwhile(&addresses, |trial, report| {
        for program in &mut programs {
            trial.wait_for(between)?;
            program.stop();
            name(program, &both)?;
            program.start();
        }
        trial.wait_for(between)?;
        old.kill();
        new.promote();
        trial.wait_for(between.saturating_mul(2))?;
        trial.repeat_latest(report);
        Ok(())
    })?;
    let [asked, ..] = programs.as_slice() else {
        return Err(Failure::new("no issuer"));
    };
    walk.held = walk.held.saturating_add(stock.wallet.worth());
    // What it will spend is still in the books.
    let waiting = stock.purchases.iter().map(Purchase::paid).sum::<u64>();
    walk.held = walk.held.saturating_add(waiting);
    walk.saw(
        "the database falls over to its standby",
        asked,
        "each issuer restarted with both addresses, one after the other; then the primary killed and the standby promoted under load",
    );

    old.begin();
    let said = fenced(&stray, &stock)?;
    walk.expect(said.is_some(), || {
        "the former primary sold something".to_owned()
    });
    old.kill();
    let changed = stock.wallet.worth();
    stock.buy_all(&walk.market, walk.report);
    let change = stock.wallet.worth().saturating_sub(changed);
    walk.held = walk.held.saturating_add(change).saturating_sub(waiting);
    walk.saw(
        "the former primary comes back, with an issuer of its own",
        asked,
        &format!("it sells nothing: {}", said.unwrap_or_default()),
    );

    read(walk, &programs);
    for program in &mut programs {
        program.stop();
    }
    let [asked, ..] = programs.as_slice() else {
        return Err(Failure::new("no issuer"));
    };
    walk.saw(
        "stop",
        asked,
        "every reader's value is in the books, and nothing else is",
    );
    Ok(())
}

/// The books in the database of that address, while readers ask and before one of them gets an answer from there.
fn migrated(walk: &mut Walk<'_>, mut program: Program, url: &str) -> Result<Program, Failure> {
    let addresses = [program.address()];
    let between = walk.between;
    name(&program, url)?;
    let config = program.config();
    let reading = |error| Failure::at("reading", &config, &error);
    let text = fs::read_to_string(&config).map_err(reading)?;
    let mut stock = Stock::of(&walk.market, "migrate", 1)?;
    let market = walk.market.clone();
    let mut proof = String::new();
    walk.meanwhile(&addresses, |trial, report| {
        trial.wait_for(between)?;
        proof = run(program.command("migrate").args(["--to", REFERENCE]))?;
        for purchase in &stock.purchases {
            match once(market.address, purchase) {
                Some((503, _)) => {}
                other => report.failed.push(format!(
                    "a purchase at the file after the books were moved: {other:?}"
                )),
            }
        }
        program.stop();
        // The witness log is for files.
        let text = text.replace("\n[witness]\ndir = \"witness\"\n", "");
        fs::write(&config, text).map_err(|error| Failure::at("writing", &config, &error))?;
        program.set("ledger", &format!("{{ postgres = \"{REFERENCE}\" }}"));
        program.start();
        trial.repeat_latest(report);
        trial.wait_for(between)?;
        stock.buy_all(&market, report);
        Ok(())
    })?;
    walk.held = walk.held.saturating_add(stock.wallet.worth());
    let rows: u64 = proof.lines().filter_map(rows).sum();
    walk.expect(rows > 0, || format!("migrate compared no rows: {proof}"));
    walk.saw(
        "migrate",
        &program,
        &format!("{rows} rows the same on both sides; the file takes no writes any more"),
    );
    Ok(program)
}

/// Writes the database's address where the configuration says that it is.
fn name(program: &Program, url: &str) -> Result<(), Failure> {
    let place = program.folder().join(PLACE);
    let written = fs::write(&place, url)
        .and_then(|()| fs::set_permissions(&place, Permissions::from_mode(0o600)));
    written.map_err(|error| Failure::at("writing", &place, &error))
}

/// The rows of a line such as `       12  orders`.
fn rows(line: &str) -> Option<u64> {
    let mut words = line.strip_prefix("  ")?.split_whitespace();
    let count = words.next()?.parse().ok()?;
    words.next().and(Some(count))
}

/// Sends a purchase once; status and code, if there was an answer.
fn once(address: SocketAddr, purchase: &Purchase) -> Option<(u16, Option<String>)> {
    let sent = async {
        let mut connection = Connection::open(address).await?;
        connection.post(Purchase::PATH, purchase.body()).await
    };
    let reply = block_on(sent).ok()?;
    Some((reply.status, reply.code()))
}

/// An operator's mistake: an issuer that knows the former primary only. What it says to a purchase, insisted on; `None`
/// if it sold it.
fn fenced(stray: &Program, stock: &Stock) -> Result<Option<String>, Failure> {
    let log = stray.folder().join("stray-log");
    let file = fs::File::create(&log).map_err(|error| Failure::at("writing", &log, &error))?;
    let mut serve: Command = stray.command("serve");
    let child = serve
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file);
    let mut child = child
        .spawn()
        .map_err(|error| Failure::new(format!("serve: {error}")))?;
    let mut said = "it did not come up".to_owned();
    let begun = Instant::now();
    let mut sold = false;
    while begun.elapsed() < INSISTS && !sold {
        for purchase in &stock.purchases {
            match once(stray.address(), purchase) {
                Some((200, _)) => sold = true,
                Some((status, code)) => {
                    said = format!("{status} {}", code.unwrap_or_default());
                }
                None => {}
            }
        }
        if matches!(child.try_wait(), Ok(Some(_))) {
            let text = fs::read_to_string(&log).unwrap_or_default();
            let last = text.lines().last().unwrap_or_default();
            return Ok(Some(format!("it ends with `{last}`")));
        }
        thread::sleep(Duration::from_millis(200));
    }
    end(&mut child);
    Ok((!sold).then_some(said))
}

/// The numbers that an operator looks at.
fn read(walk: &mut Walk<'_>, programs: &[Program]) {
    let manifest = super::number(walk.market.manifest.n);
    for program in programs {
        metric_is(program, "farthing_manifest_number", manifest, walk.report);
        for quiet in [
            "farthing_keysets_frozen",
            "farthing_restore_undecided",
            "farthing_clock_alarm",
            "farthing_keeping_faults",
            "farthing_keys_lacking",
            "farthing_requests_in_flight",
        ] {
            metric_is(program, quiet, 0.0, walk.report);
        }
    }
    let sum = |name: &str| programs.iter().map(|p| p.metric(name)).sum::<f64>();
    let checkpoints = sum("farthing_checkpoint");
    walk.expect(checkpoints > 0.5, || "no checkpoint was made".to_owned());
    let words = ["done", "repeated", "refused", "failed"].map(|outcome| {
        let count = operations(programs, "redemption", outcome);
        format!("{count} {outcome}")
    });
    let said = format!(
        "{} requests, {} commits of {} steps; redemptions: {}; no alarm",
        sum("farthing_requests_total"),
        sum("farthing_ledger_groups_total"),
        sum("farthing_ledger_steps_total"),
        words.join(", "),
    );
    if let [asked, ..] = programs {
        walk.saw("metrics", asked, &said);
    }
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn the_rows_of_a_move_are_counted() {
        let proof = "The same on both sides, row by row:\n         12  orders\n          3  keysets\n  funding journal at 4, abc\n";
        assert_eq!(proof.lines().filter_map(rows).sum::<u64>(), 15);
    }
}
