//! The breaker: a leaked key is worth what its keyset issued and no more, and honest readers lose nothing by it.
//!
//! A forged token is one that was never issued, with a mac that fits: the ledger cannot tell it from an honest one. Here they
//! are those from number 500 on.

use super::concurrently;
use super::world::{
    claim, draw, element, eur, fund, hash, hour, input, keyset, load, micro, redemption, swap,
};
use crate::{
    AnswerError, DrawError, Drawn, Freeze, Frozen, Hour, Input, Ledger, RedeemError, Redeemed,
    SealedAnswer, Swap, SwapError, Transition,
};
use std::sync::Arc;

const ACCEPTED: Redeemed = Redeemed::Accepted;

fn frozen_for_redeem(denomination: u64) -> Result<Redeemed, RedeemError> {
    Err(RedeemError::KeysetFrozen(vec![keyset(denomination)]))
}

fn frozen_for_swap(denomination: u64) -> Result<Redeemed, SwapError> {
    Err(SwapError::KeysetFrozen(vec![keyset(denomination)]))
}

fn freeze(denomination: u64) -> Freeze {
    Freeze {
        promo: None,
        keyset: keyset(denomination),
        currency: eur(),
        denomination: micro(denomination),
        hour: hour(),
        reason: "a drill".into(),
    }
}

async fn is_unspent<L: Ledger>(ledger: &L, n: u64) -> bool {
    let Input {
        keyset, nullifier, ..
    } = input(n, 1_000);
    ledger.answer(keyset, nullifier, hour()).await == Err(AnswerError::Unknown)
}

async fn frozen<L: Ledger>(ledger: &L) -> Vec<Frozen> {
    ledger.frozen().await.expect("the frozen keysets")
}

/// Ten of 1,000 were issued. Whoever they are of, ten are spent; the eleventh freezes the keyset, for what was honest too.
pub async fn no_more_is_spent_than_was_issued<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    for n in 0..10 {
        // Half of them are forged.
        let token = if n < 5 { n } else { 500 + n };
        let bought = ledger
            .redeem(redemption(n, [(token, 1_000)], 1_000, []))
            .await;
        assert_eq!(bought, Ok(ACCEPTED));
    }
    assert_eq!(frozen(&*ledger).await, []);
    let forged = ledger
        .redeem(redemption(20, [(520, 1_000)], 1_000, []))
        .await;
    assert_eq!(forged, frozen_for_redeem(1_000));
    let [since] = frozen(&*ledger)
        .await
        .try_into()
        .expect("one frozen keyset");
    assert_eq!((since.keyset, since.hour), (keyset(1_000), hour()));
    assert!(!since.reason.is_empty());
    let honest = ledger.redeem(redemption(21, [(7, 1_000)], 1_000, [])).await;
    assert_eq!(honest, frozen_for_redeem(1_000));
    // The others pay as before.
    let other = ledger
        .redeem(redemption(22, [(10, 8_000)], 8_000, []))
        .await;
    assert_eq!(other, Ok(ACCEPTED));
}

/// A request that asks for too many is refused whole.
pub async fn what_trips_the_breaker_spends_nothing<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let tokens: Vec<_> = (0..9).chain([500, 501]).map(|n| (n, 1_000)).collect();
    let request = redemption(1, tokens, 10_000, [(40, 1_000)]);
    assert_eq!(ledger.redeem(request).await, frozen_for_redeem(1_000));
    for n in 0..9 {
        assert!(is_unspent(&*ledger, n).await);
    }
    // Nor is the change known that it asked for.
    assert_eq!(
        ledger.thaw(keyset(1_000), hour()).await,
        Ok(Transition::Done)
    );
    let change = redemption(2, [(10, 8_000)], 7_000, [(40, 1_000)]);
    assert_eq!(ledger.redeem(change).await, Ok(ACCEPTED));
}

/// However many forge at once, at most what was issued passes.
pub async fn of_a_race_of_forgers_no_more_pass_than_was_issued<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let results = concurrently(60, async |n| {
        let token = (500 + n, 1_000);
        if n.is_multiple_of(3) {
            match ledger
                .swap(swap(n, [token], [(700 + n, 500), (800 + n, 500)]))
                .await
            {
                Ok(_) => true,
                Err(refused) => {
                    assert_eq!(Err(refused), frozen_for_swap(1_000));
                    false
                }
            }
        } else {
            match ledger.redeem(redemption(n, [token], 1_000, [])).await {
                Ok(_) => true,
                Err(refused) => {
                    assert_eq!(Err(refused), frozen_for_redeem(1_000));
                    false
                }
            }
        }
    });
    assert_eq!(results.iter().filter(|passed| **passed).count(), 10);
    assert_eq!(frozen(&*ledger).await.len(), 1);
}

/// Nothing is drawn, given as change or swapped for in a frozen keyset; where it is not asked for, all goes on.
pub async fn a_frozen_keyset_evaluates_nothing<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    load(&*ledger, 1, 64_000).await;
    assert_eq!(ledger.freeze(freeze(1_000)).await, Ok(Transition::Done));
    let refused = ledger.draw(draw(1, 0, [(50, 1_000), (51, 4_000)])).await;
    assert_eq!(refused, Err(DrawError::KeysetFrozen(vec![keyset(1_000)])));
    let refused = ledger
        .redeem(redemption(1, [(10, 8_000)], 7_000, [(52, 1_000)]))
        .await;
    assert_eq!(refused, frozen_for_redeem(1_000));
    let others = [(53, 4_000), (54, 1_000), (55, 1_000), (56, 2_000)];
    let refused = ledger.swap(swap(2, [(10, 8_000)], others)).await;
    assert_eq!(refused, frozen_for_swap(1_000));
    // None of it left a trace.
    let drawn = ledger.draw(draw(1, 0, [(51, 4_000), (57, 2_000)])).await;
    assert_eq!(drawn, Ok(Drawn::Done));
    let bought = ledger
        .redeem(redemption(3, [(10, 8_000)], 4_000, [(53, 4_000)]))
        .await;
    assert_eq!(bought, Ok(ACCEPTED));
}

/// Replays are looked at before the breaker: of redemptions, swaps and draws.
pub async fn an_answer_given_is_given_again_from_a_frozen_keyset<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let bought = redemption(1, [(0, 1_000)], 1_000, []);
    assert_eq!(ledger.redeem(bought.clone()).await, Ok(ACCEPTED));
    let swapped = swap(2, [(1, 1_000), (2, 1_000)], [(60, 2_000)]);
    assert_eq!(ledger.swap(swapped.clone()).await, Ok(ACCEPTED));
    ledger.freeze(freeze(1_000)).await.expect("a freeze");
    let sealed = |n| SealedAnswer::new(hash("answer", n).to_vec());
    assert_eq!(
        ledger.redeem(bought).await,
        Ok(Redeemed::Replayed(sealed(1)))
    );
    assert_eq!(
        ledger.swap(swapped).await,
        Ok(Redeemed::Replayed(sealed(2)))
    );
    let pouch = (0..10).map(|n| (n, 1_000)).chain([(10, 8_000)]);
    assert_eq!(ledger.draw(draw(0, 0, pouch)).await, Ok(Drawn::AlreadyDone));
}

/// An honest token names the element it was issued as and passes; a forged one has none to name. What passes beyond what
/// was left of the keyset is the issuer's loss, and the books say so.
pub async fn evidence_brings_out_what_was_issued_and_nothing_else<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    // Three honest ones are spent, and seven forged ones: all ten that were issued.
    for n in 0..10 {
        let token = if n < 3 { n } else { 500 + n };
        let bought = ledger
            .redeem(redemption(n, [(token, 1_000)], 1_000, []))
            .await;
        assert_eq!(bought, Ok(ACCEPTED));
    }
    let tripped = ledger
        .swap(swap(20, [(3, 1_000)], [(60, 500), (61, 500)]))
        .await;
    assert_eq!(tripped, frozen_for_swap(1_000));

    // Never issued; issued in another keyset; a token that was spent honestly before.
    let never = claim(21, (520, 1_000), 520, (62, 500));
    let never = Swap {
        outputs: vec![element(62, 500), element(63, 500)],
        ..never
    };
    let elsewhere = Swap {
        evidence: vec![Some(element(10, 8_000))],
        ..never.clone()
    };
    for forged in [never, elsewhere] {
        assert_eq!(
            ledger.swap(forged).await,
            Err(SwapError::EvidenceUnknown(vec![0]))
        );
    }
    let halves = |n: u64| vec![element(2 * n, 500), element(2 * n + 1, 500)];
    let honest = |n: u64| Swap {
        outputs: halves(100 + n),
        ..claim(100 + n, (n, 1_000), n, (0, 500))
    };
    assert_eq!(
        ledger.swap(honest(0)).await,
        Err(SwapError::TokenSpent(vec![0]))
    );
    for n in 3..10 {
        assert_eq!(ledger.swap(honest(n)).await, Ok(ACCEPTED), "token {n}");
        let again = ledger.swap(honest(n)).await;
        assert!(matches!(again, Ok(Redeemed::Replayed(_))), "{again:?}");
        // The same token and the same issuance for something else.
        let other = Swap {
            binding: super::world::binding(300 + n),
            outputs: halves(300 + n),
            ..honest(n)
        };
        assert_eq!(
            ledger.swap(other).await,
            Err(SwapError::TokenSpent(vec![0]))
        );
    }
    // What was claimed is worth what it says.
    let tokens: Vec<_> = (206..220).map(|n| (n, 500)).collect();
    assert_eq!(
        ledger.redeem(redemption(400, tokens, 7_000, [])).await,
        Ok(ACCEPTED)
    );
    let report = ledger.audit().await.expect("an audit");
    assert_eq!(report.difference(), 0, "{report}");
    let loss = report
        .checks()
        .iter()
        .find(|check| check.invariant() == "I20");
    assert_eq!(loss.map(|check| check.left()), Some(7_000), "{report}");
}

/// A thief who swaps forged tokens instead of spending them: the tokens that he got are good, and the loss shows before
/// they are spent.
pub async fn what_forgers_swapped_is_a_loss_when_the_readers_come<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let forged: Vec<_> = (500..510).map(|n| (n, 1_000)).collect();
    let others: Vec<_> = (600..605).map(|n| (n, 2_000)).collect();
    let swapped = ledger.swap(swap(1, forged, others.clone())).await;
    assert_eq!(swapped, Ok(ACCEPTED));
    let tripped = ledger.redeem(redemption(2, [(0, 1_000)], 1_000, [])).await;
    assert_eq!(tripped, frozen_for_redeem(1_000));
    for n in 0..10 {
        let outputs = vec![element(700 + 2 * n, 500), element(701 + 2 * n, 500)];
        let honest = Swap {
            outputs,
            ..claim(10 + n, (n, 1_000), n, (0, 500))
        };
        assert_eq!(ledger.swap(honest).await, Ok(ACCEPTED));
        let report = ledger.audit().await.expect("an audit");
        assert_eq!(report.difference(), 0, "{report}");
    }
    let spent = ledger.redeem(redemption(30, others, 10_000, [])).await;
    assert_eq!(spent, Ok(ACCEPTED));
}

/// Evidence is not needed for a keyset that is not frozen; but nobody may say what is not so.
pub async fn evidence_that_is_shown_must_hold_where_it_is_not_needed<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let wrong = claim(1, (0, 1_000), 77, (60, 1_000));
    let refused = ledger.swap(wrong).await;
    assert_eq!(refused, Err(SwapError::EvidenceUnknown(vec![0])));
    assert!(is_unspent(&*ledger, 0).await);
    let right = claim(2, (0, 1_000), 0, (60, 1_000));
    assert_eq!(ledger.swap(right).await, Ok(ACCEPTED));
}

/// By hand, twice, and back. Taking it back does not disarm the breaker.
pub async fn a_freeze_stays_until_it_is_taken_back<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    assert_eq!(ledger.freeze(freeze(1_000)).await, Ok(Transition::Done));
    let again = Freeze {
        hour: Hour::new(hour().number() + 1),
        reason: "another".into(),
        ..freeze(1_000)
    };
    assert_eq!(ledger.freeze(again).await, Ok(Transition::AlreadyDone));
    let known = Frozen {
        keyset: keyset(1_000),
        hour: hour(),
        reason: "a drill".into(),
    };
    assert_eq!(frozen(&*ledger).await, [known]);
    let refused = ledger.redeem(redemption(1, [(0, 1_000)], 1_000, [])).await;
    assert_eq!(refused, frozen_for_redeem(1_000));

    assert_eq!(
        ledger.thaw(keyset(1_000), hour()).await,
        Ok(Transition::Done)
    );
    assert_eq!(
        ledger.thaw(keyset(1_000), hour()).await,
        Ok(Transition::AlreadyDone)
    );
    assert_eq!(frozen(&*ledger).await, []);
    for n in 0..10 {
        let bought = ledger.redeem(redemption(n, [(n, 1_000)], 1_000, [])).await;
        assert_eq!(bought, Ok(ACCEPTED));
    }
    let forged = ledger
        .redeem(redemption(20, [(500, 1_000)], 1_000, []))
        .await;
    assert_eq!(forged, frozen_for_redeem(1_000));
    // And again after it was taken back: nothing of it is left.
    assert_eq!(
        ledger.thaw(keyset(1_000), hour()).await,
        Ok(Transition::Done)
    );
    let forged = ledger
        .redeem(redemption(21, [(501, 1_000)], 1_000, []))
        .await;
    assert_eq!(forged, frozen_for_redeem(1_000));
}

/// An operator need not wait for the first token.
pub async fn a_keyset_never_used_can_be_frozen<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 64_000).await;
    assert_eq!(
        ledger.thaw(keyset(4_000), hour()).await,
        Ok(Transition::AlreadyDone)
    );
    assert_eq!(ledger.freeze(freeze(4_000)).await, Ok(Transition::Done));
    let refused = ledger.draw(draw(1, 0, [(51, 4_000)])).await;
    assert_eq!(refused, Err(DrawError::KeysetFrozen(vec![keyset(4_000)])));
    assert_eq!(
        ledger.thaw(keyset(4_000), hour()).await,
        Ok(Transition::Done)
    );
    assert_eq!(
        ledger.draw(draw(1, 0, [(51, 4_000)])).await,
        Ok(Drawn::Done)
    );
}

/// What was frozen, by whom ever, and thawed again, the use journal says; what changed nothing it does not.
pub async fn freezes_and_thaws_stand_in_the_journal<L: Ledger>(ledger: Arc<L>) {
    let entries = async || ledger.standing().await.expect("a standing").heads.usage.seq;
    fund(&*ledger).await;
    for transition in [Transition::Done, Transition::AlreadyDone] {
        assert_eq!(ledger.freeze(freeze(1_000)).await, Ok(transition));
        assert_eq!(entries().await, 1);
    }
    for transition in [Transition::Done, Transition::AlreadyDone] {
        let later = Hour::new(hour().number().saturating_add(5));
        let thawed = ledger.thaw(keyset(1_000), later).await;
        assert_eq!(thawed, Ok(transition));
        assert_eq!(entries().await, 2);
    }
    // The breaker's are among them: a request of eleven tokens of ten, and one that finds the keyset frozen.
    let tokens: Vec<_> = (500..511).map(|n| (n, 1_000)).collect();
    for n in 0..2 {
        let forged = redemption(n, tokens.clone(), 11_000, []);
        assert_eq!(ledger.redeem(forged).await, frozen_for_redeem(1_000));
        assert_eq!(entries().await, 3);
    }
    let report = ledger.audit().await.expect("an audit");
    let statement = "keysets frozen as journalled = keysets";
    let mut checks = report.checks().iter();
    let check = checks.find(|check| check.statement() == statement);
    assert_eq!(check.expect("the check is made").left(), 2);
}
