use super::provide;
use crate::conformance::block_on;
use crate::conformance::world::{draw, fund, load, redemption};
use crate::sqlite::{SqliteLedger, sql};
use crate::{
    CreateOrderError, DrawError, Drawn, Ledger, RedeemError, Redeemed, SettleError, StoreError,
};
use crate::{NewOrder, SealedAnswer};

/// Lets the writer's file grow to `pages` at most: SQLite then answers SQLITE_FULL, as on a full disk.
fn limit(ledger: &SqliteLedger, pages: i64) {
    block_on(ledger.write(move |conn| {
        let set = format!("PRAGMA max_page_count = {pages}");
        sql::row(conn, &set, (), |row| row.get::<_, i64>(0))
    }))
    .unwrap();
}

fn fill(ledger: &SqliteLedger) {
    limit(ledger, 1);
}

fn make_space(ledger: &SqliteLedger) {
    limit(ledger, 1_000_000);
}

fn is_full(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_)) && error.code() == "unavailable"
}

#[test]
fn a_full_disk_undoes_a_redemption_and_space_brings_it_back() {
    let (ledger, _dir, _path) = provide();
    block_on(fund(&ledger));
    let before = block_on(ledger.audit()).unwrap();
    // Larger than a page, so that it needs a new one.
    let mut request = redemption(1, [(10, 8_000)], 3_000, [(20, 1_000), (21, 4_000)]);
    request.answer = SealedAnswer::new(vec![7; 60_000]);
    fill(&ledger);
    for _ in 0..3 {
        match block_on(ledger.redeem(request.clone())) {
            Err(RedeemError::Store(error)) => assert!(is_full(&error), "{error}"),
            other => panic!("{other:?}"),
        }
    }
    // Reading goes on, and finds nothing of it.
    assert_eq!(block_on(ledger.audit()).unwrap(), before);
    make_space(&ledger);
    assert_eq!(
        block_on(ledger.redeem(request.clone())),
        Ok(Redeemed::Accepted)
    );
    let replayed = Redeemed::Replayed(request.answer.clone());
    assert_eq!(block_on(ledger.redeem(request)), Ok(replayed));
    assert_eq!(block_on(ledger.audit()).unwrap().difference(), 0);
}

#[test]
fn a_full_disk_refuses_orders_and_draws_until_there_is_space() {
    let (ledger, _dir, _path) = provide();
    block_on(load(&ledger, 0, 100_000_000));
    fill(&ledger);
    let big = NewOrder {
        disclosure: vec![1; 60_000],
        ..crate::conformance::world::new_order(5, 1_000)
    };
    let now = crate::conformance::world::time(0);
    match block_on(ledger.create_order(big.clone(), now)) {
        Err(CreateOrderError::Store(error)) => assert!(is_full(&error), "{error}"),
        other => panic!("{other:?}"),
    }
    let tokens: Vec<_> = (0..2_000).map(|n| (n, 1_000)).collect();
    match block_on(ledger.draw(draw(0, 0, tokens.clone()))) {
        Err(DrawError::Store(error)) => assert!(is_full(&error), "{error}"),
        other => panic!("{other:?}"),
    }
    make_space(&ledger);
    assert!(block_on(ledger.create_order(big, now)).is_ok());
    assert_eq!(block_on(ledger.draw(draw(0, 0, tokens))), Ok(Drawn::Done));
    assert_eq!(block_on(ledger.audit()).unwrap().difference(), 0);
}

#[test]
fn requests_that_wait_together_fail_alone_when_the_disk_is_not_full() {
    // Many at once, every second one a conflict: the conflicts belong to their own requests.
    let (ledger, _dir, _path) = provide();
    block_on(fund(&ledger));
    let results = crate::conformance::concurrently(20, |n| {
        ledger.redeem(redemption(n, [(n / 2, 1_000)], 1_000, []))
    });
    let accepted = results
        .iter()
        .filter(|result| **result == Ok(Redeemed::Accepted))
        .count();
    let spent = results
        .iter()
        .filter(|r| **r == Err(RedeemError::TokenSpent(vec![0])))
        .count();
    assert_eq!((accepted, spent), (10, 10));
    assert_eq!(block_on(ledger.audit()).unwrap().difference(), 0);
}

#[test]
fn a_file_locked_by_another_is_unavailable_and_then_not() {
    let (ledger, _dir, path) = provide();
    block_on(fund(&ledger));
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    block_on(async {
        // The busy timeout is five seconds; the other process holds the lock for longer.
        let late = crate::conformance::world::settlement(0, 1);
        match ledger.settle_order(late).await {
            Err(SettleError::Store(error)) => assert!(is_full(&error), "{error}"),
            other => panic!("{other:?}"),
        }
    });
    // Readers are not held up.
    assert!(
        block_on(ledger.order(crate::conformance::world::order_id(0)))
            .unwrap()
            .is_some()
    );
    other.execute_batch("COMMIT").unwrap();
    let request = redemption(1, [(0, 1_000)], 1_000, []);
    assert_eq!(block_on(ledger.redeem(request)), Ok(Redeemed::Accepted));
}
