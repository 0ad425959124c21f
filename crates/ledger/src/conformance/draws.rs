//! Draws: value becomes tokens, all of a pouch or nothing.

use super::concurrently;
use super::world::{binding, draw, element, load, micro, new_order, order_id, time};
use crate::{Draw, DrawError, Drawn, Ledger, Order};
use std::sync::Arc;

async fn found<L: Ledger>(ledger: &L, n: u64) -> Order {
    ledger
        .order(order_id(n))
        .await
        .expect("a store")
        .expect("an order")
}

const POUCH: [(u64, u64); 3] = [(0, 1_000), (1, 1_000), (2, 8_000)];

/// Unminted becomes drawn, and the next pouch has the next number.
pub async fn a_settled_order_is_drawn<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 100_000).await;
    assert_eq!(ledger.draw(draw(1, 0, POUCH)).await, Ok(Drawn::Done));
    let order = found(&*ledger, 1).await;
    assert_eq!(order.account.unminted, micro(90_000));
    assert_eq!(order.account.drawn, micro(10_000));
    assert_eq!(order.next_pouch, 1);
    assert_eq!(ledger.draw(draw(1, 1, [(3, 8_000)])).await, Ok(Drawn::Done));
    assert_eq!(found(&*ledger, 1).await.account.drawn, micro(18_000));
}

/// A pouch that was answered is answered again and costs nothing.
pub async fn the_same_request_changes_nothing<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 100_000).await;
    for expected in [Drawn::Done, Drawn::AlreadyDone, Drawn::AlreadyDone] {
        assert_eq!(ledger.draw(draw(1, 0, POUCH)).await, Ok(expected));
    }
    assert_eq!(ledger.draw(draw(1, 1, [(3, 1_000)])).await, Ok(Drawn::Done));
    assert_eq!(ledger.draw(draw(1, 0, POUCH)).await, Ok(Drawn::AlreadyDone));
    assert_eq!(found(&*ledger, 1).await.account.drawn, micro(11_000));
}

/// A second device takes the next number.
pub async fn another_request_for_a_pouch_conflicts<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 100_000).await;
    ledger.draw(draw(1, 0, POUCH)).await.expect("a pouch");
    let other = Draw {
        binding: binding(9),
        ..draw(1, 0, [(7, 1_000)])
    };
    assert_eq!(ledger.draw(other).await, Err(DrawError::PouchConflict));
    assert_eq!(found(&*ledger, 1).await.next_pouch, 1);
}

/// Of many requests for one number one draws it, and value leaves once.
pub async fn of_concurrent_draws_of_a_pouch_one_counts<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 100_000).await;
    let results = concurrently(8, |n| {
        ledger.draw(Draw {
            binding: binding(n),
            ..draw(1, 0, [(n, 1_000)])
        })
    });
    let done = results
        .iter()
        .filter(|result| **result == Ok(Drawn::Done))
        .count();
    let refused = results
        .iter()
        .filter(|r| **r == Err(DrawError::PouchConflict))
        .count();
    assert_eq!((done, refused), (1, 7));
    assert_eq!(found(&*ledger, 1).await.account.drawn, micro(1_000));
}

/// Numbers have no gaps.
pub async fn a_pouch_beyond_the_next_is_unavailable<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 100_000).await;
    assert_eq!(
        ledger.draw(draw(1, 1, POUCH)).await,
        Err(DrawError::PouchUnavailable)
    );
    ledger.draw(draw(1, 0, POUCH)).await.expect("a pouch");
    assert_eq!(
        ledger.draw(draw(1, 2, [(7, 1_000)])).await,
        Err(DrawError::PouchUnavailable)
    );
}

/// Nothing is evaluated before settlement.
pub async fn an_unsettled_order_is_not_drawn<L: Ledger>(ledger: Arc<L>) {
    assert_eq!(
        ledger.draw(draw(1, 0, POUCH)).await,
        Err(DrawError::Unknown)
    );
    ledger
        .create_order(new_order(1, 100_000), time(0))
        .await
        .expect("an order");
    assert_eq!(
        ledger.draw(draw(1, 0, POUCH)).await,
        Err(DrawError::NotSettled)
    );
    ledger
        .decline_order(order_id(1), time(0))
        .await
        .expect("a no");
    assert_eq!(
        ledger.draw(draw(1, 0, POUCH)).await,
        Err(DrawError::NotSettled)
    );
}

/// An order gives what was paid in, to the micro.
pub async fn no_more_than_unminted_is_drawn<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 9_999).await;
    assert_eq!(
        ledger.draw(draw(1, 0, POUCH)).await,
        Err(DrawError::PouchUnavailable)
    );
    assert_eq!(
        ledger.draw(draw(1, 0, [])).await,
        Err(DrawError::PouchMismatch)
    );
    load(&*ledger, 2, 10_000).await;
    assert_eq!(ledger.draw(draw(2, 0, POUCH)).await, Ok(Drawn::Done));
    assert_eq!(found(&*ledger, 2).await.account.unminted, micro(0));
    assert_eq!(
        ledger.draw(draw(2, 1, [(9, 1)])).await,
        Err(DrawError::PouchUnavailable)
    );
}

/// The remainder leaves nothing behind.
pub async fn the_remainder_is_all_of_it<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 10_000).await;
    let remainder = |tokens: &[(u64, u64)]| Draw {
        mix: String::new(),
        ..draw(1, 0, tokens.iter().copied())
    };
    let part = ledger.draw(remainder(&[(0, 8_000)])).await;
    assert_eq!(part, Err(DrawError::PouchMismatch));
    assert_eq!(ledger.draw(remainder(&POUCH)).await, Ok(Drawn::Done));
}

/// The elements of a request are distinct.
pub async fn a_repeated_element_is_refused<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 100_000).await;
    let twice = ledger
        .draw(draw(1, 0, [(0, 1_000), (1, 1_000), (0, 1_000)]))
        .await;
    assert_eq!(twice, Err(DrawError::ElementRepeated));
    assert_eq!(found(&*ledger, 1).await.next_pouch, 0);
}

/// An element is evaluated for one request only; whoever asks again learns which, and the others stay free.
pub async fn a_known_element_is_refused_and_nothing_changes<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 1, 100_000).await;
    load(&*ledger, 2, 100_000).await;
    ledger.draw(draw(1, 0, POUCH)).await.expect("a pouch");
    let mixed = [(10, 1_000), (2, 8_000), (11, 1_000), (0, 1_000)];
    for (order, pouch) in [(1, 1), (2, 0)] {
        let refused = ledger.draw(draw(order, pouch, mixed)).await;
        assert_eq!(refused, Err(DrawError::ElementReused(vec![1, 3])));
    }
    assert_eq!(found(&*ledger, 2).await.account.unminted, micro(100_000));
    // Under another keyset the element is another evaluation.
    assert_ne!(element(0, 1_000), element(0, 4_000));
    let fresh = [(10, 1_000), (11, 1_000), (0, 4_000)];
    assert_eq!(ledger.draw(draw(2, 0, fresh)).await, Ok(Drawn::Done));
}
