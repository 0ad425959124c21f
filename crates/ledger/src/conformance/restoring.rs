//! What a wallet that lost everything but its seed is told: what was evaluated for it, and what of that is spent.

use super::world::{
    KEPT_HOURS, draw, element, eur, fund, hour, input, keyset, load, micro, redemption,
};
use crate::{Drawn, Element, Hour, KeysetEnd, Ledger, SpentError, Transition};
use farthing_core::id::Nullifier;
use farthing_core::spent::Prefix;
use std::sync::Arc;

fn all() -> Prefix {
    Prefix::parse("all").expect("the prefix without bits")
}

fn sorted(mut nullifiers: Vec<Nullifier>) -> Vec<Nullifier> {
    nullifiers.sort_unstable();
    nullifiers
}

/// Drawn and asked for as change: evaluated. Never sent, or evaluated in another keyset: not.
pub async fn only_what_was_evaluated_is_restored<L: Ledger>(ledger: Arc<L>) {
    let ask = |n, denomination| element(n, denomination);
    let asked = vec![ask(0, 1_000), ask(1, 1_000), ask(7, 1_000)];
    let none = ledger.evaluated(asked.clone()).await;
    assert_eq!(none, Ok(vec![false, false, false]));
    load(&*ledger, 0, 1_000_000).await;
    let drawn = ledger.draw(draw(0, 0, [(0, 1_000), (1, 1_000)])).await;
    assert_eq!(drawn, Ok(Drawn::Done));
    assert_eq!(ledger.evaluated(asked).await, Ok(vec![true, true, false]));

    let bought = redemption(0, [(0, 1_000), (1, 1_000)], 1_500, [(7, 500)]);
    ledger.redeem(bought).await.expect("a purchase");
    let elsewhere = Element::new(keyset(2_000), micro(2_000), &[2; 33]);
    let asked = vec![elsewhere, ask(7, 500), ask(7, 1_000), ask(0, 1_000)];
    let known = ledger.evaluated(asked).await;
    assert_eq!(known, Ok(vec![false, true, false, true]));
    assert_eq!(ledger.evaluated(Vec::new()).await, Ok(Vec::new()));
}

/// Each spent token stands in the list of its keyset once, in order, and under no longer prefix than the number of spent
/// ones allows.
pub async fn spent_tokens_are_listed_under_their_prefix<L: Ledger>(ledger: Arc<L>) {
    let unused = ledger.spent_under(keyset(1_000), all()).await;
    assert_eq!(unused, Ok(Vec::new()));
    fund(&*ledger).await;
    for n in 0..5 {
        let bought = redemption(n, [(n, 1_000), (n + 5, 1_000)], 2_000, []);
        ledger.redeem(bought).await.expect("a purchase");
    }
    let spent = (0..10).map(|n| input(n, 1_000).nullifier).collect();
    let listed = ledger.spent_under(keyset(1_000), all()).await;
    assert_eq!(listed, Ok(sorted(spent)));
    for text in ["0", "1", "10101"] {
        let prefix = Prefix::parse(text).expect("a prefix");
        for denomination in [1_000, 64_000] {
            let refused = ledger.spent_under(keyset(denomination), prefix).await;
            assert_eq!(refused, Err(SpentError::PrefixLength { bits: 0 }));
        }
    }
}

/// A token that moves into the archive stays in the list. Once the key is destroyed there is no list that could be cut.
pub async fn the_list_keeps_what_was_archived_and_ends_with_the_key<L: Ledger>(ledger: Arc<L>) {
    load(&*ledger, 0, 1_000_000).await;
    let tokens = (0..100).map(|n| (n, 1_000));
    assert_eq!(ledger.draw(draw(0, 0, tokens)).await, Ok(Drawn::Done));
    for n in 0..100 {
        let bought = redemption(n, [(n, 1_000)], 1_000, []);
        ledger.redeem(bought).await.expect("a purchase");
    }
    let spent: Vec<_> = (0..100).map(|n| input(n, 1_000).nullifier).collect();
    let spent = sorted(spent);
    let over = Hour::new(hour().number() + KEPT_HOURS);
    for batch in [0, 30, 40, 40] {
        ledger.expire_answers(over, batch).await.expect("answers");
        let listed = ledger.spent_under(keyset(1_000), all()).await;
        assert_eq!(listed.as_ref(), Ok(&spent), "{batch}");
    }
    let end = KeysetEnd {
        promo: None,
        keyset: keyset(1_000),
        currency: eur(),
        denomination: micro(1_000),
        hour: over,
    };
    assert_eq!(ledger.end_keyset(end).await, Ok(Transition::Done));
    let listed = ledger.spent_under(keyset(1_000), all()).await;
    assert_eq!(listed.as_ref(), Ok(&spent));
    let destroyed = ledger.key_destroyed(keyset(1_000)).await;
    assert_eq!(destroyed, Ok(Transition::Done));
    let listed = ledger.spent_under(keyset(1_000), all()).await;
    assert_eq!(listed, Err(SpentError::KeyDestroyed));
}
