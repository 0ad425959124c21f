//! The books: whole, balanced, and unmoved by repetition.

use super::world::{
    LOAD_FEE, LOAD_TAX, NOW, draw, eur, fund, new_order, publisher_id, redemption, settlement, time,
};
use crate::{AuditReport, Ledger, Redemption, Split};
use farthing_core::money::Micro;
use std::sync::Arc;

async fn audit<L: Ledger>(ledger: &L) -> AuditReport {
    ledger.audit().await.expect("an audit")
}

fn left(report: &AuditReport, statement: &str) -> i128 {
    let check = report
        .checks()
        .iter()
        .find(|check| check.statement() == statement);
    check.expect("the check is made").left()
}

/// Nothing is nothing.
pub async fn an_empty_ledger_balances<L: Ledger>(ledger: Arc<L>) {
    let report = audit(&*ledger).await;
    assert_eq!(report.difference(), 0, "{report}");
    assert_eq!((report.funding().seq, report.usage().seq), (0, 0));
    assert!(
        report
            .checks()
            .iter()
            .all(|check| check.left() == check.right()),
        "{report}"
    );
}

/// Every micro is somewhere, and the report says where.
pub async fn fees_and_tax_balance<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    ledger
        .redeem(redemption(
            1,
            [(10, 8_000)],
            5_000,
            [(20, 1_000), (21, 2_000)],
        ))
        .await
        .expect("1");
    let all_fee = Split::new(
        super::world::micro(1_000),
        super::world::micro(1_000),
        Micro::ZERO,
    );
    let second = Redemption {
        split: all_fee.expect("a split"),
        publisher: publisher_id(2),
        ..redemption(2, [(20, 1_000)], 1_000, [])
    };
    ledger.redeem(second).await.expect("2");
    let report = audit(&*ledger).await;
    assert_eq!(report.difference(), 0, "{report}");
    let cash = "safeguarded cash = outstanding + publisher payable + fees + tax + unclaimed";
    assert_eq!(
        left(&report, cash),
        i128::from(100_000 + LOAD_FEE + LOAD_TAX)
    );
    let tokens = "funding tokens - use tokens = denominations x (issued - spent)";
    assert_eq!(left(&report, tokens), 10_000 + 2_000);
    let outstanding = "journalled unminted + tokens = outstanding by orders and tokens";
    assert_eq!(left(&report, outstanding), 100_000 - 6_000);
    let sales = "sales counted = redeemed, publisher by publisher";
    assert_eq!(left(&report, sales), 6_000);
    assert!(
        report
            .checks()
            .iter()
            .any(|check| check.subject() == eur().as_str())
    );
    assert_eq!((report.funding().seq, report.usage().seq), (3, 2));
}

/// Whatever is sent twice changes neither a balance nor a chain (I19).
pub async fn everything_twice_changes_nothing<L: Ledger>(ledger: Arc<L>) {
    fund(&*ledger).await;
    let request = redemption(1, [(10, 8_000)], 3_000, [(20, 1_000), (21, 4_000)]);
    ledger.redeem(request.clone()).await.expect("a purchase");
    let before = audit(&*ledger).await;
    ledger
        .create_order(new_order(0, 100_000), time(NOW + 5))
        .await
        .expect("the order");
    ledger
        .settle_order(settlement(0, 100_000))
        .await
        .expect("the settlement");
    let tokens = (0..10).map(|n| (n, 1_000)).chain([(10, 8_000)]);
    ledger.draw(draw(0, 0, tokens)).await.expect("the pouch");
    ledger.redeem(request).await.expect("the purchase");
    assert_eq!(audit(&*ledger).await, before);
}
