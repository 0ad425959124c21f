//! The disk is slow: each sync of the issuer takes half a second longer. No answer comes before its commit is on the disk,
//! and what is more than can wait is told to come again.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use farthing_testkit::load::{Books, Crowd, Market, Program, offer};

use super::readers::{compare, trial};
use super::stock::Stock;
use super::{Bench, Report};
use crate::failure::Failure;
use crate::measures::milliseconds;
use crate::run::end;

/// How often by default, and in the short form.
const CYCLES: (u64, u64) = (10, 1);
/// How much longer a sync takes.
const DELAY: Duration = Duration::from_millis(500);
/// Requests that the issuer works on at a time, so that a crowd is soon too large for it.
const WORK: &str = "16";
const CROWD: Crowd = Crowd {
    rate: 60.0,
    duration: Duration::from_secs(4),
    connections: 240,
};
/// Purchases of the crowd: more than are bought in its time.
const PURCHASES: usize = 160;
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn slow_disk(bench: &Bench<'_>) -> Result<Report, Failure> {
    let cycles = bench.cycles(CYCLES);
    let mut report = Report::default();
    let mut program = Program::init(&bench.binary, &bench.folder.join("issuer"), &Books::Sqlite);
    program.set("max_requests", WORK);
    program.start();
    let market = Market::open(&program);
    let addresses = [program.address()];
    let crowd = |cycle| Stock::of(&market, &format!("crowd/{cycle}"), PURCHASES);
    let crowds = (1..=cycles).map(crowd).collect::<Result<Vec<_>, _>>()?;
    let (mut held, mut shed, mut fastest) = (0_u64, 0_u64, None);
    let readers = trial(
        "reader",
        &market,
        &addresses,
        &mut report,
        |trial, report| {
            for (cycle, mut stock) in (1..).zip(crowds) {
                let mut slow = Slow::down(&program)?;
                let offered = offer(program.address(), &stock.purchases, CROWD);
                slow.end();
                shed = shed.saturating_add(offered.shed);
                report.failed.extend(offered.shed_wrong.into_iter().take(3));
                fastest = fastest.into_iter().chain(offered.latencies).min();
                trial.wait_for(20)?;
                // Those who were sent away come again, and those who were served get what they got.
                stock.buy_all(&market, report);
                held = held.saturating_add(stock.wallet.worth());
                for (purchase, reply) in stock.purchases.iter().zip(&offered.replies) {
                    let Some(reply) = reply else { continue };
                    report.failed.extend(purchase.check(reply).err());
                }
                report.cycles = cycle;
                trial.repeat_latest(report);
            }
            Ok(())
        },
    )?;
    compare(&program, held.saturating_add(readers), &mut report);
    match fastest {
        Some(fastest) if fastest < DELAY => report.failed.push(format!(
            "an answer came after {fastest:?}, before any commit could be on the disk"
        )),
        Some(fastest) => report
            .more
            .number("fastest_answer_ms", milliseconds(fastest)),
        None => report
            .failed
            .push("nobody of the crowd was served".to_owned()),
    }
    if shed == 0 {
        report
            .failed
            .push("nobody was told to come again".to_owned());
    }
    report.more.count("shed", shed);
    report.more.number("sync_delay_ms", milliseconds(DELAY));
    Ok(report)
}

/// Holds up every sync of the issuer, from outside of it.
struct Slow(Option<Child>);

impl Slow {
    fn down(program: &Program) -> Result<Self, Failure> {
        let micros = DELAY.as_micros();
        let child = Command::new("strace")
            .args(["-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", "/dev/null"])
            .args(["-e", &format!("inject=fsync,fdatasync:delay_enter={micros}")])
            .args(["-p", &program.pid().to_string()])
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| {
                Failure::new(format!(
                    "strace, which makes the disk slow, cannot be run: {error}; `cargo xtask setup` installs it"
                ))
            })?;
        let mut slow = Self(Some(child));
        let (begun, pid) = (Instant::now(), program.pid());
        while !is_traced(pid) {
            if begun.elapsed() > PATIENCE || !slow.is_there() {
                return Err(Failure::new("strace may not look at the issuer here"));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(slow)
    }

    fn is_there(&mut self) -> bool {
        let child = self.0.as_mut().map(Child::try_wait);
        matches!(child, Some(Ok(None)))
    }

    fn end(&mut self) {
        if let Some(mut child) = self.0.take() {
            end(&mut child);
        }
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.end();
    }
}

/// Whether all threads of a process are traced.
fn is_traced(pid: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
        return false;
    };
    threads.flatten().all(|thread| {
        let status = std::fs::read_to_string(thread.path().join("status"));
        status.is_ok_and(|status| {
            let tracer = status
                .lines()
                .find_map(|line| line.strip_prefix("TracerPid:"));
            tracer.is_some_and(|tracer| tracer.trim() != "0")
        })
    })
}
