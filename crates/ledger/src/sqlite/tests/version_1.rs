//! A live ledger of the first schema is brought to this one, and is the same ledger.

use super::provide;
use crate::conformance::block_on;
use crate::conformance::world::{fund, hour, load, redemption};
use crate::journal::Book;
use crate::sqlite::schema::MIGRATIONS;
use crate::sqlite::{OpenError, SqliteLedger, audit_file};
use crate::sqlite::{journal, sql};
use crate::version_4::without_commitments;
use crate::{Ledger, RedeemError, Redeemed};
use rusqlite::Connection;
use tempfile::TempDir;

/// The rows of a present ledger as the first schema had them.
const ROWS: &str = "
INSERT INTO meta VALUES ('schema_version', '1');
INSERT INTO publishers SELECT * FROM new.publishers;
INSERT INTO orders SELECT order_id, claim_key, binding, currency, quote_id, quote_expiry, value, fee, tax, pocket, disclosure,
  created_at, state, provider, provider_reference, settled, unminted, locked, drawn, deposited, returned, voided, next_pouch
  FROM new.orders;
INSERT INTO draws SELECT * FROM new.draws;
INSERT INTO sales SELECT * FROM new.sales;
INSERT INTO funding_journal SELECT * FROM new.funding_journal;
INSERT INTO funding_balances SELECT * FROM new.funding_balances;
INSERT INTO use_balances SELECT * FROM new.use_balances;
INSERT INTO funding_head SELECT * FROM new.funding_head;
INSERT INTO keyset_counts SELECT keyset, currency, denomination, issued, spent FROM new.keyset_counts;
INSERT INTO issued SELECT c.keyset, i.element_hash
  FROM new.issued i JOIN new.keyset_counts c ON c.number = i.keyset;
INSERT INTO spent SELECT c.keyset, s.nullifier, a.lead, a.binding
  FROM new.spent s JOIN new.keyset_counts c ON c.number = s.keyset
  JOIN new.answers a ON a.number = s.answer;
INSERT INTO answers SELECT lead, binding, 'redeem', 'sealed', number >> 40, sealed FROM new.answers;
";

#[test]
fn a_ledger_of_version_1_goes_on() {
    let (ledger, dir, path) = provide();
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

    let old = dir.path().join("old.sqlite");
    let conn = Connection::open(&old).unwrap();
    conn.execute_batch(MIGRATIONS[0]).unwrap();
    conn.execute("ATTACH ?1 AS new", (path.to_str().unwrap(),))
        .unwrap();
    conn.execute_batch(ROWS).unwrap();
    let mut entries = Vec::new();
    let new = Connection::open(&path).unwrap();
    journal::entries(&new, Book::Use, |_, entry, _| {
        entries.extend(entry.cloned())
    })
    .unwrap();
    let insert = "INSERT INTO use_journal VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    for (seq, entry, head) in without_commitments(entries) {
        let (event, currency) = (entry.event.word(), entry.currency.as_str());
        let postings = entry.postings.to_bytes();
        let row = (
            sql::signed(seq),
            event,
            sql::signed(entry.time),
            currency,
            postings,
            head,
        );
        conn.execute(insert, row).unwrap();
    }
    let last =
        "INSERT INTO use_head SELECT 1, seq, head FROM use_journal ORDER BY seq DESC LIMIT 1";
    conn.execute(last, ()).unwrap();
    drop(conn);
    // Reading it changes nothing; opening it brings it here.
    let refused = audit_file(&old).unwrap_err();
    assert!(
        matches!(refused, OpenError::UnknownSchema { found: 1, .. }),
        "{refused}"
    );

    let ledger = SqliteLedger::open(&old).unwrap();
    assert_eq!(block_on(ledger.audit()).unwrap().checks(), books.checks());
    block_on(async {
        for request in [&first, &second] {
            let answer = Redeemed::Replayed(request.answer.clone());
            assert_eq!(ledger.redeem(request.clone()).await, Ok(answer));
            for input in &request.inputs {
                let answer = ledger.answer(input.keyset, input.nullifier, hour()).await;
                assert_eq!(answer.unwrap().binding, request.binding);
            }
        }
        let twice = redemption(3, [(0, 1_000)], 1_000, []);
        assert_eq!(
            ledger.redeem(twice).await,
            Err(RedeemError::TokenSpent(vec![0]))
        );
        let reused = redemption(4, [(5, 1_000), (6, 1_000)], 1_000, [(20, 1_000)]);
        assert_eq!(
            ledger.redeem(reused).await,
            Err(RedeemError::ElementReused(vec![0]))
        );
        let next = redemption(5, [(20, 1_000), (21, 2_000)], 3_000, []);
        assert_eq!(ledger.redeem(next).await, Ok(Redeemed::Accepted));
        // The lists that the migration made are those by which tokens are found.
        let over = first.answer_expires;
        assert_eq!(ledger.expire_answers(over, 10).await, Ok(3));
        assert_eq!(ledger.redeem(first).await, Err(RedeemError::AnswerExpired));
    });
    let report = block_on(ledger.audit()).unwrap();
    assert_eq!(report.difference(), 0, "{report}");
    drop(ledger);
    drop(dir);
}

#[test]
fn an_empty_ledger_of_version_1_is_brought_here() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("old.sqlite");
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(MIGRATIONS[0]).unwrap();
    conn.execute_batch("INSERT INTO meta VALUES ('schema_version', '1')")
        .unwrap();
    drop(conn);
    let ledger = SqliteLedger::open(&path).unwrap();
    block_on(fund(&ledger));
    assert_eq!(block_on(ledger.audit()).unwrap().difference(), 0);
}
