//! Several issuers on one database: who comes first is decided once, whoever asks, and a server that falls loses nothing
//! that it acknowledged.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use farthing_ledger::conformance::world::{draw, fund, hash, load, redemption, swap};
use farthing_ledger::conformance::{block_on, concurrently};
use farthing_ledger::postgres::{DatabaseUrl, PostgresLedger, audit_database};
use farthing_ledger::{
    Drawn, Ledger, RedeemError, Redeemed, Redemption, SealedAnswer, StoreError, Swap,
};
use farthing_testkit::postgres::{Cluster, Database};
use std::collections::BTreeMap;

mod drive;

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
    let rounds = 24;
    block_on(load(&replicas[0], 0, 1_000_000));
    let tokens = (0..rounds).map(|n| (n, 1_000));
    assert_eq!(
        block_on(replicas[0].draw(draw(0, 0, tokens))),
        Ok(Drawn::Done)
    );
    // Each replica built an answer of its own; one of them counts, for all.
    let built = |n| SealedAnswer::new(hash("built", n).to_vec());
    // Many rounds, because the replicas must meet in the middle of each other's reading.
    for round in 0..rounds {
        let change = [(100 + 2 * round, 300), (101 + 2 * round, 200)];
        let request = redemption(round, [(round, 1_000)], 500, change);
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
    }
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

#[test]
fn a_server_that_falls_under_load_loses_and_doubles_nothing() {
    let (falls, items): (u64, u64) = if long() { (40, 60_000) } else { (4, 6_000) };
    let cluster = Cluster::start();
    let database = cluster.database();
    let replicas = replicas(&database, 2);
    drive::fund(&replicas[0], items);
    let done = drive::drive(&replicas, items, |wait_for_more| {
        for _ in 0..falls {
            wait_for_more();
            cluster.kill();
            cluster.begin();
        }
    });
    done.verify(&replicas[1], &url(&database));
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

#[test]
fn draws_at_any_concurrency_are_all_answered() {
    let database = Cluster::shared().database();
    let replicas = replicas(&database, 2);
    let begun = std::time::Instant::now();
    let (callers, each) = (128, 3);
    let answered = concurrently(callers, async |caller| {
        let ledger = of(&replicas, caller);
        let mut answered = 0;
        for n in (0..each).map(|n| 1 + caller * each + n) {
            load(ledger, n, 10_000).await;
            let tokens = (0..10).map(|token| (100 * n + token, 1_000));
            assert_eq!(ledger.draw(draw(n, 0, tokens)).await, Ok(Drawn::Done));
            answered += 1;
        }
        answered
    });
    let draws: u64 = answered.iter().sum();
    assert_eq!(draws, callers * each);
    println!(
        "{draws} orders, settlements and draws in {:?}",
        begun.elapsed()
    );
    balances(&database);
}

#[test]
fn a_token_that_is_swapped_and_spent_at_three_issuers_goes_one_way() {
    let database = Cluster::shared().database();
    let replicas = replicas(&database, 3);
    let rounds = 20;
    block_on(load(&replicas[0], 0, 1_000_000));
    let tokens = (0..rounds).map(|n| (n, 1_000));
    assert_eq!(
        block_on(replicas[0].draw(draw(0, 0, tokens))),
        Ok(Drawn::Done)
    );
    for round in 0..rounds {
        let (purchase, exchange) = (1_000 + round, 2_000 + round);
        let redeem = redemption(purchase, [(round, 1_000)], 1_000, []);
        let other = swap(exchange, [(round, 1_000)], [(5_000 + round, 1_000)]);
        let results = concurrently(12, async |n| {
            let replica = of(&replicas, n);
            if n % 2 == 0 {
                let built = SealedAnswer::new(hash("purchase", n).to_vec());
                let request = Redemption {
                    answer: built.clone(),
                    ..redeem.clone()
                };
                (replica.redeem(request).await, built)
            } else {
                let built = SealedAnswer::new(hash("swap", n).to_vec());
                let request = Swap {
                    answer: built.clone(),
                    ..other.clone()
                };
                let result = replica.swap(request).await.map_err(RedeemError::from);
                (result, built)
            }
        });
        let accepted: Vec<_> = results
            .iter()
            .enumerate()
            .filter(|(_, (result, _))| *result == Ok(Redeemed::Accepted))
            .collect();
        assert_eq!(accepted.len(), 1, "{results:?}");
        let (winner, (_, answer)) = accepted[0];
        for (n, (result, _)) in results.iter().enumerate() {
            if n % 2 != winner % 2 {
                assert_eq!(*result, Err(RedeemError::TokenSpent(vec![0])));
            } else if n != winner {
                assert_eq!(*result, Ok(Redeemed::Replayed(answer.clone())));
            }
        }
    }
    balances(&database);
}
