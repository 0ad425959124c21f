//! Starter value: given within a day's budget, worth something at its publisher only, and never money.

use super::concurrently;
use super::world::{
    NOW, binding, draw, element, fund, hour, input, load, micro, new_order, order_id, promo_draw,
    promo_element, promo_grant, promo_input, promo_keyset, promo_redemption, promo_swap,
    publisher_id, redemption, settlement, swap, time,
};
use crate::{
    Created, Draw, DrawError, Drawn, Freeze, GrantPromoError, Hour, KeysetEnd, Ledger, NewOrder,
    OrderState, PromoGrant, RedeemError, Redeemed, Redemption, SettleError, StoreError, Swap,
    SwapError, Transition,
};
use std::sync::Arc;

async fn balances<L: Ledger>(ledger: &L) -> Vec<(&'static str, String, i64)> {
    let snapshot = ledger.snapshot().await.expect("a snapshot");
    let balances = snapshot.balances.into_iter();
    let balances = balances.filter(|balance| balance.amount != 0);
    balances.map(|b| (b.book, b.account, b.amount)).collect()
}

fn line(book: &'static str, account: &str, amount: i64) -> (&'static str, String, i64) {
    (book, account.into(), amount)
}

/// Ten starter tokens of 700 of publisher number 1, drawn from order number 1.
async fn given<L: Ledger>(ledger: &L) {
    let created = ledger.grant_promo(promo_grant(1, 1, 7_000)).await;
    let created = created.expect("starter value");
    assert!(matches!(created, Created::New(_)), "{created:?}");
    let order = created.order().clone();
    assert_eq!(order.state(time(NOW)), OrderState::Settled);
    assert_eq!(order.account.unminted, micro(7_000));
    let stored = ledger.order(order_id(1)).await;
    assert_eq!(stored, Ok(Some(order)));
    let tokens = (100..110).map(|n| (n, 700));
    assert_eq!(
        ledger.draw(promo_draw(1, 1, 0, tokens)).await,
        Ok(Drawn::Done)
    );
}

/// From the gift to the last token: what was given is used at the publisher, which is paid nothing for it.
pub async fn what_is_given_is_used_and_nobody_is_paid<L: Ledger>(ledger: Arc<L>) {
    given(&*ledger).await;
    let renewed = promo_swap(1, 1, [(100, 700), (101, 700)], [(120, 1_400)]);
    assert_eq!(ledger.swap(renewed).await, Ok(Redeemed::Accepted));
    let bought = promo_redemption(2, 1, [(120, 1_400)], 700, [(121, 700)]);
    assert_eq!(ledger.redeem(bought.clone()).await, Ok(Redeemed::Accepted));
    let again = ledger.redeem(bought.clone()).await;
    assert_eq!(again, Ok(Redeemed::Replayed(bought.answer)));
    let of = publisher_id(1);
    let of = of.as_str();
    assert_eq!(
        balances(&*ledger).await,
        [
            line("funding", &format!("promo_given:{of}"), 7_000),
            line("funding", &format!("promo_tokens:{of}"), -7_000),
            line("use", &format!("promo_tokens:{of}"), 700),
            line("use", &format!("promo_used:{of}"), -700),
        ]
    );
}

/// Beside money, each keeps to its own accounts.
pub async fn money_and_starters_are_booked_apart<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let before = balances(&*ledger).await;
    given(&*ledger).await;
    let bought = promo_redemption(2, 1, [(100, 700)], 700, []);
    assert_eq!(ledger.redeem(bought).await, Ok(Redeemed::Accepted));
    let after = balances(&*ledger).await;
    let is_money = |line: &&(&str, String, i64)| !line.1.starts_with("promo_");
    let money: Vec<_> = after.iter().filter(is_money).cloned().collect();
    assert_eq!(money, before);
    assert_eq!(after.len(), before.len() + 4);
}

/// So many orders a day, by the issuer's clock; repetitions and other publishers do not count.
pub async fn a_publisher_gives_so_many_a_day<L: Ledger>(ledger: Arc<L>) {
    for n in 1..=3 {
        let created = ledger.grant_promo(promo_grant(n, 1, 700)).await;
        assert!(matches!(created, Ok(Created::New(_))), "{created:?}");
    }
    let spent = Err(GrantPromoError::BudgetSpent);
    assert_eq!(ledger.grant_promo(promo_grant(4, 1, 700)).await, spent);
    assert_eq!(ledger.order(order_id(4)).await, Ok(None));
    let again = ledger.grant_promo(promo_grant(2, 1, 700)).await;
    assert!(matches!(again, Ok(Created::Existing(_))), "{again:?}");
    let other = ledger.grant_promo(promo_grant(5, 2, 700)).await;
    assert!(matches!(other, Ok(Created::New(_))), "{other:?}");
    // Midnight comes at the second.
    let midnight = NOW - NOW % 86_400 + 86_400;
    let at = |now| PromoGrant {
        now: time(now),
        order: NewOrder {
            quote: crate::Quote::new(
                new_order(4, 700).quote.id(),
                time(midnight + 9),
                micro(700),
                micro(0),
                micro(0),
            )
            .expect("a quote"),
            ..promo_grant(4, 1, 700).order
        },
        ..promo_grant(4, 1, 700)
    };
    let late = ledger.grant_promo(at(midnight - 1)).await;
    assert_eq!(late, Err(GrantPromoError::BudgetSpent));
    let next_day = ledger.grant_promo(at(midnight)).await;
    assert!(matches!(next_day, Ok(Created::New(_))), "{next_day:?}");
}

/// A rush does not get more out of the budget.
pub async fn of_claims_at_once_no_more_pass_than_the_budget<L: Ledger>(ledger: Arc<L>) {
    let claims = concurrently(8, |n| {
        let ledger = Arc::clone(&ledger);
        async move { ledger.grant_promo(promo_grant(n, 1, 700)).await }
    });
    let given = claims.iter().filter(|c| matches!(c, Ok(Created::New(_))));
    assert_eq!(given.count(), 3);
    let refused = Err(GrantPromoError::BudgetSpent);
    assert_eq!(claims.iter().filter(|c| **c == refused).count(), 5);
}

/// One key, one order, whatever it is for.
pub async fn another_claim_with_the_key_conflicts<L: Ledger>(ledger: Arc<L>) {
    let claim = promo_grant(1, 1, 700);
    assert!(ledger.grant_promo(claim.clone()).await.is_ok());
    let other = PromoGrant {
        order: NewOrder {
            binding: binding(99),
            ..claim.order.clone()
        },
        ..claim
    };
    let conflict = Err(GrantPromoError::Conflict);
    assert_eq!(ledger.grant_promo(other).await, conflict);
    // Nobody pays for it afterwards.
    let paid = ledger.settle_order(settlement(1, 700)).await;
    assert_eq!(paid, Err(SettleError::Conflict));
    load(&*ledger, 2, 700).await;
    assert_eq!(ledger.grant_promo(promo_grant(2, 1, 700)).await, conflict);
}

/// What is given costs nothing, and what costs something is not given.
pub async fn starters_are_given_and_money_is_paid<L: Ledger>(ledger: Arc<L>) {
    let ordered = ledger.create_order(promo_grant(1, 1, 700).order, time(NOW));
    let ordered = ordered.await;
    assert!(
        matches!(
            ordered,
            Err(crate::CreateOrderError::Store(StoreError::Inconsistent(_)))
        ),
        "{ordered:?}"
    );
    for order in [
        new_order(1, 700),
        NewOrder {
            promo: Some(publisher_id(1)),
            ..new_order(1, 700)
        },
    ] {
        let grant = PromoGrant {
            order,
            ..promo_grant(1, 1, 700)
        };
        let refused = ledger.grant_promo(grant).await;
        assert!(
            matches!(
                refused,
                Err(GrantPromoError::Store(StoreError::Inconsistent(_)))
            ),
            "{refused:?}"
        );
    }
    assert_eq!(ledger.order(order_id(1)).await, Ok(None));
}

/// No step leads from starters to money, from money to starters, or to another publisher's.
pub async fn starters_and_money_never_meet<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    given(&*ledger).await;
    let before = balances(&*ledger).await;
    let draws = [
        // Money for what was given, starters for what was paid, another publisher's starters.
        Draw {
            elements: vec![element(130, 700)],
            ..promo_draw(2, 1, 0, [])
        },
        Draw {
            elements: vec![promo_element(1, 131, 700)],
            ..draw(0, 1, [])
        },
        Draw {
            elements: vec![promo_element(1, 132, 700)],
            ..promo_draw(2, 1, 0, [])
        },
    ];
    let theirs = PromoGrant {
        per_day: 9,
        ..promo_grant(2, 2, 700)
    };
    assert!(ledger.grant_promo(theirs).await.is_ok());
    // So that the keyset of money is known.
    load(&*ledger, 3, 700).await;
    assert_eq!(ledger.draw(draw(3, 0, [(133, 700)])).await, Ok(Drawn::Done));
    for wrong in draws {
        let refused = ledger.draw(wrong).await;
        let inconsistent = Err(DrawError::Store(StoreError::Inconsistent(String::new())));
        assert_eq!(worded(refused), inconsistent);
    }
    let starters = promo_redemption(3, 1, [(100, 700)], 700, []);
    let purchases = [
        // Starters as money, at another publisher, and for change in money.
        Redemption {
            promo: false,
            ..starters.clone()
        },
        Redemption {
            publisher: publisher_id(2),
            ..starters.clone()
        },
        Redemption {
            outputs: vec![element(140, 700)],
            ..promo_redemption(7, 1, [(101, 700), (102, 700)], 700, [])
        },
        // Money as starters.
        Redemption {
            promo: true,
            ..redemption(4, [(133, 700)], 700, [])
        },
    ];
    for wrong in purchases {
        let refused = ledger.redeem(wrong).await;
        assert!(
            matches!(
                refused,
                Err(RedeemError::Store(StoreError::Inconsistent(_)))
            ),
            "{refused:?}"
        );
    }
    let renewed = promo_swap(5, 1, [(102, 700)], [(141, 700)]);
    let swaps = [
        Swap {
            outputs: vec![element(142, 700)],
            ..renewed.clone()
        },
        Swap {
            promo: None,
            ..renewed.clone()
        },
        Swap {
            promo: Some(publisher_id(2)),
            ..renewed
        },
        Swap {
            outputs: vec![promo_element(1, 143, 700)],
            ..swap(6, [(133, 700)], [])
        },
    ];
    for wrong in swaps {
        let refused = ledger.swap(wrong).await;
        assert!(
            matches!(refused, Err(SwapError::Store(StoreError::Inconsistent(_)))),
            "{refused:?}"
        );
    }
    for token in [promo_input(1, 100, 700), input(133, 700)] {
        let asked = ledger.answer(token.keyset, token.nullifier, hour()).await;
        assert_eq!(asked, Err(crate::AnswerError::Unknown));
    }
    // Nothing moved but what was loaded meanwhile.
    let kept = |line: &&(&str, String, i64)| line.1.ends_with(publisher_id(1).as_str());
    let after = balances(&*ledger).await;
    assert_eq!(
        after.iter().filter(kept).collect::<Vec<_>>(),
        before.iter().filter(kept).collect::<Vec<_>>()
    );
}

fn worded(refused: Result<Drawn, DrawError>) -> Result<Drawn, DrawError> {
    match refused {
        Err(DrawError::Store(StoreError::Inconsistent(_))) => {
            Err(DrawError::Store(StoreError::Inconsistent(String::new())))
        }
        other => other,
    }
}

/// What was not used when its keyset ends was given for nothing; nobody is owed it.
pub async fn what_is_not_used_lapses<L: Ledger>(ledger: Arc<L>) {
    given(&*ledger).await;
    let bought = promo_redemption(1, 1, [(100, 700)], 700, []);
    assert_eq!(ledger.redeem(bought).await, Ok(Redeemed::Accepted));
    let end = KeysetEnd {
        keyset: promo_keyset(1, 700),
        currency: new_order(1, 700).currency,
        denomination: micro(700),
        promo: Some(publisher_id(1)),
        hour: hour(),
    };
    let as_money = KeysetEnd {
        promo: None,
        ..end.clone()
    };
    assert!(ledger.end_keyset(as_money).await.is_err());
    assert_eq!(ledger.end_keyset(end.clone()).await, Ok(Transition::Done));
    let again = ledger.end_keyset(end).await;
    assert_eq!(again, Ok(Transition::AlreadyDone));
    let of = publisher_id(1);
    let lapsed = line("use", &format!("promo_lapsed:{}", of.as_str()), -6_300);
    assert!(balances(&*ledger).await.contains(&lapsed));
    let late = promo_redemption(2, 1, [(101, 700)], 700, []);
    assert_eq!(ledger.redeem(late).await, Err(RedeemError::KeysetEnded));
}

/// Forged starters are no loss of money.
pub async fn forged_starters_cost_no_money<L: Ledger>(ledger: Arc<L>) {
    given(&*ledger).await;
    let forged: Vec<_> = (500..510).map(|n| (n, 700)).collect();
    let bought = promo_redemption(1, 1, forged, 7_000, []);
    assert_eq!(ledger.redeem(bought).await, Ok(Redeemed::Accepted));
    let honest = promo_redemption(2, 1, [(100, 700)], 700, []);
    let tripped = ledger.redeem(honest).await;
    let refused = Err(RedeemError::KeysetFrozen(vec![promo_keyset(1, 700)]));
    assert_eq!(tripped, refused);
    let shown = Swap {
        evidence: vec![Some(promo_element(1, 100, 700))],
        ..promo_swap(3, 1, [(100, 700)], [(150, 350), (151, 350)])
    };
    assert_eq!(ledger.swap(shown).await, Ok(Redeemed::Accepted));
    let of = publisher_id(1);
    let lost = line("use", &format!("promo_lost:{}", of.as_str()), 700);
    let found = balances(&*ledger).await;
    assert!(found.contains(&lost), "{found:?}");
    assert!(found.iter().all(|line| line.1 != "forgery_loss"));
    let frozen = Freeze {
        keyset: promo_keyset(1, 350),
        currency: new_order(1, 700).currency,
        denomination: micro(350),
        promo: Some(publisher_id(1)),
        hour: Hour::new(hour().number() + 1),
        reason: "a drill".into(),
    };
    assert_eq!(ledger.freeze(frozen).await, Ok(Transition::Done));
}
