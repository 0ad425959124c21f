//! Several issuers on one database: who comes first is decided once, whoever asks, and a server that falls loses nothing
//! that it acknowledged.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use farthing_ledger::conformance::world::{
    NOW, draw, fund, hash, load, new_order, redemption, settlement, time,
};
use farthing_ledger::conformance::{block_on, concurrently};
use farthing_ledger::postgres::{DatabaseUrl, PostgresLedger, audit_database};
use farthing_ledger::{
    Created, Drawn, Ledger, RedeemError, Redeemed, Redemption, SealedAnswer, StoreError,
};
use farthing_testkit::postgres::{Cluster, Database};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

fn url(database: &Database) -> DatabaseUrl {
    DatabaseUrl::parse(&database.url()).unwrap()
}

fn replicas(database: &Database, count: usize) -> Vec<PostgresLedger> {
    (0..count)
        .map(|_| PostgresLedger::open(&url(database)).unwrap())
        .collect()
}

/// The replica that caller `n` asks.
fn of(replicas: &[PostgresLedger], n: u64) -> &PostgresLedger {
    &replicas[usize::try_from(n).unwrap() % replicas.len()]
}

fn balances(database: &Database) {
    let report = audit_database(&url(database)).unwrap();
    assert_eq!(report.difference(), 0, "{report}");
}

fn long() -> bool {
    std::env::var_os("FARTHING_LONG").is_some()
}

#[test]
fn of_a_hundred_that_race_for_a_token_one_gets_it() {
    let database = Cluster::shared().database();
    let replicas = replicas(&database, 4);
    block_on(fund(&replicas[0]));
    // Each brings a second token of its own kind, which the losers keep.
    let results = concurrently(100, |n| {
        of(&replicas, n).redeem(redemption(n, [(9, 1_000)], 1_000, []))
    });
    let accepted = results
        .iter()
        .filter(|result| **result == Ok(Redeemed::Accepted))
        .count();
    let refused = results
        .iter()
        .filter(|result| **result == Err(RedeemError::TokenSpent(vec![0])))
        .count();
    assert_eq!((accepted, refused), (1, 99));
    balances(&database);
}

#[test]
fn fifty_identical_requests_get_one_answer() {
    let database = Cluster::shared().database();
    let replicas = replicas(&database, 4);
    block_on(fund(&replicas[0]));
    let request = redemption(1, [(10, 8_000)], 3_000, [(20, 1_000), (21, 4_000)]);
    // Each replica built an answer of its own; one of them counts, for all.
    let built = |n| SealedAnswer::new(hash("built", n).to_vec());
    let answers = concurrently(50, async |n| {
        let answer = built(n);
        let request = Redemption {
            answer: answer.clone(),
            ..request.clone()
        };
        match of(&replicas, n).redeem(request).await.unwrap() {
            Redeemed::Accepted => (true, answer),
            Redeemed::Replayed(answer) => (false, answer),
        }
    });
    assert_eq!(answers.iter().filter(|(accepted, _)| *accepted).count(), 1);
    let (_, first) = answers.first().unwrap();
    assert!(answers.iter().all(|(_, answer)| answer == first));
    assert!((0..50).any(|n| built(n) == *first));
    balances(&database);
}

#[test]
fn requests_that_cross_each_other_are_each_decided_and_none_is_stuck() {
    let database = Cluster::shared().database();
    let replicas = replicas(&database, 3);
    block_on(load(&replicas[0], 0, 1_000_000));
    let tokens = (0..60).map(|n| (n, 1_000));
    assert_eq!(
        block_on(replicas[0].draw(draw(0, 0, tokens))),
        Ok(Drawn::Done)
    );
    // 120 requests for three of 60 tokens each, in all orders, at three replicas: groups lock rows across each other.
    let wanted =
        |n: u64| [n * 7 % 60, n * 11 % 60 + 60, n * 13 % 60 + 120].map(|t| (t % 60, 1_000));
    let distinct = |n: u64| {
        let mut tokens = wanted(n).to_vec();
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    };
    let change = |n: u64| (1_000 + n % 40, 500);
    let results = concurrently(120, async |n| {
        let tokens = distinct(n);
        let amount = u64::try_from(tokens.len()).unwrap() * 1_000 - 500;
        let request = redemption(n, tokens, amount, [change(n)]);
        (n, of(&replicas, n).redeem(request).await)
    });
    let mut spent: BTreeMap<u64, u64> = BTreeMap::new();
    for (n, result) in &results {
        match result {
            Ok(Redeemed::Accepted) => {
                for (token, _) in distinct(*n) {
                    assert_eq!(
                        spent.insert(token, *n),
                        None,
                        "token {token} is spent twice"
                    );
                }
            }
            Err(RedeemError::TokenSpent(_) | RedeemError::ElementReused(_)) => {}
            other => panic!("{n}: {other:?}"),
        }
    }
    // A request that was refused had a reason: one of its tokens went to another, or its change did.
    let changed: Vec<u64> = spent.values().map(|n| change(*n).0).collect();
    for (n, result) in &results {
        match result {
            Err(RedeemError::TokenSpent(taken)) => assert!(!taken.is_empty()),
            Err(RedeemError::ElementReused(_)) => assert!(changed.contains(&change(*n).0)),
            _ => {}
        }
        if result.is_err() {
            let taken = distinct(*n)
                .iter()
                .any(|(token, _)| spent.contains_key(token));
            assert!(
                taken || changed.contains(&change(*n).0),
                "{n} was refused for nothing"
            );
        }
    }
    balances(&database);
}

#[test]
fn replicas_that_start_together_make_one_ledger() {
    let database = Cluster::shared().database();
    let url = url(&database);
    let opened = concurrently(6, async |_| PostgresLedger::open(&url).unwrap());
    block_on(fund(&opened[0]));
    let request = redemption(1, [(0, 1_000)], 1_000, []);
    assert_eq!(block_on(opened[5].redeem(request)), Ok(Redeemed::Accepted));
    balances(&database);
}

#[test]
fn draws_and_purchases_of_one_keyset_do_not_hold_each_other_up() {
    let database = Cluster::shared().database();
    let replicas = replicas(&database, 2);
    block_on(fund(&replicas[0]));
    for order in 1..9 {
        block_on(load(&replicas[0], order, 100_000));
    }
    // Both sides raise the counters of one keyset.
    let done = concurrently(16, async |n| {
        if n < 8 {
            let tokens = (0..20).map(|t| (1_000 + n * 20 + t, 1_000));
            let drawn = of(&replicas, n).draw(draw(n + 1, 0, tokens)).await;
            drawn == Ok(Drawn::Done)
        } else {
            let change = [(5_000 + n, 500)];
            let request = redemption(n, [(n - 8, 1_000)], 500, change);
            of(&replicas, n / 2).redeem(request).await == Ok(Redeemed::Accepted)
        }
    });
    assert_eq!(done, vec![true; 16]);
    balances(&database);
}

/// A purchase by token `n`, with an answer of a real one's size.
fn purchase(n: u64) -> Redemption {
    let mut purchase = redemption(n, [(n, 1_000)], 500, [(1_000_000 + n, 500)]);
    purchase.answer = SealedAnswer::new(n.to_be_bytes().repeat(150));
    purchase
}

/// Loads an order and draws from it; whether all of it had been done before.
async fn load_and_draw(ledger: &PostgresLedger, n: u64) -> Result<bool, StoreError> {
    let created = ledger.create_order(new_order(n, 64_000), time(NOW)).await;
    let settled = ledger.settle_order(settlement(n, 64_000)).await;
    let drawn = ledger.draw(draw(n, 0, [(2_000_000 + n, 8_000)])).await;
    let unavailable = || StoreError::Unavailable(String::new());
    let created = created.map_err(|_| unavailable())?;
    settled.map_err(|_| unavailable())?;
    let drawn = drawn.map_err(|_| unavailable())?;
    Ok(matches!(created, Created::Existing(_)) && drawn == Drawn::AlreadyDone)
}

const LOAD: u64 = 6;

/// Works on items of one caller until told to end; gives how many it did. What fails is asked again, as a wallet does.
async fn work(
    ledger: &PostgresLedger,
    caller: u64,
    items: u64,
    end: &AtomicBool,
    acknowledged: &AtomicU64,
) -> u64 {
    let mut done = 0;
    for n in (0..items).filter(|n| n % LOAD == caller) {
        if end.load(Ordering::Relaxed) {
            break;
        }
        loop {
            let answered = if n % 10 == 3 {
                load_and_draw(ledger, n + 10).await.is_ok()
            } else {
                match ledger.redeem(purchase(n)).await {
                    Ok(Redeemed::Accepted) => true,
                    // It was committed before the connection broke, and found again.
                    Ok(Redeemed::Replayed(answer)) => {
                        assert_eq!(answer, purchase(n).answer);
                        true
                    }
                    Err(RedeemError::Store(StoreError::Unavailable(_))) => false,
                    Err(other) => panic!("item {n}: {other:?}"),
                }
            };
            if answered {
                break;
            }
        }
        done += 1;
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    done
}

#[test]
fn a_server_that_falls_under_load_loses_and_doubles_nothing() {
    let (falls, items): (u64, u64) = if long() { (40, 60_000) } else { (4, 6_000) };
    let cluster = Cluster::start();
    let database = cluster.database();
    let replicas = replicas(&database, 2);
    block_on(load(&replicas[0], 0, 2 * items * 1_000));
    for pouch in 0..u32::try_from(items / 1_000).unwrap() {
        let first = u64::from(pouch) * 1_000;
        let tokens = (first..first + 1_000).map(|n| (n, 1_000));
        assert_eq!(
            block_on(replicas[0].draw(draw(0, pouch, tokens))),
            Ok(Drawn::Done)
        );
    }
    let (end, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut done = BTreeMap::new();
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..LOAD)
            .map(|caller| {
                let (replica, end, count) = (of(&replicas, caller), &end, &acknowledged);
                scope.spawn(move || (caller, block_on(work(replica, caller, items, end, count))))
            })
            .collect();
        for fall in 0..falls {
            // In the middle of work: only once new items have been acknowledged since the last fall.
            let before = acknowledged.load(Ordering::Relaxed);
            while acknowledged.load(Ordering::Relaxed) < before + 100 {
                assert!(
                    !callers.iter().all(|c| c.is_finished()),
                    "fall {fall}: no load"
                );
                std::thread::sleep(Duration::from_millis(5));
            }
            cluster.kill();
            cluster.begin();
        }
        end.store(true, Ordering::Relaxed);
        for caller in callers {
            let (caller, count) = caller.join().unwrap();
            done.insert(caller, count);
        }
    });
    balances(&database);

    // Everything that was acknowledged is there, with its own answer, and is not done again.
    let before = audit_database(&url(&database)).unwrap();
    let mut found = 0;
    for (caller, count) in &done {
        let items = (0..items).filter(|n| n % LOAD == *caller);
        for n in items.take(usize::try_from(*count).unwrap()) {
            if n % 10 == 3 {
                assert_eq!(
                    block_on(load_and_draw(&replicas[1], n + 10)),
                    Ok(true),
                    "{n}"
                );
            } else {
                let replayed = Ok(Redeemed::Replayed(purchase(n).answer));
                assert_eq!(block_on(replicas[1].redeem(purchase(n))), replayed, "{n}");
            }
            found += 1;
        }
    }
    assert_eq!(found, acknowledged.load(Ordering::Relaxed));
    assert_eq!(audit_database(&url(&database)).unwrap(), before);
    // What the acknowledged items spent is what was spent: nothing beside it, nothing twice.
    let purchases: u64 = done
        .iter()
        .map(|(caller, count)| {
            let items = (0..items).filter(|n| n % LOAD == *caller);
            let items = items.take(usize::try_from(*count).unwrap());
            u64::try_from(items.filter(|n| n % 10 != 3).count()).unwrap()
        })
        .sum();
    assert_eq!(before.usage().seq, purchases);
}

#[test]
fn a_server_that_stays_away_is_unavailable_and_then_not() {
    let cluster = Cluster::start();
    let database = cluster.database();
    let ledger = PostgresLedger::open(&url(&database)).unwrap();
    block_on(fund(&ledger));
    cluster.kill();
    let request = redemption(1, [(0, 1_000)], 1_000, []);
    match block_on(ledger.redeem(request.clone())) {
        Err(RedeemError::Store(error @ StoreError::Unavailable(_))) => {
            assert_eq!(error.code(), "unavailable");
        }
        other => panic!("{other:?}"),
    }
    cluster.begin();
    assert_eq!(
        block_on(ledger.redeem(request.clone())),
        Ok(Redeemed::Accepted)
    );
    let answer = request.answer.clone();
    assert_eq!(
        block_on(ledger.redeem(request)),
        Ok(Redeemed::Replayed(answer))
    );
    balances(&database);
}
