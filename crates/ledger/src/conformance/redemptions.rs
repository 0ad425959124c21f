//! Redemptions: every token once, every answer again.

use super::concurrently;
use super::world::{
    KEPT_HOURS, binding, element, fund, hash, hour, input, inputs, micro, redemption,
};
use crate::{
    Answer, AnswerError, AnswerState, Hour, Input, Ledger, Operation, RedeemError, Redeemed,
    Redemption, SealedAnswer, StoreError, StoredAnswerError,
};
use farthing_core::id::Nullifier;
use std::sync::Arc;

fn sealed(n: u64) -> SealedAnswer {
    SealedAnswer::new(hash("answer", n).to_vec())
}

async fn unspent<L: Ledger>(ledger: &L, tokens: impl IntoIterator<Item = (u64, u64)>) {
    for (n, denomination) in tokens {
        let Input {
            keyset, nullifier, ..
        } = input(n, denomination);
        assert_eq!(
            ledger.answer(keyset, nullifier, hour()).await,
            Err(AnswerError::Unknown)
        );
    }
}

/// A repetition gets the bytes that were stored, not those built for it.
pub async fn the_same_request_gets_the_first_answer<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let request = redemption(1, [(0, 1_000), (1, 1_000)], 2_000, []);
    assert_eq!(ledger.redeem(request.clone()).await, Ok(Redeemed::Accepted));
    for _ in 0..2 {
        let again = Redemption {
            answer: sealed(99),
            ..request.clone()
        };
        assert_eq!(
            ledger.redeem(again).await,
            Ok(Redeemed::Replayed(sealed(1)))
        );
    }
}

/// A conflict names what is spent; nothing else of the request is.
pub async fn a_spent_token_is_named_and_the_others_stay<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let first = redemption(1, [(0, 1_000), (1, 1_000)], 2_000, []);
    ledger.redeem(first).await.expect("a purchase");
    let tokens = [(0, 1_000), (1, 1_000), (2, 1_000), (3, 1_000)];
    let second = redemption(2, tokens, 4_000, []);
    let spent = |n| {
        second
            .inputs
            .iter()
            .position(|i| *i == input(n, 1_000))
            .expect("an input")
    };
    let mut expected = vec![spent(0), spent(1)];
    expected.sort_unstable();
    let refused = ledger.redeem(second.clone()).await;
    assert_eq!(refused, Err(RedeemError::TokenSpent(expected)));
    unspent(&*ledger, [(2, 1_000), (3, 1_000)]).await;
    let rest = redemption(3, [(2, 1_000), (3, 1_000)], 2_000, []);
    assert_eq!(ledger.redeem(rest).await, Ok(Redeemed::Accepted));
}

/// Change is issued with the purchase and can be spent next.
pub async fn change_can_be_spent<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let change = [(20, 1_000), (21, 4_000)];
    let first = redemption(1, [(10, 8_000)], 3_000, change);
    assert_eq!(ledger.redeem(first).await, Ok(Redeemed::Accepted));
    let second = redemption(2, change, 5_000, []);
    assert_eq!(ledger.redeem(second).await, Ok(Redeemed::Accepted));
}

/// An element already evaluated is refused before anything is spent.
pub async fn a_known_output_is_refused_and_nothing_is_spent<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let known = redemption(1, [(10, 8_000)], 6_000, [(30, 1_000), (5, 1_000)]);
    let refused = ledger.redeem(known).await;
    assert_eq!(refused, Err(RedeemError::ElementReused(vec![1])));
    unspent(&*ledger, [(10, 8_000)]).await;
    let fresh = redemption(2, [(10, 8_000)], 6_000, [(30, 1_000), (31, 1_000)]);
    assert_eq!(ledger.redeem(fresh).await, Ok(Redeemed::Accepted));
    let again = redemption(3, [(0, 1_000), (1, 1_000)], 1_000, [(30, 1_000)]);
    assert_eq!(
        ledger.redeem(again).await,
        Err(RedeemError::ElementReused(vec![0]))
    );
}

/// The outputs of a request are distinct.
pub async fn a_repeated_output_is_refused<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let twice = redemption(1, [(10, 8_000)], 6_000, [(30, 1_000), (30, 1_000)]);
    assert_eq!(
        ledger.redeem(twice).await,
        Err(RedeemError::ElementRepeated)
    );
    unspent(&*ledger, [(10, 8_000)]).await;
}

/// Inputs are price plus change, to the micro.
pub async fn an_unbalanced_request_is_refused<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let tokens = [(0, 1_000), (1, 1_000)];
    for (amount, change) in [(1_999, None), (2_001, None), (2_000, Some((30, 1_000)))] {
        let refused = ledger.redeem(redemption(1, tokens, amount, change)).await;
        assert_eq!(refused, Err(RedeemError::Unbalanced));
    }
    unspent(&*ledger, tokens).await;
}

/// Ascending, so distinct, and not none.
pub async fn inputs_must_ascend<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let sorted = redemption(1, [(0, 1_000), (1, 1_000)], 2_000, []);
    let mut reversed = sorted.clone();
    reversed.inputs.reverse();
    let mut repeated = sorted.clone();
    repeated.inputs = vec![input(0, 1_000), input(0, 1_000)];
    let none = redemption(1, [], 2_000, []);
    for wrong in [reversed, repeated, none] {
        assert_eq!(ledger.redeem(wrong).await, Err(RedeemError::InputsOrder));
    }
    assert_eq!(ledger.redeem(sorted).await, Ok(Redeemed::Accepted));
}

/// A keyset has one currency and one denomination; a fault of the caller leaves no trace.
pub async fn keyset_terms_do_not_change<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let mut request = redemption(1, [(0, 1_000), (1, 1_000)], 2_000, []);
    for input in &mut request.inputs {
        input.denomination = micro(2_000);
    }
    let mut doubled = element(30, 1_000);
    doubled.denomination = micro(2_000);
    request.outputs = vec![doubled];
    let refused = ledger.redeem(request).await;
    assert!(
        matches!(
            refused,
            Err(RedeemError::Store(StoreError::Inconsistent(_)))
        ),
        "{refused:?}"
    );
    unspent(&*ledger, [(0, 1_000), (1, 1_000)]).await;
    let honest = redemption(2, [(0, 1_000), (1, 1_000)], 1_000, [(30, 1_000)]);
    assert_eq!(ledger.redeem(honest).await, Ok(Redeemed::Accepted));
}

/// The lookup before policy tells what the redemption would.
pub async fn stored_answers_are_asked_first<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let tokens = [(0, 1_000), (1, 1_000)];
    let ask = async |tokens: &[(u64, u64)], n| {
        ledger
            .stored_answer(inputs(tokens.iter().copied()), binding(n), hour())
            .await
    };
    assert_eq!(ask(&tokens, 1).await, Ok(None));
    ledger
        .redeem(redemption(1, tokens, 2_000, []))
        .await
        .expect("a purchase");
    assert_eq!(ask(&tokens, 1).await, Ok(Some(sealed(1))));
    assert_eq!(
        ask(&tokens, 2).await,
        Err(StoredAnswerError::TokenSpent(vec![0, 1]))
    );
    let mixed = [(0, 1_000), (2, 1_000)];
    let at = inputs(mixed)
        .iter()
        .position(|i| *i == input(0, 1_000))
        .expect("an input");
    assert_eq!(
        ask(&mixed, 2).await,
        Err(StoredAnswerError::TokenSpent(vec![at]))
    );
    assert_eq!(ask(&[(2, 1_000)], 1).await, Ok(None));
}

/// Every token of a request leads to its answer and names the token that opens it.
pub async fn any_token_finds_the_answer<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    unspent(&*ledger, [(0, 1_000)]).await;
    let request = redemption(1, [(0, 1_000), (1, 1_000), (10, 8_000)], 10_000, []);
    ledger.redeem(request.clone()).await.expect("a purchase");
    let lead = request.inputs.first().expect("inputs").nullifier;
    for Input {
        keyset, nullifier, ..
    } in request.inputs
    {
        let expected = Answer {
            operation: Operation::Redeem,
            binding: binding(1),
            lead,
            state: AnswerState::Sealed(sealed(1)),
        };
        assert_eq!(ledger.answer(keyset, nullifier, hour()).await, Ok(expected));
    }
    unspent(&*ledger, [(2, 1_000)]).await;
}

/// From its last hour on the answer is gone; the token stays spent for ever.
pub async fn an_answer_expires<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let request = redemption(1, [(0, 1_000)], 1_000, []);
    ledger.redeem(request.clone()).await.expect("a purchase");
    let last = Hour::new(hour().number() + KEPT_HOURS - 1);
    let over = Hour::new(last.number() + 1);
    assert_eq!(request.answer_expires, over);
    let late = |hour| Redemption {
        hour,
        ..request.clone()
    };
    assert_eq!(
        ledger.redeem(late(last)).await,
        Ok(Redeemed::Replayed(sealed(1)))
    );
    assert_eq!(
        ledger.redeem(late(over)).await,
        Err(RedeemError::AnswerExpired)
    );
    let asked = ledger
        .stored_answer(request.inputs.clone(), binding(1), over)
        .await;
    assert_eq!(asked, Err(StoredAnswerError::AnswerExpired));
    let Input {
        keyset, nullifier, ..
    } = input(0, 1_000);
    let answer = ledger
        .answer(keyset, nullifier, over)
        .await
        .expect("an answer");
    assert_eq!(answer.state, AnswerState::Expired);
    let other = Redemption {
        binding: binding(2),
        ..late(over)
    };
    assert_eq!(
        ledger.redeem(other).await,
        Err(RedeemError::TokenSpent(vec![0]))
    );
}

/// However many send the same request at once, it is accepted once and everybody gets one answer.
pub async fn concurrent_repetitions_get_one_answer<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let request = redemption(1, [(10, 8_000)], 3_000, [(20, 1_000), (21, 4_000)]);
    let results = concurrently(8, |_| ledger.redeem(request.clone()));
    let accepted = results
        .iter()
        .filter(|result| **result == Ok(Redeemed::Accepted))
        .count();
    let replayed = results
        .iter()
        .filter(|r| **r == Ok(Redeemed::Replayed(sealed(1))))
        .count();
    assert_eq!((accepted, replayed), (1, 7));
}

/// Of requests that share a token one is accepted, and the tokens of the others stay whole.
pub async fn of_overlapping_requests_one_is_accepted<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    // All want token 9; each brings one of its own.
    let request = |n| redemption(n, [(9, 1_000), (n, 1_000)], 2_000, []);
    let results = concurrently(8, |n| ledger.redeem(request(n)));
    let accepted = results
        .iter()
        .filter(|result| **result == Ok(Redeemed::Accepted))
        .count();
    assert_eq!(accepted, 1);
    for result in &results {
        assert!(matches!(
            result,
            Ok(Redeemed::Accepted) | Err(RedeemError::TokenSpent(_))
        ));
    }
    let mut still_whole = 0;
    for n in 0..8 {
        let Input {
            keyset, nullifier, ..
        } = input(n, 1_000);
        let answer = ledger.answer(keyset, nullifier, hour()).await;
        still_whole += u32::from(answer == Err(AnswerError::Unknown));
    }
    assert_eq!(still_whole, 7);
}

/// Answers of one hour are numbered by their leads' first bits. Whoever has leads that share them has all of his answers,
/// asked for at once or one after the other, and they expire like others.
pub async fn answers_whose_numbers_meet_are_all_found<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let request = |n: u8| {
        // All have the first five bytes in common, each two the next five as well, and none the rest.
        let mut lead = [n.saturating_add(100); 32];
        for (place, byte) in lead.iter_mut().take(10).enumerate() {
            *byte = if place < 5 { 7 } else { n / 2 };
        }
        let built = redemption(n.into(), [(n.into(), 1_000)], 1_000, []);
        let inputs = built.inputs.iter().map(|input| Input {
            nullifier: Nullifier::new(lead),
            ..*input
        });
        Redemption {
            inputs: inputs.collect(),
            ..built
        }
    };
    assert_eq!(ledger.redeem(request(0)).await, Ok(Redeemed::Accepted));
    let results = concurrently(6, |n| {
        let n = u8::try_from(n).unwrap_or_default();
        ledger.redeem(request(n.saturating_add(1)))
    });
    assert_eq!(results, vec![Ok(Redeemed::Accepted); 6]);
    for n in 0..7 {
        let sent = request(n);
        let again = ledger.redeem(sent.clone()).await;
        assert_eq!(again, Ok(Redeemed::Replayed(sent.answer.clone())));
        let Input {
            keyset, nullifier, ..
        } = *sent.inputs.first().expect("one token");
        let answer = ledger
            .answer(keyset, nullifier, hour())
            .await
            .expect("an answer");
        assert_eq!((answer.lead, answer.binding), (nullifier, sent.binding));
        assert_eq!(answer.state, AnswerState::Sealed(sent.answer));
    }
    let over = request(0).answer_expires;
    assert_eq!(ledger.expire_answers(over, 4).await, Ok(4));
    assert_eq!(ledger.expire_answers(over, 4).await, Ok(3));
}
