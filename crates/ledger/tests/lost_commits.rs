//! The connection breaks while a transaction is being committed: whether it counted is found out, never assumed, and
//! the caller gets an answer that is true.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use farthing_ledger::conformance::block_on;
use farthing_ledger::conformance::world::{
    NOW, draw, fund, load, new_order, redemption, settlement, time,
};
use farthing_ledger::postgres::{DatabaseUrl, PostgresLedger};
use farthing_ledger::{Created, Drawn, Ledger, Redeemed, Redemption, SealedAnswer, Transition};
use farthing_testkit::postgres::{Break, Cluster, Wire};

fn provide() -> (PostgresLedger, Wire) {
    let database = Cluster::shared().database();
    let wire = Wire::to(&database);
    let url = DatabaseUrl::parse(&wire.url()).unwrap();
    (PostgresLedger::open(&url).unwrap(), wire)
}

fn balances(ledger: &PostgresLedger) {
    let report = block_on(ledger.audit()).unwrap();
    assert_eq!(report.difference(), 0, "{report}");
}

#[test]
fn a_purchase_whose_commit_was_lost_is_found_by_its_tokens_and_binding() {
    let (ledger, wire) = provide();
    block_on(fund(&ledger));
    for (n, how) in (0..).zip([Break::BeforeCommit, Break::AfterCommit, Break::Silence]) {
        let request = redemption(n, [(n, 1_000)], 500, [(100 + n, 500)]);
        wire.break_at_next_commit(how);
        let expected = match how {
            // Nothing was committed: the second attempt is the first that counts.
            Break::BeforeCommit => Redeemed::Accepted,
            // It was: the second attempt finds it, with the answer that the first one stored.
            Break::AfterCommit | Break::Silence => Redeemed::Replayed(request.answer.clone()),
        };
        assert_eq!(block_on(ledger.redeem(request)), Ok(expected), "{how:?}");
        assert!(wire.has_broken());
    }
    assert_eq!(block_on(ledger.audit()).unwrap().usage().seq, 3);
    balances(&ledger);
}

#[test]
fn a_group_whose_commit_was_lost_is_answered_one_by_one() {
    let (ledger, wire) = provide();
    block_on(fund(&ledger));
    wire.break_at_next_commit(Break::AfterCommit);
    // Ten purchases at once, in one group or two, and each of them twice with another answer.
    let results = farthing_ledger::conformance::concurrently(20, async |n| {
        let request = redemption(n % 10, [(n % 10, 1_000)], 1_000, []);
        let built = SealedAnswer::new(vec![u8::try_from(n).unwrap(); 40]);
        let answer = match ledger
            .redeem(Redemption {
                answer: built.clone(),
                ..request
            })
            .await
            .unwrap()
        {
            Redeemed::Accepted => built,
            Redeemed::Replayed(answer) => answer,
        };
        (n % 10, answer)
    });
    assert!(wire.has_broken());
    for (item, answer) in &results {
        let others = results.iter().filter(|(other, _)| other == item);
        assert!(others.clone().all(|(_, other)| other == answer), "{item}");
        assert_eq!(others.count(), 2);
    }
    assert_eq!(block_on(ledger.audit()).unwrap().usage().seq, 10);
    balances(&ledger);
}

#[test]
fn an_order_whose_commit_was_lost_is_made_paid_and_drawn_once() {
    let (ledger, wire) = provide();
    for (n, how) in (1..).zip([Break::BeforeCommit, Break::AfterCommit]) {
        let before = how == Break::BeforeCommit;
        wire.break_at_next_commit(how);
        let created = block_on(ledger.create_order(new_order(n, 64_000), time(NOW))).unwrap();
        assert_eq!(matches!(created, Created::New(_)), before);
        wire.break_at_next_commit(how);
        let settled = block_on(ledger.settle_order(settlement(n, 64_000)));
        let done = if before {
            Transition::Done
        } else {
            Transition::AlreadyDone
        };
        assert_eq!(settled, Ok(done));
        wire.break_at_next_commit(how);
        let drawn = block_on(ledger.draw(draw(n, 0, [(n, 8_000)])));
        let done = if before {
            Drawn::Done
        } else {
            Drawn::AlreadyDone
        };
        assert_eq!(drawn, Ok(done));
        assert!(wire.has_broken());
    }
    block_on(load(&ledger, 9, 10_000));
    balances(&ledger);
}
