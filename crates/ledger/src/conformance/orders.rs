//! Orders: made once, paid once.

use super::concurrently;
use super::world::{
    LOAD_FEE, LOAD_TAX, NOW, QUOTE_EXPIRY, binding, load, micro, new_order, order_id, settlement,
    time,
};
use crate::{
    CreateOrderError, Created, DeclineError, Ledger, NewOrder, Order, OrderAccount, OrderState,
    SettleError, Settlement, Transition,
};
use std::sync::Arc;

const VALUE: u64 = 2_000_000;

async fn found<L: Ledger>(ledger: &L, n: u64) -> Order {
    ledger
        .order(order_id(n))
        .await
        .expect("a store")
        .expect("an order")
}

async fn create<L: Ledger>(ledger: &L, n: u64) {
    let created = ledger.create_order(new_order(n, VALUE), time(NOW)).await;
    assert!(matches!(created, Ok(Created::New(_))), "{created:?}");
}

/// The same request finds the order it made, disclosure included, even later.
pub async fn the_same_request_finds_its_order<L: Ledger>(ledger: Arc<L>) {
    create(&*ledger, 1).await;
    let order = found(&*ledger, 1).await;
    assert_eq!(order.terms, new_order(1, VALUE));
    assert_eq!(order.created, time(NOW));
    assert_eq!(order.account, OrderAccount::default());
    assert_eq!(order.next_pouch, 0);
    assert_eq!(order.state(time(NOW)), OrderState::Quoted);
    // A repetition may come with a new quote and disclosure: the issuer made them before it asked.
    let again = NewOrder {
        disclosure: b"another".to_vec(),
        ..new_order(1, VALUE)
    };
    let repeated = ledger.create_order(again, time(NOW + 9)).await;
    assert_eq!(repeated, Ok(Created::Existing(Box::new(order))));
}

/// One key, one order.
pub async fn another_request_with_the_key_conflicts<L: Ledger>(ledger: Arc<L>) {
    create(&*ledger, 1).await;
    let other = NewOrder {
        binding: binding(99),
        ..new_order(1, VALUE)
    };
    let refused = ledger.create_order(other, time(NOW)).await;
    assert_eq!(refused, Err(CreateOrderError::Conflict));
    assert_eq!(found(&*ledger, 1).await.terms, new_order(1, VALUE));
}

/// What was never made is not found, paid or declined.
pub async fn an_unknown_order_is_nothing<L: Ledger>(ledger: Arc<L>) {
    assert_eq!(ledger.order(order_id(1)).await, Ok(None));
    assert_eq!(
        ledger.settle_order(settlement(1, VALUE)).await,
        Err(SettleError::Unknown)
    );
    assert_eq!(
        ledger.decline_order(order_id(1), time(NOW)).await,
        Err(DeclineError::Unknown)
    );
}

/// Webhook and return both tell; the money is booked once, whatever the clock says then.
pub async fn the_same_settlement_changes_nothing<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, VALUE).await;
    let order = found(&*ledger, 1).await;
    assert_eq!(order.state(time(QUOTE_EXPIRY)), OrderState::Settled);
    assert_eq!(order.account.settled, micro(VALUE + LOAD_FEE + LOAD_TAX));
    assert_eq!(order.account.unminted, micro(VALUE));
    let late = Settlement {
        now: time(QUOTE_EXPIRY + 9),
        ..settlement(1, VALUE)
    };
    assert_eq!(ledger.settle_order(late).await, Ok(Transition::AlreadyDone));
    assert_eq!(found(&*ledger, 1).await, order);
}

/// Many notices at once are one settlement.
pub async fn concurrent_settlements_book_once<L: Ledger>(ledger: Arc<L>) {
    create(&*ledger, 1).await;
    let results = concurrently(8, |_| ledger.settle_order(settlement(1, VALUE)));
    let done = results
        .iter()
        .filter(|result| **result == Ok(Transition::Done))
        .count();
    let repeated = results
        .iter()
        .filter(|r| **r == Ok(Transition::AlreadyDone))
        .count();
    assert_eq!((done, repeated), (1, 7));
    assert_eq!(found(&*ledger, 1).await.account.unminted, micro(VALUE));
}

/// A second charge is not taken for the first.
pub async fn another_charge_conflicts<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, VALUE).await;
    for other in [
        Settlement {
            reference: "other".into(),
            ..settlement(1, VALUE)
        },
        Settlement {
            provider: "other".into(),
            ..settlement(1, VALUE)
        },
        Settlement {
            amount: micro(1),
            ..settlement(1, VALUE)
        },
    ] {
        assert_eq!(ledger.settle_order(other).await, Err(SettleError::Conflict));
    }
}

/// One charge does not pay two orders.
pub async fn a_charge_settles_one_order<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, VALUE).await;
    create(&*ledger, 2).await;
    let stolen = Settlement {
        order: order_id(2),
        ..settlement(1, VALUE)
    };
    assert_eq!(
        ledger.settle_order(stolen).await,
        Err(SettleError::ReferenceUsed)
    );
    assert_eq!(
        found(&*ledger, 2).await.state(time(NOW)),
        OrderState::Quoted
    );
    assert_eq!(
        ledger.settle_order(settlement(2, VALUE)).await,
        Ok(Transition::Done)
    );
}

/// Not one micro more or less than the total.
pub async fn another_total_is_refused<L: Ledger>(ledger: Arc<L>) {
    create(&*ledger, 1).await;
    let total = new_order(1, VALUE).quote.total().get();
    for amount in [total - 1, total + 1, VALUE] {
        let wrong = Settlement {
            amount: micro(amount),
            ..settlement(1, VALUE)
        };
        assert_eq!(
            ledger.settle_order(wrong).await,
            Err(SettleError::AmountMismatch)
        );
    }
    assert_eq!(found(&*ledger, 1).await.account, OrderAccount::default());
}

/// A quote stands until the second before its expiry.
pub async fn an_expired_quote_is_not_settled<L: Ledger>(ledger: Arc<L>) {
    create(&*ledger, 1).await;
    create(&*ledger, 2).await;
    let order = found(&*ledger, 1).await;
    assert_eq!(order.state(time(QUOTE_EXPIRY - 1)), OrderState::Quoted);
    assert_eq!(order.state(time(QUOTE_EXPIRY)), OrderState::Expired);
    let late = Settlement {
        now: time(QUOTE_EXPIRY),
        ..settlement(1, VALUE)
    };
    assert_eq!(ledger.settle_order(late).await, Err(SettleError::Expired));
    let last = Settlement {
        now: time(QUOTE_EXPIRY - 1),
        ..settlement(2, VALUE)
    };
    assert_eq!(ledger.settle_order(last).await, Ok(Transition::Done));
    // Declining what has expired changes nothing for anybody.
    let declined = ledger.decline_order(order_id(1), time(QUOTE_EXPIRY)).await;
    assert_eq!(declined, Ok(Transition::Done));
}

/// After a no there is no yes.
pub async fn a_declined_order_is_not_settled<L: Ledger>(ledger: Arc<L>) {
    create(&*ledger, 1).await;
    assert_eq!(
        ledger.decline_order(order_id(1), time(NOW)).await,
        Ok(Transition::Done)
    );
    let again = ledger.decline_order(order_id(1), time(NOW + 1)).await;
    assert_eq!(again, Ok(Transition::AlreadyDone));
    assert_eq!(
        ledger.settle_order(settlement(1, VALUE)).await,
        Err(SettleError::Declined)
    );
    assert_eq!(
        found(&*ledger, 1).await.state(time(QUOTE_EXPIRY)),
        OrderState::Declined
    );
}

/// After a yes there is no no.
pub async fn a_settled_order_is_not_declined<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, VALUE).await;
    let refused = ledger.decline_order(order_id(1), time(NOW)).await;
    assert_eq!(refused, Err(DeclineError::Conflict));
    assert_eq!(
        found(&*ledger, 1).await.state(time(NOW)),
        OrderState::Settled
    );
}
