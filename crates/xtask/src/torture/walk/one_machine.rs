//! On one machine, in a file: load, new keys, a backup, a fall, and an older copy that is found out and replayed.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use farthing_testkit::load::{Market, Program};

use super::super::chance::Chance;
use super::super::readers::audit;
use super::super::restore::{put_back, record, undecided};
use super::super::stock::Stock;
use super::{Figures, Walk, line, metric_is, run};
use crate::failure::Failure;

/// Longest that new keys may take to be in force after SIGHUP.
const PATIENCE: Duration = Duration::from_secs(30);
const MANIFEST: &str = "farthing_manifest_number";
const UNDECIDED: &str = "farthing_restore_undecided";

/// Starts the issuer, with a witness log, and registers a publisher.
pub(super) fn served(program: &mut Program) -> Result<Market, Failure> {
    record(program)?;
    program.start();
    Ok(Market::open(program))
}

/// Load, rotation, backup and a kill. Gives the backup.
pub(super) fn one_machine(
    walk: &mut Walk<'_>,
    program: &mut Program,
    folder: &Path,
) -> Result<PathBuf, Failure> {
    let (addresses, between) = ([program.address()], walk.between);
    let before = Figures::of(std::slice::from_ref(program));
    let gains = walk.meanwhile(&addresses, |trial, _| trial.wait_for(between))?;
    let said = before.fit(std::slice::from_ref(program), gains, walk.report);
    walk.saw("load", program, &said);

    let (old, worth) = (walk.market.manifest.n, walk.readers.worth());
    let made = run(program.command("keys").arg("rotate"))?;
    let replaced = run(program.command("keys").args(["rotate", "--now"]))?;
    program.signal("HUP");
    let begun = Instant::now();
    while program.metric(MANIFEST) < super::number(old) + 0.5 {
        if begun.elapsed() > PATIENCE {
            return Err(Failure::new("no new key list is in force after SIGHUP"));
        }
        thread::sleep(Duration::from_millis(20));
    }
    walk.market = walk.market.renewed();
    walk.readers.renew(&walk.market);
    let first = walk.readers.count();
    walk.meanwhile(&addresses, |trial, _| trial.wait_for(between))?;
    let of_old = walk.readers.coins_of_others(first, &walk.market);
    let n = walk.market.manifest.n;
    walk.expect(of_old > 0, || {
        "no token of the old keysets was spent".to_owned()
    });
    let files = |text: &str| text.lines().filter(|line| line.contains(".toml")).count();
    let said = format!(
        "{} key files for the next epoch, {} in place of the present ones; key list {n} after {old}; of {worth} micro in purses before, {of_old} old coins paid",
        files(&made),
        files(&replaced),
    );
    walk.saw("keys rotate, keys rotate --now", program, &said);

    let copy = folder.join("copy.sqlite");
    let mut stands = String::new();
    walk.meanwhile(&addresses, |trial, _| {
        trial.wait_for(between)?;
        stands = run(program.command("backup").arg(&copy))?;
        trial.wait_for(between)
    })?;
    let at = |name| line(&stands, name).and_then(|at| at.split(' ').next());
    let said = format!(
        "while it was served from, at funding {} and use {}",
        at("funding").unwrap_or("?"),
        at("use").unwrap_or("?")
    );
    walk.saw("backup", program, &said);

    let mut chance = Chance::new();
    walk.meanwhile(&addresses, |trial, report| {
        trial.wait_for(between)?;
        chance.pause();
        program.kill();
        audit(program, report);
        program.start();
        trial.repeat_latest(report);
        trial.wait_for(between)
    })?;
    walk.saw(
        "kill -9",
        program,
        "every answer given before is given again",
    );
    Ok(copy)
}

/// An older copy is brought back: refused, shown, replayed exactly from the witness log.
pub(super) fn an_older_copy(
    walk: &mut Walk<'_>,
    program: &mut Program,
    copy: &Path,
) -> Result<(), Failure> {
    let (addresses, between) = ([program.address()], walk.between);
    let mut stock = Stock::of(&walk.market, "older-copy", 2)?;
    let market = walk.market.clone();
    let mut shown = String::new();
    let (mut refused, mut replayed) = (0_u64, String::new());
    walk.meanwhile(&addresses, |trial, report| {
        let first = trial.total();
        trial.wait_for(between)?;
        program.kill();
        let lost = trial.gains(first);
        put_back(copy, &program.ledger())?;
        program.launch();
        refused = undecided(&market, &stock.purchases, report);
        metric_is(program, UNDECIDED, 1.0, report);
        if program.is_ready() {
            report.failed.push("ready before the decision".to_owned());
        }
        let text = run(program.command("restore").arg("show"))?;
        let risk = line(&text, "at-risk").unwrap_or_default().to_owned();
        let spent = line(&text, "spent-again").and_then(micro);
        if spent.is_none_or(|spent| spent < lost.spent) {
            let least = lost.spent;
            report.failed.push(format!(
                "readers spent {least} micro since the copy: {text}"
            ));
        }
        shown = risk;
        let witness = program.folder().join("witness");
        replayed = run(program.command("restore").arg("replay").arg(&witness))?;
        program.wait_until_ready();
        metric_is(program, UNDECIDED, 0.0, report);
        trial.repeat_latest(report);
        trial.wait_for(between)?;
        stock.buy_all(&market, report);
        Ok(())
    })?;
    walk.held = walk.held.saturating_add(stock.wallet.worth());
    let groups = line(&replayed, "groups").unwrap_or("?").to_owned();
    let operations = line(&replayed, "operations").unwrap_or("?").to_owned();
    let said = format!(
        "{refused} purchases refused until it was decided, {shown} at risk; {operations} operations in {groups} groups replayed from the witness log"
    );
    walk.saw("an older copy in place of the ledger", program, &said);
    Ok(())
}

/// An amount such as `1.25EUR` in micro.
fn micro(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part: u64 = format!("{part:0<6}").get(..6)?.parse().ok()?;
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::micro;

    #[test]
    fn an_amount_is_read_to_the_micro() {
        assert_eq!(micro("1.25EUR"), Some(1_250_000));
        assert_eq!(micro("0.000001EUR"), Some(1));
        assert_eq!(micro("12EUR"), Some(12_000_000));
        assert_eq!(micro("unknown"), None);
    }
}
