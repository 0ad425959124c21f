//! A live ledger of the first schema is brought to this one, and is the same ledger.

use super::provide;
use crate::conformance::block_on;
use crate::conformance::world::{fund, load, redemption};
use crate::postgres::schema::MIGRATIONS;
use crate::postgres::{DatabaseUrl, PostgresLedger};
use crate::{Ledger, RedeemError, Redeemed};

/// The rows of a present ledger as the first schema had them.
const ROWS: &str = "
INSERT INTO ledger_migrations SELECT * FROM NEW.ledger_migrations WHERE n = 1;
INSERT INTO replication_mark SELECT * FROM NEW.replication_mark;
INSERT INTO publishers SELECT * FROM NEW.publishers;
INSERT INTO orders SELECT * FROM NEW.orders;
INSERT INTO draws SELECT * FROM NEW.draws;
INSERT INTO sales SELECT * FROM NEW.sales;
INSERT INTO funding_journal SELECT * FROM NEW.funding_journal;
INSERT INTO use_journal SELECT * FROM NEW.use_journal;
INSERT INTO funding_balances SELECT * FROM NEW.funding_balances;
INSERT INTO use_balances SELECT * FROM NEW.use_balances;
INSERT INTO funding_head SELECT * FROM NEW.funding_head;
INSERT INTO use_head SELECT * FROM NEW.use_head;
INSERT INTO keyset_counts SELECT keyset, currency, denomination, issued, spent FROM NEW.keyset_counts;
INSERT INTO issued SELECT c.keyset, i.element_hash
  FROM NEW.issued i JOIN NEW.keyset_counts c ON c.number = i.keyset;
INSERT INTO spent SELECT c.keyset, s.nullifier, a.lead, a.binding
  FROM NEW.spent s JOIN NEW.keyset_counts c ON c.number = s.keyset
  JOIN NEW.answers a ON a.expires_hour = s.expires_hour AND a.lead = coalesce(s.lead, s.nullifier);
INSERT INTO answers SELECT lead, binding, operation, state, expires_hour, sealed FROM NEW.answers;
";

#[test]
fn a_ledger_of_version_1_goes_on() {
    let (ledger, database) = provide();
    let change = [(20, 1_000), (21, 2_000)];
    let first = redemption(1, [(0, 1_000), (3, 1_000), (10, 8_000)], 7_000, change);
    let second = redemption(2, [(1, 1_000), (2, 1_000)], 2_000, []);
    block_on(async {
        fund(&ledger).await;
        load(&ledger, 1, 50_000).await;
        ledger.redeem(first.clone()).await.unwrap();
        ledger.redeem(second.clone()).await.unwrap();
    });
    let books = block_on(ledger.audit()).unwrap();
    drop(ledger);
    let new = database.sql("SELECT current_schema()").trim().to_owned();
    let (old, schema) = (format!("{new}_old"), MIGRATIONS[0]);
    let rows = ROWS.replace("NEW.", &format!("{new}."));
    database.sql(&format!(
        "CREATE SCHEMA {old}; SET search_path = {old}; {schema} {rows}"
    ));
    let url = database.url().replace(&new, &old);
    let ledger = PostgresLedger::open(&DatabaseUrl::parse(&url).unwrap()).unwrap();
    assert_eq!(block_on(ledger.audit()).unwrap(), books);
    block_on(async {
        for request in [&first, &second] {
            let answer = Redeemed::Replayed(request.answer.clone());
            assert_eq!(ledger.redeem(request.clone()).await, Ok(answer));
        }
        let twice = redemption(3, [(0, 1_000)], 1_000, []);
        assert_eq!(
            ledger.redeem(twice).await,
            Err(RedeemError::TokenSpent(vec![0]))
        );
        let next = redemption(5, [(20, 1_000), (21, 2_000)], 3_000, []);
        assert_eq!(ledger.redeem(next).await, Ok(Redeemed::Accepted));
        let over = first.answer_expires;
        assert_eq!(ledger.expire_answers(over, 10).await, Ok(3));
        assert_eq!(ledger.redeem(first).await, Err(RedeemError::AnswerExpired));
    });
    let report = block_on(ledger.audit()).unwrap();
    assert_eq!(report.difference(), 0, "{report}");
}
