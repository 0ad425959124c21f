//! What an audit must not overlook: books to be tampered with, and changes that every store in SQL understands.

use crate::conformance::world::{
    eur, fund, fund_with_rights, hour, keyset, load, micro, promo_draw, promo_grant, promo_keyset,
    promo_redemption, publisher_id, redemption, refund,
};
use crate::{
    AuditReport, Draw, Drawn, Freeze, KeysetEnd, Ledger, Redeemed, Redemption, Transition,
};

/// A statement, and the invariants that see what it did.
pub(crate) type Tampering = (&'static str, &'static [&'static str]);

/// Statements that SQLite and PostgreSQL understand alike; what only one of them does stands with its tests.
pub(crate) const IN_ANY_STORE: &[Tampering] = &[
    (
        "UPDATE orders SET settled = settled + 1, unminted = unminted + 1 WHERE drawn > 0",
        &["I5", "I6"],
    ),
    (
        "UPDATE orders SET drawn = drawn - 1, unminted = unminted + 1 WHERE drawn > 0",
        &["I5", "I6"],
    ),
    (
        "UPDATE orders SET next_pouch = next_pouch + 1 WHERE drawn > 0",
        &["I6"],
    ),
    ("DELETE FROM orders WHERE drawn = 0", &["I5", "I6"]),
    ("DELETE FROM draws", &["I6"]),
    (
        "UPDATE keyset_counts SET issued = issued + 1 WHERE denomination = 1000",
        &["I1"],
    ),
    (
        "UPDATE keyset_counts SET denomination = 1001 WHERE denomination = 1000",
        &["tokens", "I5"],
    ),
    (
        "INSERT INTO spent (keyset, nullifier, answer) SELECT 99, nullifier, answer FROM spent LIMIT 1",
        &["I1", "I2"],
    ),
    ("UPDATE spent SET answer = answer + 1", &["I2"]),
    (
        "DELETE FROM keyset_counts WHERE denomination = 8000",
        &["I1"],
    ),
    ("UPDATE archive_pages SET depth = 1", &["I1"]),
    ("DELETE FROM archive_pages", &["I1", "tokens"]),
    (
        "INSERT INTO spent (keyset, nullifier, answer) \
         SELECT a.keyset, a.nullifiers, s.answer FROM archive_pages AS a, spent AS s LIMIT 1",
        &["I1", "I2"],
    ),
    (
        "UPDATE keyset_counts SET archived = archived + 1 WHERE archived > 0",
        &["I1"],
    ),
    (
        "UPDATE keyset_counts SET issued_dropped = issued_dropped + 1 WHERE denomination = 1000",
        &["I1", "tokens"],
    ),
    (
        "UPDATE keyset_counts SET spent_dropped = spent_dropped + 1, spent = spent + 1 WHERE denomination = 1000",
        &["tokens"],
    ),
    (
        "UPDATE keyset_counts SET stage = 'live' WHERE stage = 'ended'",
        &["I11", "tokens"],
    ),
    (
        "UPDATE keyset_counts SET stage = 'ended' WHERE denomination = 1000",
        &["I11", "tokens"],
    ),
    (
        "UPDATE sales SET amount = amount + 1 WHERE amount = 5000",
        &["I7"],
    ),
    (
        "UPDATE funding_balances SET amount = amount + 1 WHERE account = 'tokens'",
        &["I18"],
    ),
    (
        "INSERT INTO use_balances VALUES ('EUR', 'unminted', 1)",
        &["I18"],
    ),
    (
        "UPDATE funding_journal SET at = at + 1 WHERE seq = 1",
        &["I18"],
    ),
    (
        "UPDATE use_journal SET hour = hour + 1 WHERE seq = 2",
        &["I18"],
    ),
    (
        "DELETE FROM use_journal WHERE seq = 2",
        &["I7", "tokens", "I18"],
    ),
    ("UPDATE use_journal SET seq = 99 WHERE seq = 2", &["I18"]),
    ("DELETE FROM funding_head", &["I18"]),
    ("UPDATE use_head SET seq = seq + 1", &["I18"]),
    (
        "UPDATE use_journal SET detail = NULL WHERE seq = 2",
        &["I18"],
    ),
    ("UPDATE use_journal SET event = 4 WHERE seq = 1", &["I18"]),
    (
        "UPDATE orders SET promo = '' WHERE promo <> ''",
        &["I5", "I13"],
    ),
    (
        "UPDATE orders SET promo = 'https://paper-2.example' WHERE promo <> ''",
        &["I13"],
    ),
    (
        "UPDATE keyset_counts SET promo = '' WHERE promo <> ''",
        &["I13", "tokens"],
    ),
    (
        "UPDATE keyset_counts SET promo = 'https://paper-1.example' WHERE denomination = 1000",
        &["I13", "tokens"],
    ),
    (
        "UPDATE keyset_counts SET denomination = denomination + 1 WHERE promo <> '' AND stage = 'live'",
        &["I13"],
    ),
    (
        "UPDATE keyset_counts SET stage = 'live' WHERE promo <> ''",
        &["I13"],
    ),
    (
        "UPDATE keyset_counts SET frozen_hour = 0 WHERE frozen_hour > 0",
        &["I20"],
    ),
    (
        "UPDATE keyset_counts SET frozen_hour = frozen_hour + 1 WHERE frozen_hour > 0",
        &["I20"],
    ),
    (
        "UPDATE keyset_counts SET frozen_reason = 'another' WHERE frozen_hour > 0",
        &["I20"],
    ),
    (
        "UPDATE keyset_counts SET frozen_hour = 9, frozen_reason = 'by hand' WHERE denomination = 1000",
        &["I20"],
    ),
    ("UPDATE refunds SET amount = amount + 1", &["I7"]),
    ("DELETE FROM refunds", &["I7"]),
    (
        "UPDATE use_journal SET event = 3 WHERE event = 6",
        &["I7", "I18"],
    ),
    ("DELETE FROM use_journal WHERE event = 2", &["I18", "I20"]),
    (
        "UPDATE use_journal SET event = 5 WHERE event = 2",
        &["I18", "I20"],
    ),
];

/// Books with something of everything: purchases, one whose answer is gone, a keyset that has ended and one that is frozen.
pub(crate) async fn written<L: Ledger>(ledger: &L) {
    fund(ledger).await;
    load(ledger, 1, 50_000).await;
    let expired = Redemption {
        answer_expires: hour(),
        ..redemption(3, [(2, 1_000)], 1_000, [])
    };
    let bought = [
        redemption(1, [(10, 8_000)], 5_000, [(20, 1_000), (21, 2_000)]),
        redemption(2, [(0, 1_000), (1, 1_000)], 2_000, []),
        expired,
    ];
    for redemption in bought {
        assert_eq!(ledger.redeem(redemption).await, Ok(Redeemed::Accepted));
    }
    assert_eq!(ledger.expire_answers(hour(), 1).await, Ok(1));
    let end = KeysetEnd {
        promo: None,
        keyset: keyset(2_000),
        currency: eur(),
        denomination: micro(2_000),
        hour: hour(),
    };
    assert_eq!(ledger.end_keyset(end).await, Ok(Transition::Done));
    let freeze = Freeze {
        promo: None,
        keyset: keyset(8_000),
        currency: eur(),
        denomination: micro(8_000),
        hour: hour(),
        reason: "a drill".into(),
    };
    assert_eq!(ledger.freeze(freeze).await, Ok(Transition::Done));
    // Starter value of a publisher: some of it not drawn, some used, of one keyset all that was left lapsed.
    assert!(ledger.grant_promo(promo_grant(2, 1, 7_000)).await.is_ok());
    let starters = Draw {
        mix: "0.50".into(),
        ..promo_draw(2, 1, 0, [(70, 700), (71, 700), (72, 1_400)])
    };
    assert_eq!(ledger.draw(starters).await, Ok(Drawn::Done));
    let read = promo_redemption(4, 1, [(70, 700)], 700, []);
    assert_eq!(ledger.redeem(read).await, Ok(Redeemed::Accepted));
    let lapsed = KeysetEnd {
        keyset: promo_keyset(1, 1_400),
        currency: eur(),
        denomination: micro(1_400),
        promo: Some(publisher_id(1)),
        hour: hour(),
    };
    assert_eq!(ledger.end_keyset(lapsed).await, Ok(Transition::Done));
    // A purchase that was given back.
    fund_with_rights(ledger, 500, 1).await;
    let bought = redemption(30, [(5_000, 1_000)], 1_000, []);
    assert_eq!(ledger.redeem(bought).await, Ok(Redeemed::Accepted));
    let undone = refund(31, 9, 50_000, 1_000, [(5_100, 1_000)]);
    assert_eq!(ledger.refund(undone).await, Ok(Redeemed::Accepted));
}

/// The difference shows, in these invariants and at the end of the text.
pub(crate) fn shows(report: &AuditReport, sql: &str, invariants: &[&str]) {
    assert_ne!(report.difference(), 0, "unseen: {sql}");
    for invariant in invariants {
        let mut checks = report.checks().iter();
        let seen = checks.any(|c| c.invariant() == *invariant && c.difference() > 0);
        assert!(seen, "{invariant} does not see: {sql}\n{report}");
    }
    let end = format!("difference {}", report.difference());
    assert!(report.to_string().ends_with(&end), "{report}");
}
