//! The archive of old nullifiers, and the end of a keyset.

use super::world::{
    KEPT_HOURS, binding, draw, element, eur, fund, hash, hour, input, keyset, load, micro,
    redemption,
};
use crate::{
    AnswerError, ArchiveRoot, Draw, DrawError, Drawn, DropRowsError, EndKeysetError, EndedKeyset,
    Hour, KeyDestroyedError, KeysetEnd, Ledger, RedeemError, Redeemed, Redemption, StoreError,
    StoredAnswerError, Transition,
};
use farthing_core::bytes::Transcript;
use std::sync::Arc;

fn over() -> Hour {
    Hour::new(hour().number() + KEPT_HOURS)
}

fn end(denomination: u64) -> KeysetEnd {
    KeysetEnd {
        promo: None,
        keyset: keyset(denomination),
        currency: eur(),
        denomination: micro(denomination),
        hour: over(),
    }
}

async fn balances<L: Ledger>(ledger: &L) {
    let report = ledger.audit().await.expect("an audit");
    assert_eq!(report.difference(), 0, "{report}");
}

/// Answers go when their hour has come, not before, as many at a time as asked for; their tokens stay spent.
pub async fn answers_expire_in_batches_and_tokens_stay_spent<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    for n in 0..5 {
        let tokens = [(n, 1_000), (n + 5, 1_000)];
        let bought = redemption(n, tokens, 2_000, []);
        ledger.redeem(bought).await.expect("a purchase");
    }
    let before = Hour::new(over().number() - 1);
    assert_eq!(ledger.expire_answers(before, 100).await, Ok(0));
    assert_eq!(ledger.archive_roots().await, Ok(Vec::new()));
    assert_eq!(ledger.expire_answers(over(), 2).await, Ok(2));
    balances(&*ledger).await;
    assert_eq!(ledger.expire_answers(over(), 2).await, Ok(2));
    assert_eq!(ledger.expire_answers(over(), 2).await, Ok(1));
    assert_eq!(ledger.expire_answers(over(), 2).await, Ok(0));
    balances(&*ledger).await;

    for n in 0..5 {
        let tokens = [(n, 1_000), (n + 5, 1_000)];
        // The very request, another with the same tokens, and whoever asks what they were spent for.
        let same = redemption(n, tokens, 2_000, []);
        let other = redemption(90, tokens, 2_000, []);
        let asked = ledger.stored_answer(same.inputs.clone(), binding(n), hour());
        assert_eq!(asked.await, Err(StoredAnswerError::AnswerExpired));
        assert_eq!(ledger.redeem(same).await, Err(RedeemError::AnswerExpired));
        assert_eq!(ledger.redeem(other).await, Err(RedeemError::AnswerExpired));
        let one = input(n, 1_000);
        let answer = ledger.answer(one.keyset, one.nullifier, hour()).await;
        assert_eq!(answer, Err(AnswerError::Expired));
    }
    // A request that cannot be the one of then: a token that is not spent among them.
    let mixed = redemption(91, [(0, 1_000), (10, 8_000)], 9_000, []);
    let at = mixed.inputs.iter().position(|i| *i == input(0, 1_000));
    let spent = vec![at.expect("the token")];
    let refused = Err(RedeemError::TokenSpent(spent));
    assert_eq!(ledger.redeem(mixed).await, refused);
    let unspent = redemption(92, [(10, 8_000)], 8_000, []);
    assert_eq!(ledger.redeem(unspent).await, Ok(Redeemed::Accepted));
}

/// The root is over the nullifiers alone, and grows through many pages.
pub async fn an_archive_has_one_root<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 0, 1_000_000).await;
    let tokens = (0..200).map(|n| (n, 1_000));
    assert_eq!(ledger.draw(draw(0, 0, tokens)).await, Ok(Drawn::Done));
    ledger
        .redeem(redemption(0, [(0, 1_000)], 1_000, []))
        .await
        .expect("a purchase");
    assert_eq!(ledger.expire_answers(over(), 10).await, Ok(1));
    let of_one = Transcript::new("farthing/v1/archive-page")
        .be32(1)
        .fixed(&hash("nullifier", 0))
        .hash();
    let root = |count, root| ArchiveRoot {
        keyset: keyset(1_000),
        count,
        root,
    };
    let found = ledger.archive_roots().await;
    assert_eq!(found, Ok(vec![root(1, of_one)]));
    for n in 1..200 {
        let bought = redemption(n, [(n, 1_000)], 1_000, []);
        ledger.redeem(bought).await.expect("a purchase");
    }
    let mut dropped = 0;
    while dropped < 199 {
        let now = ledger.expire_answers(over(), 70).await.expect("answers");
        assert!((1..=70).contains(&now));
        dropped += now;
    }
    // The definition, word by word.
    fn node(all: &[[u8; 32]], depth: usize) -> [u8; 32] {
        if all.len() <= 60 {
            let page = Transcript::new("farthing/v1/archive-page").count(all.len());
            return all.iter().fold(page, |page, n| page.fixed(n)).hash();
        }
        let is_right = |n: &[u8; 32]| {
            let byte = n.get(depth / 8).copied().unwrap_or_default();
            byte & (0x80 >> (depth % 8)) != 0
        };
        let (right, left): (Vec<_>, Vec<_>) = all.iter().copied().partition(is_right);
        Transcript::new("farthing/v1/archive-node")
            .fixed(&node(&left, depth + 1))
            .fixed(&node(&right, depth + 1))
            .hash()
    }
    let mut all: Vec<[u8; 32]> = (0..200).map(|n| hash("nullifier", n)).collect();
    all.sort_unstable();
    let found = ledger.archive_roots().await;
    assert_eq!(found, Ok(vec![root(200, node(&all, 0))]));
}

/// Nothing of a keyset that has ended is accepted; what was accepted before is answered; what was left is unclaimed.
pub async fn an_ended_keyset_takes_nothing_and_still_answers<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let bought = redemption(1, [(0, 1_000)], 1_000, []);
    ledger.redeem(bought.clone()).await.expect("a purchase");
    assert_eq!(ledger.end_keyset(end(1_000)).await, Ok(Transition::Done));
    let again = ledger.end_keyset(end(1_000)).await;
    assert_eq!(again, Ok(Transition::AlreadyDone));
    balances(&*ledger).await;
    let report = ledger.audit().await.expect("an audit");
    let statement = "unclaimed = denominations x (issued - spent) of keysets that ended";
    let mut checks = report.checks().iter();
    let check = checks.find(|check| check.statement() == statement);
    assert_eq!(check.expect("the check").left(), 9_000);

    let answer = bought.answer.clone();
    assert_eq!(ledger.redeem(bought).await, Ok(Redeemed::Replayed(answer)));
    let spending = redemption(2, [(1, 1_000)], 1_000, []);
    assert_eq!(ledger.redeem(spending).await, Err(RedeemError::KeysetEnded));
    let change = redemption(3, [(10, 8_000)], 7_000, [(20, 1_000)]);
    assert_eq!(ledger.redeem(change).await, Err(RedeemError::KeysetEnded));
    let drawing = ledger.draw(draw(0, 1, [(30, 1_000)])).await;
    assert_eq!(drawing, Err(DrawError::KeysetEnded));
    let other = redemption(4, [(10, 8_000)], 8_000, []);
    assert_eq!(ledger.redeem(other).await, Ok(Redeemed::Accepted));
    // One that was never used ends too, and with other terms none does.
    assert_eq!(ledger.end_keyset(end(64_000)).await, Ok(Transition::Done));
    let never = Draw {
        elements: vec![element(31, 64_000)],
        ..draw(0, 1, [])
    };
    assert_eq!(ledger.draw(never).await, Err(DrawError::KeysetEnded));
    let terms = KeysetEnd {
        denomination: micro(16_000),
        ..end(8_000)
    };
    let refused = ledger.end_keyset(terms).await;
    assert!(
        matches!(
            refused,
            Err(EndKeysetError::Store(StoreError::Inconsistent(_)))
        ),
        "{refused:?}"
    );
}

/// Rows are dropped only after the key, some at a time; the books know them still, and the keyset stays ended.
pub async fn rows_are_dropped_after_the_key_and_stay_counted<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    ledger
        .redeem(redemption(1, [(0, 1_000), (1, 1_000)], 2_000, []))
        .await
        .expect("a purchase");
    ledger
        .redeem(redemption(2, [(2, 1_000), (10, 8_000)], 9_000, []))
        .await
        .expect("a purchase");
    assert_eq!(ledger.expire_answers(over(), 1).await, Ok(1));
    let id = keyset(1_000);
    let ended = |key_destroyed, rows| {
        Ok(vec![EndedKeyset {
            keyset: id,
            key_destroyed,
            rows,
        }])
    };
    assert_eq!(
        ledger.key_destroyed(id).await,
        Err(KeyDestroyedError::NotEnded)
    );
    ledger.end_keyset(end(1_000)).await.expect("the end");
    let early = ledger.drop_rows(id, 10).await;
    assert_eq!(early, Err(DropRowsError::KeyNotDestroyed));
    // Ten evaluations, three tokens of two requests.
    assert_eq!(ledger.ended_keysets().await, ended(false, 13));
    assert_eq!(ledger.key_destroyed(id).await, Ok(Transition::Done));
    assert_eq!(ledger.key_destroyed(id).await, Ok(Transition::AlreadyDone));
    let mut dropped = 0;
    loop {
        match ledger.drop_rows(id, 4).await.expect("rows") {
            0 => break,
            some => dropped += some,
        }
        balances(&*ledger).await;
    }
    assert_eq!(dropped, 13);
    assert_eq!(ledger.ended_keysets().await, ended(true, 0));
    assert_eq!(
        ledger
            .archive_roots()
            .await
            .map(|roots| roots.iter().any(|r| r.keyset == id)),
        Ok(false)
    );
    // An answer that lists tokens whose rows are gone still goes in its time.
    let left = ledger.expire_answers(over(), 10).await;
    assert_eq!(left, Ok(1));
    balances(&*ledger).await;
    for tokens in [[(0, 1_000)], [(1, 1_000)], [(3, 1_000)]] {
        let refused = ledger.redeem(redemption(5, tokens, 1_000, [])).await;
        assert_eq!(refused, Err(RedeemError::KeysetEnded));
    }
}

/// Whoever spends while answers expire and a keyset ends is refused or not, and the books balance.
pub async fn ending_and_spending_at_once_balance<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    super::concurrently(12, async |n| match n {
        10 => {
            let ended = ledger.end_keyset(end(1_000)).await;
            assert_eq!(ended, Ok(Transition::Done));
        }
        11 => {
            for _ in 0..5 {
                ledger.expire_answers(over(), 3).await.expect("answers");
            }
        }
        n => {
            let request = redemption(n, [(n, 1_000)], 1_000, []);
            let first = ledger.redeem(request.clone()).await;
            let again = Redemption {
                binding: binding(100 + n),
                ..request
            };
            let again = ledger.redeem(again).await;
            if first == Ok(Redeemed::Accepted) {
                // What it says depends on whether the answer has gone meanwhile.
                let refused = matches!(
                    again,
                    Err(RedeemError::TokenSpent(_) | RedeemError::AnswerExpired)
                );
                assert!(refused, "{again:?}");
            } else {
                assert_eq!(first, Err(RedeemError::KeysetEnded));
                assert_eq!(again, Err(RedeemError::KeysetEnded));
            }
        }
    });
}
