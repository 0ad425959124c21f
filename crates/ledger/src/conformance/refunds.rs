//! Refunds: a right and a grant are given up for the price, once, within what the publisher gives back on a day.

use super::concurrently;
use super::rebinds::rebind;
use super::world::{
    binding, fund_with_rights, grant, input, load, micro, order_id, promo_draw, promo_grant,
    publisher_id, redemption, refund, rights_draw, swap,
};
use crate::{
    Account, Answer, AnswerState, Draw, DrawError, Drawn, Ledger, Operation, RebindError, Rebound,
    RecordKey, RedeemError, Redeemed, Refund, RefundError, Reservation, SealedAnswer, SwapError,
};
use std::sync::Arc;

async fn balance<L: Ledger>(ledger: &L, account: &Account) -> i64 {
    let snapshot = ledger.snapshot().await.expect("a snapshot");
    let name = account.to_string();
    let balances = snapshot.balances.iter();
    let sums = balances.filter(|b| b.account == name).map(|b| b.amount);
    sums.sum()
}

/// Buys for 2,000 with tokens `first` and the one after it.
async fn buy<L: Ledger>(ledger: &L, n: u64, first: u64) {
    let tokens = [(first, 1_000), (first + 1, 1_000)];
    let bought = ledger.redeem(redemption(n, tokens, 2_000, [])).await;
    assert_eq!(bought, Ok(Redeemed::Accepted));
}

/// Once, when nothing else is left to draw, and of nothing but rights.
pub async fn an_order_gives_its_rights_once_and_last<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 2_000).await;
    let early = ledger.draw(rights_draw(1, 0, 1)).await;
    assert_eq!(early, Err(DrawError::PouchUnavailable));
    let mixed = Draw {
        elements: rights_draw(1, 0, 1).elements,
        ..super::world::draw(1, 0, [])
    };
    assert_eq!(ledger.draw(mixed).await, Err(DrawError::PouchMismatch));
    let both = super::world::draw(1, 0, [(1, 1_000), (2, 1_000), (3, 0)]);
    assert_eq!(ledger.draw(both).await, Err(DrawError::PouchMismatch));
    let all = super::world::draw(1, 0, [(1, 1_000), (2, 1_000)]);
    assert_eq!(ledger.draw(all).await, Ok(Drawn::Done));
    let money = Draw {
        elements: super::world::draw(1, 1, [(9, 1_000)]).elements,
        ..rights_draw(1, 1, 0)
    };
    assert_eq!(ledger.draw(money).await, Err(DrawError::PouchMismatch));
    let none = ledger.draw(rights_draw(1, 1, 0)).await;
    assert_eq!(none, Err(DrawError::PouchMismatch));
    for expected in [Drawn::Done, Drawn::AlreadyDone] {
        assert_eq!(ledger.draw(rights_draw(1, 1, 3)).await, Ok(expected));
    }
    let again = Draw {
        elements: super::world::draw(1, 2, [(500, 0)]).elements,
        ..rights_draw(1, 2, 0)
    };
    assert_eq!(ledger.draw(again).await, Err(DrawError::PouchUnavailable));
    let order = ledger.order(order_id(1)).await.expect("a store");
    let order = order.expect("an order");
    assert_eq!((order.account.drawn, order.next_pouch), (micro(2_000), 2));
}

/// The price comes out as tokens, the right is spent, and the publisher owns nothing any more.
pub async fn a_refund_takes_one_right_and_gives_the_price<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 2).await;
    buy(&*ledger, 1, 10).await;
    let short = refund(2, 1, 100, 2_000, [(30, 1_000)]);
    let unbalanced = RefundError::Spend(SwapError::Unbalanced);
    assert_eq!(ledger.refund(short).await, Err(unbalanced.clone()));
    let more = refund(2, 1, 100, 2_000, [(30, 1_000), (31, 1_000), (32, 0)]);
    assert_eq!(ledger.refund(more).await, Err(unbalanced.clone()));
    let money = Refund {
        right: input(12, 1_000),
        ..refund(2, 1, 100, 2_000, [(30, 1_000), (31, 1_000), (33, 1_000)])
    };
    assert_eq!(ledger.refund(money).await, Err(unbalanced));
    let right = refund(2, 1, 100, 2_000, [(30, 1_000), (31, 1_000)]);
    assert_eq!(ledger.refund(right).await, Ok(Redeemed::Accepted));
    // What came back pays.
    buy(&*ledger, 3, 30).await;
    let revoked = ledger.revoked(None, 10).await.expect("a store");
    assert_eq!(revoked, [grant(1)]);
}

/// Nobody has anything of what was given back.
pub async fn a_refund_is_booked_back<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 2).await;
    let accounts = [
        Account::PublisherPayable(publisher_id(1)),
        Account::FeeIncome,
        Account::TaxHeld,
        Account::Tokens,
    ];
    let mut before = Vec::new();
    for account in &accounts {
        before.push(balance(&*ledger, account).await);
    }
    buy(&*ledger, 1, 10).await;
    let payable = Account::PublisherPayable(publisher_id(1));
    assert_ne!(Some(&balance(&*ledger, &payable).await), before.first());
    let given = refund(2, 1, 100, 2_000, [(30, 1_000), (31, 1_000)]);
    assert_eq!(ledger.refund(given).await, Ok(Redeemed::Accepted));
    for (account, before) in accounts.iter().zip(before) {
        assert_eq!(balance(&*ledger, account).await, before, "{account}");
    }
}

/// The first request counts for ever; another with the same grant, or the same right, changes nothing.
pub async fn a_grant_is_given_back_once<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 3).await;
    buy(&*ledger, 1, 10).await;
    buy(&*ledger, 2, 12).await;
    let first = refund(3, 1, 100, 2_000, [(30, 1_000), (31, 1_000)]);
    assert_eq!(ledger.refund(first).await, Ok(Redeemed::Accepted));
    let again = refund(4, 1, 101, 2_000, [(32, 1_000), (33, 1_000)]);
    assert_eq!(ledger.refund(again).await, Err(RefundError::GrantRevoked));
    let spent = refund(5, 2, 100, 2_000, [(32, 1_000), (33, 1_000)]);
    let taken = RefundError::Spend(SwapError::TokenSpent(vec![0]));
    assert_eq!(ledger.refund(spent).await, Err(taken));
    // Neither used up what it named.
    let other = refund(6, 2, 101, 2_000, [(32, 1_000), (33, 1_000)]);
    assert_eq!(ledger.refund(other).await, Ok(Redeemed::Accepted));
}

/// Repeated, whatever it would be answered then; also when the publisher gives no more.
pub async fn the_same_refund_gets_the_first_answer<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 2).await;
    buy(&*ledger, 1, 10).await;
    let first = refund(3, 1, 100, 2_000, [(30, 1_000), (31, 1_000)]);
    let answer = first.answer.clone();
    assert_eq!(ledger.refund(first.clone()).await, Ok(Redeemed::Accepted));
    let again = Refund {
        answer: SealedAnswer::new(vec![9]),
        per_day: micro(0),
        ..first
    };
    let results = concurrently(4, |_| ledger.refund(again.clone()));
    for result in results {
        assert_eq!(result, Ok(Redeemed::Replayed(answer.clone())));
    }
}

/// Who has the right can ask what became of it.
pub async fn an_answer_is_found_by_the_right<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 1).await;
    buy(&*ledger, 1, 10).await;
    let given = refund(3, 1, 100, 2_000, [(30, 1_000), (31, 1_000)]);
    ledger.refund(given.clone()).await.expect("a refund");
    let right = given.right;
    let found = ledger.answer(right.keyset, right.nullifier, given.hour);
    let expected = Answer {
        operation: Operation::Refund,
        binding: binding(3),
        lead: right.nullifier,
        state: AnswerState::Sealed(given.answer),
    };
    assert_eq!(found.await, Ok(expected));
}

/// A day has a sum; another publisher and another day have their own.
pub async fn a_publisher_gives_back_so_much_a_day<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 6).await;
    for n in 0..4 {
        buy(&*ledger, n, 10 + 2 * n).await;
    }
    let give = |n: u64| {
        refund(
            10 + n,
            n,
            100 + n,
            2_000,
            [(30 + 2 * n, 1_000), (31 + 2 * n, 1_000)],
        )
    };
    for n in 0..2 {
        assert_eq!(ledger.refund(give(n)).await, Ok(Redeemed::Accepted));
    }
    assert_eq!(ledger.refund(give(2)).await, Err(RefundError::BudgetSpent));
    let more = Refund {
        per_day: micro(6_000),
        ..give(2)
    };
    assert_eq!(ledger.refund(more).await, Ok(Redeemed::Accepted));
    let next_day = Refund {
        hour: crate::Hour::new(give(3).hour.number() + 24),
        ..give(3)
    };
    assert_eq!(ledger.refund(next_day).await, Ok(Redeemed::Accepted));
}

/// The sum holds under any interleaving.
pub async fn of_refunds_at_once_no_more_pass_than_the_budget<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 5).await;
    for n in 0..5 {
        buy(&*ledger, n, 10 + 2 * n).await;
    }
    let results = concurrently(5, |n| {
        let outputs = [(30 + 2 * n, 1_000), (31 + 2 * n, 1_000)];
        ledger.refund(refund(10 + n, n, 100 + n, 2_000, outputs))
    });
    let passed = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(passed, 2, "{results:?}");
    for result in results {
        assert!(matches!(
            result,
            Ok(Redeemed::Accepted) | Err(RefundError::BudgetSpent)
        ));
    }
}

/// Of many requests for one grant, each with a right of its own, one counts.
pub async fn of_refunds_of_a_grant_at_once_one_counts<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 6).await;
    buy(&*ledger, 1, 10).await;
    let results = concurrently(6, |n| {
        let outputs = [(30 + 2 * n, 1_000), (31 + 2 * n, 1_000)];
        ledger.refund(refund(10 + n, 1, 100 + n, 2_000, outputs))
    });
    let passed = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(passed, 1, "{results:?}");
    for result in results {
        assert!(matches!(
            result,
            Ok(Redeemed::Accepted) | Err(RefundError::GrantRevoked)
        ));
    }
}

/// A grant is given back or bound to another key, and what is reserved for one request is for no other.
pub async fn what_is_given_back_is_not_given_on<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 3).await;
    buy(&*ledger, 1, 10).await;
    buy(&*ledger, 2, 12).await;
    buy(&*ledger, 3, 14).await;
    let given = refund(3, 1, 100, 2_000, [(30, 1_000), (31, 1_000)]);
    assert_eq!(ledger.refund(given).await, Ok(Redeemed::Accepted));
    let refused = Err(RebindError::Rebound);
    assert_eq!(ledger.rebind(rebind(1, 9, None)).await, refused);
    assert_eq!(ledger.rebind(rebind(2, 9, None)).await, Ok(Rebound::Done));
    let late = refund(4, 2, 101, 2_000, [(32, 1_000), (33, 1_000)]);
    assert_eq!(ledger.refund(late).await, Err(RefundError::GrantRevoked));
    let reservation = Reservation {
        key: RecordKey::rebind(&grant(3)),
        binding: binding(77),
    };
    ledger.reserve(vec![reservation]).await.expect("a store");
    let other = refund(5, 3, 101, 2_000, [(32, 1_000), (33, 1_000)]);
    assert_eq!(ledger.refund(other).await, Err(RefundError::GrantRevoked));
    let own = Refund {
        binding: binding(77),
        ..refund(5, 3, 101, 2_000, [(32, 1_000), (33, 1_000)])
    };
    assert_eq!(ledger.refund(own).await, Ok(Redeemed::Accepted));
}

/// One for one, although they add nothing to a sum; and never for money.
pub async fn rights_are_exchanged_one_for_one<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 2).await;
    let unbalanced = Err(SwapError::Unbalanced);
    let more = swap(1, [(100, 0)], [(200, 0), (201, 0)]);
    assert_eq!(ledger.swap(more).await, unbalanced);
    let fewer = swap(1, [(100, 0), (101, 0)], [(200, 0)]);
    assert_eq!(ledger.swap(fewer).await, unbalanced);
    let beside = swap(1, [(10, 1_000)], [(200, 1_000), (201, 0)]);
    assert_eq!(ledger.swap(beside).await, unbalanced);
    let same = swap(2, [(100, 0), (10, 1_000)], [(200, 0), (201, 1_000)]);
    assert_eq!(ledger.swap(same).await, Ok(Redeemed::Accepted));
    // No more rights are spent than there are.
    let forged = swap(
        3,
        [(300, 0), (301, 0), (302, 0)],
        [(303, 0), (304, 0), (305, 0)],
    );
    let frozen = ledger.swap(forged).await;
    assert!(
        matches!(frozen, Err(SwapError::KeysetFrozen(_))),
        "{frozen:?}"
    );
}

/// A purchase takes no right and gives none.
pub async fn rights_buy_nothing<L: Ledger>(ledger: Arc<L>) {
    fund_with_rights(&*ledger, 1, 2).await;
    let unbalanced = Err(RedeemError::Unbalanced);
    let beside = redemption(1, [(10, 1_000), (100, 0)], 1_000, []);
    assert_eq!(ledger.redeem(beside).await, unbalanced);
    let change = redemption(1, [(10, 1_000)], 1_000, [(200, 0)]);
    assert_eq!(ledger.redeem(change).await, unbalanced);
    let both = redemption(1, [(10, 1_000), (100, 0)], 1_000, [(200, 0)]);
    assert_eq!(ledger.redeem(both).await, unbalanced);
}

/// Starter value gives no rights: nobody paid for it.
pub async fn starters_give_no_rights<L: Ledger>(ledger: Arc<L>) {
    let claim = promo_grant(2, 1, 2_000);
    ledger.grant_promo(claim).await.expect("starter value");
    let drawn = ledger.draw(promo_draw(2, 1, 0, [(50, 2_000)])).await;
    assert_eq!(drawn, Ok(Drawn::Done));
    let rights = ledger.draw(rights_draw(2, 1, 1)).await;
    assert_eq!(rights, Err(DrawError::PouchMismatch));
}
