//! Swaps: value for value, every token once, every answer again.

use super::concurrently;
use super::world::{KEPT_HOURS, binding, fund, hash, hour, input, micro, redemption, swap};
use crate::{
    Answer, AnswerError, AnswerState, Hour, Input, Ledger, Operation, RedeemError, Redeemed,
    SealedAnswer, Swap, SwapError,
};
use std::sync::Arc;

fn sealed(n: u64) -> SealedAnswer {
    SealedAnswer::new(hash("answer", n).to_vec())
}

async fn is_unspent<L: Ledger>(ledger: &L, n: u64, denomination: u64) -> bool {
    let Input {
        keyset, nullifier, ..
    } = input(n, denomination);
    ledger.answer(keyset, nullifier, hour()).await == Err(AnswerError::Unknown)
}

/// One entry of the use side, and what readers hold is worth what it was.
pub async fn a_swap_changes_no_balance<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let before = ledger.audit().await.expect("an audit");
    let request = swap(1, [(10, 8_000)], [(20, 4_000), (21, 4_000)]);
    assert_eq!(ledger.swap(request).await, Ok(Redeemed::Accepted));
    let after = ledger.audit().await.expect("an audit");
    assert_eq!(after.usage().seq, before.usage().seq + 1);
    assert_eq!(after.funding(), before.funding());
    let outstanding = |report: &crate::AuditReport| {
        let tokens = report
            .checks()
            .iter()
            .find(|check| check.invariant() == "tokens");
        tokens.map(|check| (check.left(), check.right()))
    };
    assert_eq!(outstanding(&after), Some((18_000, 18_000)));
    assert_eq!(outstanding(&after), outstanding(&before));
}

/// A repetition gets the bytes that were stored, not those built for it.
pub async fn the_same_swap_gets_the_first_answer<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let request = swap(1, [(0, 1_000), (1, 1_000)], [(20, 2_000)]);
    assert_eq!(ledger.swap(request.clone()).await, Ok(Redeemed::Accepted));
    let again = Swap {
        answer: sealed(99),
        ..request.clone()
    };
    let again = ledger.swap(again).await;
    assert_eq!(again, Ok(Redeemed::Replayed(sealed(1))));
    let asked = ledger.stored_answer(request.inputs, binding(1), hour());
    assert_eq!(asked.await, Ok(Some(sealed(1))));
}

/// Inputs are outputs, to the micro.
pub async fn a_swap_gives_what_it_takes<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let tokens = [(0, 1_000), (1, 1_000)];
    for others in [vec![(20, 1_000)], vec![(20, 4_000)], vec![]] {
        let refused = ledger.swap(swap(1, tokens, others)).await;
        assert_eq!(refused, Err(SwapError::Unbalanced));
    }
    assert!(is_unspent(&*ledger, 0, 1_000).await);
}

/// Ascending, so distinct, and not none.
pub async fn inputs_must_ascend<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let sorted = swap(1, [(0, 1_000), (1, 1_000)], [(20, 2_000)]);
    let mut reversed = sorted.clone();
    reversed.inputs.reverse();
    let none = swap(1, [], []);
    for wrong in [reversed, none] {
        assert_eq!(ledger.swap(wrong).await, Err(SwapError::InputsOrder));
    }
    assert_eq!(ledger.swap(sorted).await, Ok(Redeemed::Accepted));
}

/// What was swapped for is issued with the swap, and can be spent next.
pub async fn what_comes_out_can_be_spent<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let out = [(20, 4_000), (21, 4_000)];
    let accepted = Ok(Redeemed::Accepted);
    assert_eq!(ledger.swap(swap(1, [(10, 8_000)], out)).await, accepted);
    assert_eq!(ledger.swap(swap(2, out, [(22, 8_000)])).await, accepted);
    let bought = ledger.redeem(redemption(3, [(22, 8_000)], 8_000, [])).await;
    assert_eq!(bought, Ok(Redeemed::Accepted));
}

/// An element already evaluated is refused before anything is spent.
pub async fn a_known_output_is_refused_and_nothing_is_spent<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let known = swap(1, [(0, 1_000), (1, 1_000)], [(30, 1_000), (5, 1_000)]);
    let refused = ledger.swap(known).await;
    assert_eq!(refused, Err(SwapError::ElementReused(vec![1])));
    assert!(is_unspent(&*ledger, 0, 1_000).await);
    let fresh = swap(2, [(0, 1_000), (1, 1_000)], [(30, 1_000), (31, 1_000)]);
    assert_eq!(ledger.swap(fresh).await, Ok(Redeemed::Accepted));
}

/// The outputs of a request are distinct, in whatever groups they stand.
pub async fn a_repeated_output_is_refused<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let twice = swap(1, [(0, 1_000), (1, 1_000)], [(30, 1_000), (30, 1_000)]);
    assert_eq!(ledger.swap(twice).await, Err(SwapError::ElementRepeated));
    assert!(is_unspent(&*ledger, 0, 1_000).await);
}

/// A redemption and a swap are two requests: the second finds the token spent.
pub async fn a_token_is_swapped_or_redeemed_once<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let swapped = swap(1, [(0, 1_000)], [(20, 1_000)]);
    assert_eq!(ledger.swap(swapped).await, Ok(Redeemed::Accepted));
    let redeemed = ledger.redeem(redemption(2, [(0, 1_000)], 1_000, [])).await;
    assert_eq!(redeemed, Err(RedeemError::TokenSpent(vec![0])));

    let redeemed = ledger.redeem(redemption(3, [(1, 1_000)], 1_000, [])).await;
    assert_eq!(redeemed, Ok(Redeemed::Accepted));
    let swapped = ledger.swap(swap(4, [(1, 1_000)], [(21, 1_000)])).await;
    assert_eq!(swapped, Err(SwapError::TokenSpent(vec![0])));
}

/// Whatever comes first is accepted, and nothing else.
pub async fn of_redemptions_and_swaps_of_a_token_at_once_one_is_accepted<L: Ledger>(
    ledger: Arc<L>,
) {
    fund(&*ledger).await;
    let results = concurrently(100, async |n| {
        if n.is_multiple_of(2) {
            let request = redemption(n, [(9, 1_000)], 1_000, []);
            match ledger.redeem(request).await {
                Ok(accepted) => accepted == Redeemed::Accepted,
                Err(refused) => {
                    assert_eq!(refused, RedeemError::TokenSpent(vec![0]));
                    false
                }
            }
        } else {
            match ledger.swap(swap(n, [(9, 1_000)], [(100 + n, 1_000)])).await {
                Ok(accepted) => accepted == Redeemed::Accepted,
                Err(refused) => {
                    assert_eq!(refused, SwapError::TokenSpent(vec![0]));
                    false
                }
            }
        }
    });
    assert_eq!(results.iter().filter(|accepted| **accepted).count(), 1);
}

/// Every token of a swap leads to its answer, says which operation it was, and names the token that opens it.
pub async fn any_token_finds_the_answer<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let request = swap(1, [(0, 1_000), (1, 1_000)], [(20, 2_000)]);
    ledger.swap(request.clone()).await.expect("a swap");
    let lead = request.inputs.first().expect("inputs").nullifier;
    for Input {
        keyset, nullifier, ..
    } in request.inputs
    {
        let expected = Answer {
            operation: Operation::Swap,
            binding: binding(1),
            lead,
            state: AnswerState::Sealed(sealed(1)),
        };
        assert_eq!(ledger.answer(keyset, nullifier, hour()).await, Ok(expected));
    }
}

/// From its last hour on the answer is gone; the token stays spent for ever.
pub async fn an_answer_expires<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let request = swap(1, [(0, 1_000)], [(20, 1_000)]);
    ledger.swap(request.clone()).await.expect("a swap");
    let late = |hours| Swap {
        hour: Hour::new(hour().number() + hours),
        ..request.clone()
    };
    let last = ledger.swap(late(KEPT_HOURS - 1)).await;
    assert_eq!(last, Ok(Redeemed::Replayed(sealed(1))));
    let over = ledger.swap(late(KEPT_HOURS)).await;
    assert_eq!(over, Err(SwapError::AnswerExpired));
    assert_eq!(
        micro(1_000),
        request.inputs.first().expect("inputs").denomination
    );
    let other = Swap {
        binding: binding(2),
        ..late(KEPT_HOURS)
    };
    assert_eq!(
        ledger.swap(other).await,
        Err(SwapError::TokenSpent(vec![0]))
    );
}
