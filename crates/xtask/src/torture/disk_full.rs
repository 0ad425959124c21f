//! The disk is full: what cannot be written is refused with `unavailable`, and once there is room everything goes on.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use farthing_testkit::load::{Books, Connection, Market, Program, Purchase, Reply, block_on};

use super::readers::{Trial, audit, compare, trial};
use super::stock::Stock;
use super::{Bench, Report};
use crate::failure::Failure;
use crate::workspace::make_folder;

/// How often by default, and in the short form.
const CYCLES: (u64, u64) = (10, 2);
/// Of the disk; enough for the books of the whole trial.
const MEGABYTES: u64 = 64;
/// So many answers between two of these.
const BETWEEN: u64 = 40;
/// Until the log has used up what it had reserved before.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many purchases are kept ready to try the full disk with.
const PROBES: usize = 24;

pub(super) fn disk_full(bench: &Bench<'_>) -> Result<Report, Failure> {
    let cycles = bench.cycles(CYCLES);
    let disk = SmallDisk::mount(bench.folder.join("disk"))?;
    let mut report = Report::default();
    let folder = disk.folder.join("issuer");
    let mut program = Program::init(&bench.binary, &folder, &Books::Sqlite);
    program.start();
    let market = Market::open(&program);
    let addresses = [program.address()];
    let mut stocks = Vec::new();
    let (mut held, mut refused) = (0_u64, 0_u64);
    let readers = trial(
        "reader",
        &market,
        &addresses,
        &mut report,
        |trial, report| {
            for cycle in 1..=cycles {
                trial.wait_for(BETWEEN)?;
                let mut stock = Stock::of(&market, &format!("probe/{cycle}"), PROBES)?;
                disk.fill()?;
                let told = until_refused(&market, &stock.purchases, trial, report)?;
                refused = refused.saturating_add(told);
                reads_go_on(&market, report);
                audit(&program, report);
                disk.make_room()?;
                trial.wait_for(BETWEEN)?;
                // Those who were refused were charged nothing, and buy it now.
                stock.buy_all(&market, report);
                stocks.push(stock);
                report.cycles = cycle;
                trial.repeat_latest(report);
                audit(&program, report);
            }
            Ok(())
        },
    )?;
    for stock in &stocks {
        held = held.saturating_add(stock.wallet.worth());
    }
    compare(&program, held.saturating_add(readers), &mut report);
    report
        .more
        .words("disk", format!("tmpfs of {MEGABYTES} MB"));
    report.more.count("refused_unavailable", refused);
    program.stop();
    drop(disk);
    Ok(report)
}

/// Sends purchases once each until one is refused for want of room, and the readers stand still.
fn until_refused(
    market: &Market,
    probes: &[Purchase],
    trial: &Trial<'_>,
    report: &mut Report,
) -> Result<u64, Failure> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let before = trial.count();
        thread::sleep(Duration::from_millis(400));
        if trial.count() > before {
            continue;
        }
        let mut refused = 0_u64;
        for purchase in probes {
            let reply = once(market, purchase)?;
            match (reply.status, reply.code().as_deref(), reply.retry_after) {
                (503, Some("unavailable"), Some(_)) => refused = refused.saturating_add(1),
                // A last one for which there was room.
                (200, ..) => {}
                _ => report.failed.push(format!("full: {}", reply.text())),
            }
        }
        if refused > 0 {
            return Ok(refused);
        }
    }
    Err(Failure::new("the disk is full, and the issuer goes on"))
}

fn once(market: &Market, purchase: &Purchase) -> Result<Reply, Failure> {
    let sent = async {
        let mut connection = Connection::open(market.address).await?;
        connection.post(Purchase::PATH, purchase.body()).await
    };
    block_on(sent).map_err(|broken| Failure::new(format!("a full disk ends the issuer: {broken}")))
}

fn reads_go_on(market: &Market, report: &mut Report) {
    let read = async {
        let mut connection = Connection::open(market.address).await?;
        connection.get("/v1/manifests?from=1").await
    };
    match block_on(read) {
        Ok(reply) if reply.status == 200 => {}
        other => report
            .failed
            .push(format!("reading from a full disk: {other:?}")),
    }
}

/// A small disk in memory, mounted for this trial.
struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    fn mount(folder: PathBuf) -> Result<Self, Failure> {
        make_folder(&folder)?;
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={MEGABYTES}m"), "tmpfs"])
            .arg(&folder)
            .output()
            .map_err(|error| Failure::new(format!("mount: {error}")))?;
        if output.status.success() {
            return Ok(Self { folder });
        }
        Err(Failure::new(format!(
            "a small disk cannot be mounted: {}; be root, or run: unshare --user --map-root-user --mount cargo xtask torture disk-full",
            String::from_utf8_lossy(&output.stderr).trim()
        )))
    }

    /// Takes all the room there is.
    fn fill(&self) -> Result<(), Failure> {
        let ballast = self.ballast();
        let mut file =
            File::create(&ballast).map_err(|error| Failure::at("making", &ballast, &error))?;
        for size in [1 << 20, 1 << 12, 1] {
            // Until it does not fit.
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Ok(())
    }

    fn make_room(&self) -> Result<(), Failure> {
        let ballast = self.ballast();
        fs::remove_file(&ballast).map_err(|error| Failure::at("removing", &ballast, &error))
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The issuer may still hold it, if the trial ended early; it goes with the last who does.
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}
