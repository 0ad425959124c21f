//! The issuer is killed (SIGKILL) while it works, again and again. What it acknowledged is there, nothing is doubled, and
//! the books balance after every restart; in the end they are those of an issuer that never fell.
//!
//! The test runs itself as the issuer: with `work PATH FROM` it works from item `FROM` on and prints each item it acknowledged.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use farthing_ledger::conformance::block_on;
use farthing_ledger::conformance::world::{
    NOW, draw, input, load, new_order, redemption, settlement, swap, time,
};
use farthing_ledger::memory::MemoryLedger;
use farthing_ledger::sqlite::{SqliteLedger, audit_file};
use farthing_ledger::{
    Created, Drawn, Hour, Ledger, Redeemed, Redemption, SealedAnswer, Swap, Transition,
};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

const ITEMS: u64 = 4_000;
const CYCLES: u64 = 12;
const THREADS: u64 = 4;

/// Item `n` buys something with token `n`, or (every fifth) loads an order and draws from it, or (every seventh) renews it.
fn purchase(n: u64) -> Redemption {
    // Every third gives change, so that issued and spent rows stand in one transaction.
    let change = n.is_multiple_of(3).then_some((1_000_000 + n, 500));
    let amount = if change.is_some() { 500 } else { 1_000 };
    let mut purchase = redemption(n, [(n, 1_000)], amount, change);
    // Of the size of a real one.
    purchase.answer = SealedAnswer::new(n.to_be_bytes().repeat(300));
    purchase
}

/// Item `n`, every seventh: renews token `n`.
fn renewal(n: u64) -> Swap {
    Swap {
        answer: purchase(n).answer,
        ..swap(n, [(n, 1_000)], [(3_000_000 + n, 1_000)])
    }
}

/// Does item `n`; whether it had been done before.
async fn work<L: Ledger>(ledger: &L, n: u64) -> bool {
    if n.is_multiple_of(5) {
        let created = ledger
            .create_order(new_order(n + 10, 64_000), time(NOW))
            .await
            .unwrap();
        let settled = ledger
            .settle_order(settlement(n + 10, 64_000))
            .await
            .unwrap();
        let drawn = ledger
            .draw(draw(n + 10, 0, [(2_000_000 + n, 8_000)]))
            .await
            .unwrap();
        matches!(created, Created::Existing(_))
            && settled == Transition::AlreadyDone
            && drawn == Drawn::AlreadyDone
    } else if n.is_multiple_of(7) {
        match ledger.swap(renewal(n)).await.unwrap() {
            Redeemed::Accepted => false,
            Redeemed::Replayed(answer) => {
                assert_eq!(answer, purchase(n).answer, "item {n} got another answer");
                true
            }
        }
    } else {
        // A repetition brings another answer; the first one counts.
        let request = Redemption {
            hour: Hour::of(time(NOW + 7_200)),
            ..purchase(n)
        };
        match ledger.redeem(request).await.unwrap() {
            Redeemed::Accepted => false,
            Redeemed::Replayed(answer) => {
                assert_eq!(answer, purchase(n).answer, "item {n} got another answer");
                true
            }
        }
    }
}

async fn prepare<L: Ledger>(ledger: &L) {
    load(ledger, 0, 2 * ITEMS * 1_000).await;
    for pouch in 0..u32::try_from(ITEMS / 100).unwrap() {
        let first = u64::from(pouch) * 100;
        let tokens = (first..first + 100).map(|n| (n, 1_000));
        assert_eq!(ledger.draw(draw(0, pouch, tokens)).await, Ok(Drawn::Done));
    }
}

/// The issuer: works until it is killed or done.
fn issuer(path: &Path, from: u64) {
    let ledger = SqliteLedger::open(path).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let ledger = ledger.clone();
            scope.spawn(move || {
                for n in (from..ITEMS).filter(|n| n % THREADS == thread) {
                    block_on(work(&ledger, n));
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "{n}").unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

/// Starts an issuer, kills it after about `acknowledgements` of them, gives all that it printed.
fn kill_after(path: &Path, from: u64, acknowledgements: usize) -> BTreeSet<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["work".as_ref(), path.as_os_str(), from.to_string().as_ref()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut seen = BTreeSet::new();
    let mut line = String::new();
    // After the kill: what it had acknowledged before it fell, but nobody had read yet.
    while out.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
        seen.insert(line.trim_end().parse().unwrap());
        line.clear();
        if seen.len() == acknowledgements {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    seen
}

fn main() {
    let args: Vec<_> = std::env::args_os().collect();
    if let [_, word, path, from] = args.as_slice()
        && word == "work"
    {
        return issuer(Path::new(path), from.to_str().unwrap().parse().unwrap());
    }

    // Where it falls differs from run to run; the seed is printed.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut seed = u64::from(now.subsec_nanos()) | 1;
    println!("crash: seed {seed}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite");
    block_on(prepare(&SqliteLedger::open(&path).unwrap()));

    let mut acknowledged = BTreeSet::new();
    for cycle in 0..CYCLES {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let count = usize::try_from((seed >> 33) % 200).unwrap() + 1;
        // From a little before the end of the last life, so that repetitions are among the requests.
        let from = acknowledged
            .last()
            .map_or(0, |last: &u64| last.saturating_sub(20));
        let seen = kill_after(&path, from, count);
        assert!(
            seen.len() >= count,
            "the issuer of cycle {cycle} did nothing"
        );
        acknowledged.extend(seen);

        // As it lies there, before any program repaired anything; and after.
        let report = audit_file(&path).unwrap();
        assert_eq!(report.difference(), 0, "cycle {cycle}: {report}");
        let ledger = SqliteLedger::open(&path).unwrap();
        for &n in &acknowledged {
            assert!(
                block_on(work(&ledger, n)),
                "cycle {cycle}: item {n} was acknowledged and is lost"
            );
        }
        assert_eq!(
            block_on(ledger.audit()).unwrap(),
            report,
            "repetitions changed the books"
        );
    }

    let ledger = SqliteLedger::open(&path).unwrap();
    let oracle = MemoryLedger::new();
    block_on(prepare(&oracle));
    let last = acknowledged.last().copied().unwrap() + 50;
    for n in 0..last {
        block_on(work(&ledger, n));
        block_on(work(&oracle, n));
    }
    // The order of entries differs, the sums do not.
    let report = block_on(ledger.audit()).unwrap();
    let expected = block_on(oracle.audit()).unwrap();
    assert_eq!(report.checks(), expected.checks());
    assert_eq!(report.difference(), 0, "{report}");
    let spent = input(1, 1_000);
    let hour = Hour::of(time(NOW));
    assert!(block_on(ledger.answer(spent.keyset, spent.nullifier, hour)).is_ok());
    println!(
        "crash: {CYCLES} cycles, {} acknowledged, none lost, none doubled",
        acknowledged.len()
    );
}
