//! A server with a synchronous standby is lost under load, and the standby takes over: what was acknowledged is at both,
//! and the old server, should it come back, acknowledges nothing.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use farthing_ledger::conformance::world::{hour, redemption};
use farthing_ledger::conformance::{block_on, concurrently};
use farthing_ledger::postgres::{DatabaseUrl, PostgresLedger};
use farthing_ledger::{Ledger, RedeemError, Redeemed, StoreError, StoredAnswerError};
use farthing_testkit::postgres::Cluster;

mod drive;

fn url(text: &str) -> DatabaseUrl {
    DatabaseUrl::parse(text).unwrap()
}

#[test]
fn a_failover_loses_nothing_acknowledged_and_the_old_server_acknowledges_nothing() {
    let old = Cluster::start();
    let database = old.database();
    let new = old.standby();
    let at_new = new.copy_of(&database);
    let both = url(&database.url_with(&[&at_new]));
    let replicas = [0, 1].map(|_| PostgresLedger::open(&both).unwrap());
    let items = 6_000;
    drive::fund(&replicas[0], items);
    let done = drive::drive(&replicas, items, |wait_for_more| {
        wait_for_more();
        old.kill();
        new.promote();
        wait_for_more();
    });
    done.verify(&replicas[1], &url(&at_new.url()));
    drop(replicas);

    // An operator's mistake: the old server is started again, and an issuer has its address only. It waits for a
    // standby that is none any more; so nothing is told as done, neither new nor repeated.
    old.begin();
    let stray = PostgresLedger::open(&url(&database.url())).unwrap();
    let unspent = redemption(items - 1, [(items - 1, 1_000)], 1_000, []);
    let known = redemption(0, [(0, 1_000)], 500, []);
    let told = concurrently(2, async |n| {
        if n == 0 {
            let refused = stray.redeem(unspent.clone()).await;
            matches!(refused, Err(RedeemError::Store(StoreError::Unavailable(_))))
        } else {
            let (inputs, binding) = (known.inputs.clone(), known.binding);
            let repeated = stray.stored_answer(inputs, binding, hour()).await;
            matches!(
                repeated,
                Err(StoredAnswerError::Store(StoreError::Unavailable(_)))
            )
        }
    });
    assert_eq!(told, [true, true]);
    // At the new server the same request is done as if it had never been asked.
    let ledger = PostgresLedger::open(&url(&at_new.url())).unwrap();
    assert_eq!(block_on(ledger.redeem(unspent)), Ok(Redeemed::Accepted));
    assert_eq!(block_on(ledger.audit()).unwrap().difference(), 0);
}
