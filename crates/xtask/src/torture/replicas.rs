//! Three issuers on one database: one token to all of them at once, by one request and by two. One request gets it, and
//! whoever sends that request gets the same answer everywhere; now and then an issuer falls.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use farthing_testkit::load::{
    Books, Broken, Market, Program, Purchase, Reply, Wallet, ask, block_on,
};
use farthing_testkit::postgres::Cluster;

use super::chance::Chance;
use super::readers::{audit, compare, trial};
use super::stock::Stock;
use super::{Bench, Report};
use crate::failure::Failure;
use crate::progress::note;

/// Contests by default, and in the short form.
const CYCLES: (u64, u64) = (200, 12);
/// After so many contests an issuer falls.
const FALLS: u64 = 5;
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) fn replicas(bench: &Bench<'_>) -> Result<Report, Failure> {
    let cycles = bench.cycles(CYCLES);
    let cluster = Cluster::start();
    let database = cluster.database();
    let books = Books::Postgres(database.url());
    let first = Program::init(&bench.binary, &bench.folder.join("issuer-0"), &books);
    let others = [1, 2].map(|n| first.replica(&bench.folder.join(format!("issuer-{n}"))));
    let mut programs: Vec<Program> = std::iter::once(first).chain(others).collect();
    for program in &mut programs {
        program.start();
    }
    let (market, addresses) = match programs.first() {
        Some(first) => (
            Market::open(first),
            programs.iter().map(Program::address).collect::<Vec<_>>(),
        ),
        None => return Err(Failure::new("no issuer")),
    };
    let mut report = Report::default();
    let mut chance = Chance::new();
    note(&format!("seed {}", chance.seed()));
    let mut own = 0_u64;
    let readers = trial(
        "reader",
        &market,
        &addresses,
        &mut report,
        |trial, report| {
            let wanted = usize::try_from(cycles).unwrap_or(usize::MAX);
            let mut stock = Stock::of(&market, "contest", wanted)?;
            let mut rival = Wallet::named("contest/rival", &market.manifest);
            let pages = market.pages.iter().cycle().skip(1);
            for ((cycle, purchase), page) in (1_u64..).zip(&stock.purchases).zip(pages) {
                let other = rival.purchase_with(page, purchase.tokens().to_vec());
                let index = usize::try_from(cycle).unwrap_or_default();
                let falls = cycle.is_multiple_of(FALLS);
                let length = programs.len();
                let falling = index.checked_rem(length).and_then(|n| programs.get_mut(n));
                let replies = contest(&addresses, [purchase, &other], || {
                    if let Some(program) = falling.filter(|_| falls) {
                        chance.pause();
                        program.kill();
                        program.start();
                    }
                });
                let [sold, sold_to_rival] = replies.map(|replies| sold(replies, report));
                report.cycles = cycle;
                let (winner, wallet, reply) = match (sold, sold_to_rival) {
                    (Some(reply), None) => (purchase, &mut stock.wallet, reply),
                    (None, Some(reply)) => (&other, &mut rival, reply),
                    (Some(_), Some(_)) => {
                        report.doubled = report.doubled.saturating_add(1);
                        continue;
                    }
                    (None, None) => {
                        report.failed.push("a token was sold to nobody".to_owned());
                        continue;
                    }
                };
                match winner.check(&reply) {
                    Ok(tokens) => tokens.into_iter().for_each(|token| wallet.keep(token)),
                    Err(wrong) => report.failed.push(wrong),
                }
            }
            trial.repeat_latest(report);
            own = stock.wallet.worth().saturating_add(rival.worth());
            Ok(())
        },
    )?;
    for program in &programs {
        audit(program, &mut report);
    }
    if let Some(first) = programs.first() {
        compare(first, readers.saturating_add(own), &mut report);
    }
    Ok(report)
}

/// Sends both purchases to all issuers at once, each until it is answered.
fn contest(
    addresses: &[SocketAddr],
    purchases: [&Purchase; 2],
    meanwhile: impl FnOnce(),
) -> [Vec<Result<Reply, Broken>>; 2] {
    let together = Barrier::new(addresses.len().saturating_mul(2).saturating_add(1));
    thread::scope(|scope| {
        let together = &together;
        let sent = purchases.map(|purchase| {
            let send = |address: &SocketAddr| {
                let address = *address;
                scope.spawn(move || {
                    together.wait();
                    block_on(ask(address, Purchase::PATH, purchase.body(), PATIENCE))
                })
            };
            addresses.iter().map(send).collect::<Vec<_>>()
        });
        together.wait();
        meanwhile();
        sent.map(|side| {
            let ended = |reply: thread::ScopedJoinHandle<'_, Result<Reply, Broken>>| {
                let nothing = |_| Err(Broken("the reader panicked".to_owned()));
                reply.join().unwrap_or_else(nothing)
            };
            side.into_iter().map(ended).collect()
        })
    })
}

/// The answer of one side, if it got the token: then all three issuers gave the same, and else none gave any.
fn sold(replies: Vec<Result<Reply, Broken>>, report: &mut Report) -> Option<Reply> {
    let asked = replies.len();
    let mut sold = Vec::new();
    for reply in replies {
        match reply {
            Ok(reply) if reply.status == 200 => sold.push(reply),
            Ok(reply) if reply.code().as_deref() == Some("token_spent") => {}
            other => report.failed.push(format!("in a contest: {other:?}")),
        }
    }
    let first = sold.first()?.clone();
    for other in &sold {
        if other.body == first.body {
            report.retries_same_answer = report.retries_same_answer.saturating_add(1);
        } else {
            report.retries_other_answer = report.retries_other_answer.saturating_add(1);
        }
    }
    if sold.len() < asked {
        report.lost = report.lost.saturating_add(1);
    }
    Some(first)
}
