//! Three times as many requests as can be served, for a minute: those that are served are served in time, the others
//! are told when to come again, memory stays flat, and afterwards it is as before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use farthing_testkit::load::{
    Books, Crowd, Market, Offered, Program, Purchase, Reply, Wallet, ask, block_on, check_all,
    drive, offer, per_mille,
};
use farthing_testkit::process;

use super::{Bench, Report};
use crate::failure::Failure;
use crate::measures::{Measures, mebibytes, milliseconds, per_second};
use crate::progress::step;

/// Connections of a normal day.
const CONNECTIONS: usize = 32;
/// How much more comes than can be served.
const TIMES: f64 = 3.0;
/// Fewer than the issuer takes, so that what is tried is its work and not its door.
const CROWD: usize = 800;
/// Longest until it is as before.
const RECOVERY: Duration = Duration::from_secs(5);
/// How much more memory may be held in the last third than in the first: what a cache still takes.
const FLAT: u64 = 16 * 1024 * 1024;
/// Answers that are checked as a wallet checks them, and repeated.
const SAMPLE: usize = 2_000;
/// Tokens that are tried once more in another purchase.
const DOUBLES: usize = 50;
const PATIENCE: Duration = Duration::from_secs(60);

struct Size {
    normal: usize,
    seconds: u64,
    window: usize,
}

pub(super) fn overload(bench: &Bench<'_>) -> Result<Report, Failure> {
    let size = if bench.options.quick {
        Size {
            normal: 96,
            seconds: 3,
            window: 32,
        }
    } else {
        Size {
            normal: 4_000,
            seconds: 60,
            window: 400,
        }
    };
    let mut program = Program::init(&bench.binary, &bench.folder.join("issuer"), &Books::Sqlite);
    program.start();
    let market = Market::open(&program);
    let normal = step("a normal day", || {
        let purchases = market.prepare("normal", size.normal);
        let run = drive(program.address(), &purchases, CONNECTIONS);
        let words = format!("{:.0} a second", run.rate());
        Ok((run, words))
    })?;
    let (rate, limit) = (normal.rate(), normal.per_mille(990).saturating_mul(2));
    let crowd = Crowd {
        rate: rate * TIMES,
        duration: Duration::from_secs(size.seconds),
        connections: CROWD,
    };
    let served = Duration::from_secs(size.seconds).as_secs_f64() * rate * 1.2;
    let purchases = step("purchases for the crowd", || {
        let purchases = market.prepare("crowd", whole(served).max(size.window));
        let words = format!("{} built", purchases.len());
        Ok((purchases, words))
    })?;
    let watch = Watch::begin(program.pid());
    let offered = step("the crowd", || {
        let offered = offer(program.address(), &purchases, crowd);
        let words = format!(
            "{} sent, {} served, {} told to come again",
            offered.sent,
            offered.latencies.len(),
            offered.shed
        );
        Ok((offered, words))
    })?;
    let ended = Instant::now();
    let memory = watch.end();
    let recovered = step("recovery", || {
        let mut window = 0_u32;
        loop {
            let name = format!("after/{window}");
            let began = ended.elapsed();
            let after = market.prepare(&name, size.window);
            let run = drive(program.address(), &after, CONNECTIONS);
            let refused = run
                .replies
                .iter()
                .flatten()
                .any(|reply| reply.status != 200);
            if !refused && run.per_mille(990) <= limit {
                return Ok((Some(began), format!("{:.1} s", began.as_secs_f64())));
            }
            if began > RECOVERY {
                return Ok((None, "not in time".to_owned()));
            }
            window = window.saturating_add(1);
        }
    })?;

    let mut report = Report {
        cycles: 1,
        ..Report::default()
    };
    step("afterwards", || {
        settle(&mut report, &program, &market, &purchases, &offered);
        Ok(((), format!("{} answers known", report.acknowledged)))
    })?;
    // A short form on a busy machine says nothing about time.
    let limits = (!bench.options.quick).then_some(limit);
    judge(&mut report, &offered, &memory, recovered, limits);
    let more = &mut report.more;
    more.number("normal_per_s", rate);
    more.number("normal_p99_ms", milliseconds(normal.per_mille(990)));
    more.number("offered_per_s", per_second(offered.sent, crowd.duration));
    numbers(more, &offered, crowd.duration);
    more.number("memory_first_third_mb", mebibytes(memory.first));
    more.number("memory_last_third_mb", mebibytes(memory.last));
    match recovered {
        Some(time) => more.number("recovery_s", time.as_secs_f64()),
        None => more.absent("recovery_s", "it was not as before within 5 s"),
    }
    Ok(report)
}

fn numbers(more: &mut Measures, offered: &Offered, duration: Duration) {
    let served = count(offered.latencies.len());
    more.number("served_per_s", per_second(served, duration));
    more.number(
        "served_p50_ms",
        milliseconds(per_mille(&offered.latencies, 500)),
    );
    more.number(
        "served_p99_ms",
        milliseconds(per_mille(&offered.latencies, 990)),
    );
    more.count("shed", offered.shed);
    more.number(
        "shed_p99_ms",
        milliseconds(per_mille(&offered.shed_latencies, 990)),
    );
    more.count("shed_without_retry_after", count(offered.shed_wrong.len()));
    more.count("broken", count(offered.broken.len()));
    more.count("crowded_out", offered.crowded_out);
}

/// Every purchase is brought to its end; a sample of what was acknowledged is checked, repeated, and spent once more.
fn settle(
    report: &mut Report,
    program: &Program,
    market: &Market,
    purchases: &[Purchase],
    offered: &Offered,
) {
    let send = |purchase: &Purchase| {
        let body = purchase.body();
        block_on(ask(program.address(), Purchase::PATH, body, PATIENCE))
    };
    let mut answered: Vec<(&Purchase, Reply)> = Vec::with_capacity(purchases.len());
    for (purchase, reply) in purchases.iter().zip(&offered.replies) {
        match reply {
            Some(reply) => answered.push((purchase, reply.clone())),
            // The readers who were sent away come again, to an issuer that has time; those beyond the sample go home.
            None if answered.len() < SAMPLE => match send(purchase) {
                Ok(reply) => answered.push((purchase, reply)),
                Err(broken) => report.failed.push(broken.to_string()),
            },
            None => {}
        }
    }
    report.acknowledged = count(answered.len());
    let every = answered.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<_> = answered.iter().step_by(every).collect();
    let pairs: Vec<_> = sample.iter().map(|(p, reply)| (*p, reply)).collect();
    report.failed.extend(check_all(&pairs).into_iter().take(5));
    for (purchase, reply) in &pairs {
        match send(purchase) {
            Ok(again) if again == **reply => bump(&mut report.retries_same_answer),
            Ok(again) if again.status == 200 => bump(&mut report.retries_other_answer),
            _ => bump(&mut report.lost),
        }
    }
    let mut thief = Wallet::named("thief", &market.manifest);
    for ((purchase, _), page) in pairs.iter().zip(market.pages.iter().cycle()).take(DOUBLES) {
        let again = thief.purchase_with(page, purchase.tokens().to_vec());
        match send(&again) {
            Ok(reply) if reply.code().as_deref() == Some("token_spent") => {}
            Ok(reply) if reply.status == 200 => bump(&mut report.doubled),
            other => report.failed.push(format!("a spent token: {other:?}")),
        }
    }
    if let Err(said) = program.audit() {
        report.unbalanced = 1;
        report.failed.push(said);
    }
}

fn judge(
    report: &mut Report,
    offered: &Offered,
    memory: &Thirds,
    recovered: Option<Duration>,
    limit: Option<Duration>,
) {
    let failed = &mut report.failed;
    let p99 = per_mille(&offered.latencies, 990);
    if let Some(limit) = limit.filter(|limit| p99 > *limit) {
        failed.push(format!("served in {p99:?} at p99, more than {limit:?}"));
    }
    if offered.shed == 0 {
        failed.push("nothing was refused, so it was no overload".to_owned());
    }
    if let Some(wrong) = offered.shed_wrong.first() {
        failed.push(format!("refused without a time to come again: {wrong}"));
    }
    if let Some(first) = offered.broken.first() {
        let count = offered.broken.len();
        failed.push(format!(
            "{count} requests got no answer, the first: {first}"
        ));
    }
    if memory.last > memory.first.saturating_add(FLAT) {
        failed.push("memory grew".to_owned());
    }
    if limit.is_some() && recovered.is_none() {
        failed.push("it was not as before within 5 s".to_owned());
    }
    let odd = offered.replies.iter().flatten();
    let odd = odd.filter(|reply| reply.status != 200).take(3);
    failed.extend(odd.map(|reply| format!("{}: {}", reply.status, reply.text())));
}

/// Looks at the memory of a process from time to time.
struct Watch {
    end: Arc<AtomicBool>,
    thread: JoinHandle<Vec<u64>>,
}

/// The most memory in the first and in the last third of the time, in bytes.
struct Thirds {
    first: u64,
    last: u64,
}

impl Watch {
    fn begin(pid: u32) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&end);
        let thread = thread::spawn(move || {
            let mut seen = Vec::new();
            while !told.load(Ordering::Relaxed) {
                seen.push(process::memory(pid, "VmRSS"));
                thread::sleep(Duration::from_millis(50));
            }
            seen
        });
        Self { end, thread }
    }

    fn end(self) -> Thirds {
        self.end.store(true, Ordering::Relaxed);
        let seen = self.thread.join().unwrap_or_default();
        let third = seen.len().div_ceil(3).max(1);
        let most = |part: Option<&[u64]>| part.and_then(|part| part.iter().max()).copied();
        Thirds {
            first: most(seen.chunks(third).next()).unwrap_or_default(),
            last: most(seen.rchunks(third).next()).unwrap_or_default(),
        }
    }
}

/// A number of requests, rounded down.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate times a minute"
)]
const fn whole(number: f64) -> usize {
    number as usize
}

fn bump(count: &mut u64) {
    *count = count.saturating_add(1);
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
