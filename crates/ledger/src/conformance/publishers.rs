//! Publishers: registered, changed, and their withdrawn offers.

use super::world::{micro, publisher, publisher_id, time};
use crate::{Ledger, Publisher, PutPublisherError, Withdrawal};
use std::sync::Arc;

/// A publisher is found as it was put, and all are listed by origin.
pub async fn a_publisher_is_found_and_listed<L: Ledger>(ledger: Arc<L>) {
    assert_eq!(ledger.publisher(publisher_id(1)).await, Ok(None));
    for n in [2, 1] {
        assert_eq!(ledger.put_publisher(publisher(n)).await, Ok(()));
    }
    assert_eq!(
        ledger.publisher(publisher_id(1)).await,
        Ok(Some(publisher(1)))
    );
    assert_eq!(
        ledger.publishers().await,
        Ok(vec![publisher(1), publisher(2)])
    );
    let changed = Publisher {
        name: "New name".into(),
        keys: "[{}]".into(),
        max_price: micro(7),
        fee_basis_points: 10_000,
        ..publisher(1)
    };
    assert_eq!(ledger.put_publisher(changed.clone()).await, Ok(()));
    assert_eq!(ledger.publishers().await, Ok(vec![changed, publisher(2)]));
}

/// A fee is a part of the price.
pub async fn a_fee_above_the_price_is_refused<L: Ledger>(ledger: Arc<L>) {
    let greedy = Publisher {
        fee_basis_points: 10_001,
        ..publisher(1)
    };
    assert_eq!(
        ledger.put_publisher(greedy).await,
        Err(PutPublisherError::FeeTooHigh)
    );
    assert_eq!(ledger.publishers().await, Ok(vec![]));
}

fn withdrawal(path: &str, from: u64) -> Withdrawal {
    Withdrawal {
        path: path.into(),
        offers_valid_from: time(from),
    }
}

/// Registering again brings no withdrawn offer back.
pub async fn registering_again_keeps_withdrawals<L: Ledger>(ledger: Arc<L>) {
    let first = Publisher {
        offers_valid_from: time(50),
        withdrawals: vec![withdrawal("/a", 100), withdrawal("/b", 100)],
        ..publisher(1)
    };
    ledger.put_publisher(first).await.expect("a publisher");
    ledger
        .put_publisher(publisher(1))
        .await
        .expect("a publisher");
    let second = Publisher {
        offers_valid_from: time(40),
        withdrawals: vec![
            withdrawal("/b", 200),
            withdrawal("/a", 90),
            withdrawal("/c", 1),
        ],
        ..publisher(1)
    };
    ledger.put_publisher(second).await.expect("a publisher");
    let found = ledger
        .publisher(publisher_id(1))
        .await
        .expect("a store")
        .expect("a publisher");
    assert_eq!(found.offers_valid_from, time(50));
    let kept = [
        withdrawal("/a", 100),
        withdrawal("/b", 200),
        withdrawal("/c", 1),
    ];
    assert_eq!(found.withdrawals, kept);
    assert_eq!(ledger.publishers().await, Ok(vec![found]));
}

/// A path covers itself and what is below it, not what begins with the same letters.
pub async fn withdrawals_cover_paths_on_segments<L: Ledger>(ledger: Arc<L>) {
    let publisher = Publisher {
        offers_valid_from: time(50),
        withdrawals: vec![withdrawal("/article-1", 100), withdrawal("/2026", 20)],
        ..publisher(1)
    };
    ledger.put_publisher(publisher).await.expect("a publisher");
    let found = ledger
        .publisher(publisher_id(1))
        .await
        .expect("a store")
        .expect("a publisher");
    assert_eq!(found.valid_from("/article-1"), time(100));
    assert_eq!(found.valid_from("/article-1/part"), time(100));
    assert_eq!(found.valid_from("/article-10"), time(50));
    assert_eq!(found.valid_from("/2026/may"), time(50));
    let all = Publisher {
        withdrawals: vec![withdrawal("/", 300)],
        ..super::world::publisher(2)
    };
    assert_eq!(all.valid_from("/anything"), time(300));
}
