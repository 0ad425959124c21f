//! Where the ledger stands, its checkpoints and its time; and that what was recorded of it can be done again.

use super::world::{
    binding, draw, eur, fund, hash, input, inputs, keyset, order_id, redemption, swap, time,
};
use crate::journal::Book;
use crate::memory::MemoryLedger;
use crate::{
    AppendCheckpointError, Checkpoint, Draw, DrawError, Drawn, Heads, Ledger, LedgerTime,
    RecordKey, RedeemError, Redeemed, Reservation, SwapError, TimeError, TimeStep,
};
use farthing_core::bytes::sha256;
use farthing_core::id::Binding;
use std::sync::Arc;

/// Checkpoint number `n` of where a ledger stands.
#[must_use]
pub fn checkpoint(n: u64, heads: Heads) -> Checkpoint {
    let body = format!("body {n}").into_bytes();
    Checkpoint {
        n,
        heads,
        head: format!("head {n}"),
        head_hash: hash("checkpoint", n),
        body_hash: sha256(&body),
        body,
    }
}

async fn heads<L: Ledger>(ledger: &L) -> Heads {
    ledger.standing().await.expect("a store").heads
}

/// Both journals, and the value that went through the account they share.
pub async fn it_knows_where_it_stands<L: Ledger>(ledger: Arc<L>) {
    let empty = ledger.standing().await.expect("a store");
    assert_eq!(empty.heads.funding.head, Book::Funding.genesis());
    assert_eq!((empty.heads.usage.seq, empty.drawn.len()), (0, 0));
    fund(&*ledger).await;
    ledger
        .redeem(redemption(
            1,
            [(10, 8_000)],
            5_000,
            [(20, 1_000), (21, 2_000)],
        ))
        .await
        .expect("a purchase");
    let standing = ledger.standing().await.expect("a store");
    let report = ledger.audit().await.expect("an audit");
    assert_eq!(standing.heads.funding, report.funding());
    assert_eq!(standing.heads.usage, report.usage());
    assert_eq!(standing.drawn.get(&eur()), Some(&18_000));
    assert_eq!(standing.spent.get(&eur()), Some(&5_000));
    let at = |book, seq| ledger.head_at(book, seq);
    let funding = report.funding();
    assert_eq!(at(Book::Funding, funding.seq).await, Ok(Some(funding.head)));
    assert_eq!(
        at(Book::Funding, 0).await,
        Ok(Some(Book::Funding.genesis()))
    );
    assert_eq!(at(Book::Funding, funding.seq + 1).await, Ok(None));
    assert_eq!(at(Book::Use, 1).await, Ok(Some(report.usage().head)));
}

/// A snapshot has every keyset and every balance, and they agree.
pub async fn a_snapshot_is_whole<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    ledger
        .redeem(redemption(1, [(0, 1_000), (1, 1_000)], 2_000, []))
        .await
        .expect("a purchase");
    let snapshot = ledger.snapshot().await.expect("a store");
    assert_eq!(snapshot.standing, ledger.standing().await.expect("a store"));
    assert!(snapshot.keysets.is_sorted_by_key(|k| *k.keyset.bytes()));
    let found = snapshot.keysets.iter().find(|k| k.keyset == keyset(1_000));
    let counts = found.map(|k| (k.currency, k.denomination, k.issued, k.spent));
    assert_eq!(counts, Some((eur(), 1_000, 10, 2)));
    for book in ["funding", "use"] {
        let amounts = snapshot.balances.iter().filter(|b| b.book == book);
        assert_eq!(amounts.map(|b| b.amount).sum::<i64>(), 0, "{book}");
    }
    assert!(snapshot.newest.is_none() && snapshot.balances.len() > 6);
}

/// Only the next number is accepted; the audit compares heads with the journals.
pub async fn checkpoints_have_no_gaps<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let first = checkpoint(1, heads(&*ledger).await);
    let append = |checkpoint| ledger.append_checkpoint(checkpoint);
    let refused = append(checkpoint(2, first.heads)).await;
    assert_eq!(refused, Err(AppendCheckpointError::NotNext { expected: 1 }));
    assert_eq!(append(first.clone()).await, Ok(()));
    let other = Checkpoint {
        head: "another issuer's".into(),
        ..first.clone()
    };
    let refused = append(other).await;
    assert_eq!(refused, Err(AppendCheckpointError::NotNext { expected: 2 }));
    ledger
        .redeem(redemption(1, [(0, 1_000)], 1_000, []))
        .await
        .expect("a purchase");
    let second = checkpoint(2, heads(&*ledger).await);
    assert_eq!(append(second.clone()).await, Ok(()));
    let all = ledger.checkpoints_from(1, 10).await;
    assert_eq!(all, Ok(vec![first, second.clone()]));
    assert_eq!(
        ledger.checkpoints_from(2, 10).await,
        Ok(vec![second.clone()])
    );
    assert_eq!(ledger.checkpoints_from(3, 10).await, Ok(Vec::new()));
    let newest = ledger.snapshot().await.expect("a store").newest;
    assert_eq!(newest, Some(second));
    let report = ledger.audit().await.expect("an audit");
    assert_eq!((report.checkpoints().len(), report.difference()), (2, 0));
}

fn keep(mark: u64, decision: u64) -> TimeStep {
    TimeStep::Keep {
        mark: time(mark),
        era: "a run".into(),
        reading: mark,
        decision,
        until: time(mark + 15),
    }
}

fn decide(mark: u64) -> TimeStep {
    TimeStep::Decide {
        mark: time(mark),
        era: "another run".into(),
        reading: 7,
    }
}

/// Until when time may have been told is never shortened but by an operator, whoever says how much of it there is.
pub async fn what_was_told_is_never_forgotten<L: Ledger>(ledger: Arc<L>) {
    let until = async |step| {
        let known = ledger.ledger_time(step).await.expect("a store");
        known.map(|known| known.told_until.get())
    };
    assert_eq!(until(keep(100, 0)).await, Some(115));
    // Another issuer, whose clock is slower, and one that has not heard of a decision.
    assert_eq!(until(keep(90, 0)).await, Some(115));
    assert_eq!(until(keep(200, 3)).await, Some(115));
    assert_eq!(until(TimeStep::Deleting(time(40))).await, Some(115));
    assert_eq!(until(TimeStep::Look).await, Some(115));
    assert_eq!(until(keep(101, 0)).await, Some(116));
    assert_eq!(until(decide(50)).await, Some(50));
    assert_eq!(until(keep(51, 1)).await, Some(66));
}

/// The mark goes forward by itself, and back only by an operator, and not behind what was deleted.
pub async fn time_goes_back_only_by_decision<L: Ledger>(ledger: Arc<L>) {
    let step = async |step| {
        let found = ledger.ledger_time(step).await;
        found.map(|found| found.map(|t| (t.mark.get(), t.era, t.reading, t.decision)))
    };
    let at =
        |mark, era: &str, reading, decision| Ok(Some((mark, era.to_owned(), reading, decision)));
    assert_eq!(step(TimeStep::Look).await, Ok(None));
    assert_eq!(step(keep(100, 0)).await, at(100, "a run", 100, 0));
    assert_eq!(step(keep(90, 0)).await, at(100, "a run", 90, 0));
    assert_eq!(step(decide(50)).await, at(50, "another run", 7, 1));
    // An issuer that does not know yet what was decided does not undo it.
    assert_eq!(step(keep(110, 0)).await, at(50, "another run", 7, 1));
    assert_eq!(step(keep(60, 1)).await, at(60, "a run", 60, 1));
    assert!(step(TimeStep::Deleting(time(55))).await.is_ok());
    let refused = ledger.ledger_time(decide(54)).await;
    assert_eq!(refused, Err(TimeError::DeletedUnder { under: time(55) }));
    assert_eq!(step(TimeStep::Look).await, at(60, "a run", 60, 1));
    assert_eq!(step(decide(55)).await, at(55, "another run", 7, 2));
    let found = ledger.ledger_time(TimeStep::Look).await;
    let deleted = found
        .expect("a store")
        .map(|LedgerTime { deleted_under, .. }| deleted_under);
    assert_eq!(deleted, Some(time(55)));
}

/// A ledger restored from a copy that went on by other purchases of the same prices in the same hour is told by its chain.
pub async fn other_tokens_at_the_same_price_make_another_history<L: Ledger>(ledger: Arc<L>) {
    let (same, other) = (MemoryLedger::default(), MemoryLedger::default());
    fund(&*ledger).await;
    fund(&same).await;
    fund(&other).await;
    let first = redemption(1, [(0, 1_000)], 1_000, []);
    let second = redemption(2, [(1, 1_000)], 1_000, []);
    ledger.redeem(first.clone()).await.expect("accepted");
    same.redeem(first).await.expect("accepted");
    other.redeem(second).await.expect("accepted");
    let (here, there) = (heads(&*ledger).await, heads(&other).await);
    assert_eq!(here, heads(&same).await);
    assert_eq!(
        (here.funding, here.usage.seq),
        (there.funding, there.usage.seq)
    );
    assert_ne!(here.usage.head, there.usage.head);
    // Swaps too.
    ledger
        .swap(swap(3, [(3, 1_000)], [(40, 1_000)]))
        .await
        .expect("accepted");
    same.swap(swap(4, [(4, 1_000)], [(41, 1_000)]))
        .await
        .expect("accepted");
    let (here, there) = (heads(&*ledger).await, heads(&same).await);
    assert_eq!(here.usage.seq, there.usage.seq);
    assert_ne!(here.usage.head, there.usage.head);
}

fn reserved(n: u64, request: u64) -> Reservation {
    Reservation {
        key: RecordKey::token(&input(n, 1_000).nullifier),
        binding: binding(request),
    }
}

/// What was done in a state that is lost is done again by the same request, and by no other in its place.
pub async fn what_is_reserved_is_done_by_its_request_only<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let pouch = draw(0, 1, [(30, 1_000)]);
    let lost = vec![
        reserved(0, 1),
        reserved(1, 1),
        // Two requests raced for it when the record ended: whichever comes first has it.
        reserved(2, 2),
        reserved(2, 3),
        Reservation {
            key: RecordKey::pouch(order_id(0), 1),
            binding: pouch.binding,
        },
    ];
    assert_eq!(ledger.reserve(lost.clone()).await, Ok(5));
    assert_eq!(ledger.reserve(lost).await, Ok(0));
    assert_eq!(ledger.reserve(Vec::new()).await, Ok(0));

    // Another request, with another token beside it that is not reserved.
    let other = redemption(8, [(0, 1_000), (5, 1_000)], 2_000, []);
    let token = input(0, 1_000).nullifier;
    let sent = inputs([(0, 1_000), (5, 1_000)]);
    let index = sent.iter().position(|input| input.nullifier == token);
    let index = index.expect("it is there");
    let refused = ledger.redeem(other).await;
    assert_eq!(refused, Err(RedeemError::TokenSpent(vec![index])));
    let refused = ledger.swap(swap(9, [(1, 1_000)], [(40, 1_000)])).await;
    assert_eq!(refused, Err(SwapError::TokenSpent(vec![0])));
    let another = Draw {
        binding: Binding::new(hash("another draw", 1)),
        ..pouch.clone()
    };
    assert_eq!(ledger.draw(another).await, Err(DrawError::PouchConflict));

    let same = redemption(1, [(0, 1_000), (1, 1_000)], 2_000, []);
    let answer = same.answer.clone();
    assert_eq!(ledger.redeem(same.clone()).await, Ok(Redeemed::Accepted));
    assert_eq!(ledger.redeem(same).await, Ok(Redeemed::Replayed(answer)));
    assert_eq!(ledger.draw(pouch.clone()).await, Ok(Drawn::Done));
    assert_eq!(ledger.draw(pouch).await, Ok(Drawn::AlreadyDone));
    let third = swap(3, [(2, 1_000)], [(41, 1_000)]);
    assert_eq!(ledger.swap(third).await, Ok(Redeemed::Accepted));
    let second = redemption(2, [(2, 1_000)], 1_000, []);
    let refused = ledger.redeem(second).await;
    assert_eq!(refused, Err(RedeemError::TokenSpent(vec![0])));
    // The other token was free all the time.
    let free = redemption(10, [(5, 1_000)], 1_000, []);
    assert_eq!(ledger.redeem(free).await, Ok(Redeemed::Accepted));
    let report = ledger.audit().await.expect("an audit");
    assert_eq!(report.difference(), 0, "{report}");
}
