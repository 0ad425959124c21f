//! A live ledger of the first schema is brought to this one, and is the same ledger.

use super::provide;
use crate::conformance::block_on;
use crate::conformance::world::{eur, fund, load, redemption};
use crate::journal::{Entry, Event};
use crate::postgres::schema::MIGRATIONS;
use crate::postgres::{DatabaseUrl, PostgresLedger};
use crate::version_4::without_commitments;
use crate::{Ledger, RedeemError, Redeemed, stored_postings};
use farthing_testkit::postgres::Database;

/// The rows of a present ledger as the first schema had them.
const ROWS: &str = "
INSERT INTO ledger_migrations SELECT * FROM NEW.ledger_migrations WHERE n = 1;
INSERT INTO replication_mark SELECT * FROM NEW.replication_mark;
INSERT INTO publishers SELECT * FROM NEW.publishers;
INSERT INTO orders SELECT order_id, claim_key, binding, currency, quote_id, quote_expiry, value, fee, tax, pocket, disclosure,
  created_at, state, provider, provider_reference, settled, unminted, locked, drawn, deposited, returned, voided, next_pouch
  FROM NEW.orders;
INSERT INTO draws SELECT * FROM NEW.draws;
INSERT INTO sales SELECT * FROM NEW.sales;
INSERT INTO funding_journal SELECT * FROM NEW.funding_journal;
INSERT INTO funding_balances SELECT * FROM NEW.funding_balances;
INSERT INTO use_balances SELECT * FROM NEW.use_balances;
INSERT INTO funding_head SELECT * FROM NEW.funding_head;
INSERT INTO keyset_counts SELECT keyset, currency, denomination, issued, spent FROM NEW.keyset_counts;
INSERT INTO issued SELECT c.keyset, i.element_hash
  FROM NEW.issued i JOIN NEW.keyset_counts c ON c.number = i.keyset;
INSERT INTO spent SELECT c.keyset, s.nullifier, a.lead, a.binding
  FROM NEW.spent s JOIN NEW.keyset_counts c ON c.number = s.keyset
  JOIN NEW.answers a ON a.number = s.answer;
INSERT INTO answers SELECT lead, binding, 'redeem', 'sealed', number >> 40, sealed FROM NEW.answers;
";

/// The present ledger's use journal, as the first schema had it.
fn journal_of_version_1(database: &Database) -> String {
    let rows = "SELECT encode(postings, 'hex'), hour FROM use_journal ORDER BY seq";
    let entries = database.sql(rows);
    let entries = entries.lines().map(|line| {
        let (postings, hour) = line.split_once('|').unwrap();
        let postings = from_hex(postings);
        Entry {
            event: Event::Redeem,
            time: hour.trim().parse().unwrap(),
            currency: eur(),
            order: None,
            detail: Vec::new(),
            postings: stored_postings::read(&postings).unwrap(),
        }
    });
    let mut sql = String::new();
    for (seq, entry, head) in without_commitments(entries.collect()) {
        let (postings, head) = (to_hex(&entry.postings.to_bytes()), to_hex(&head));
        let time = entry.time;
        sql.push_str(&format!(
            "INSERT INTO use_journal VALUES \
             ({seq}, 'redeem', {time}, 'EUR', '\\x{postings}', '\\x{head}');"
        ));
    }
    sql + "INSERT INTO use_head SELECT 1, seq, head FROM use_journal ORDER BY seq DESC LIMIT 1;"
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(byte).collect()
}

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
    let journal = journal_of_version_1(&database);
    let new = database.sql("SELECT current_schema()").trim().to_owned();
    let (old, schema) = (format!("{new}_old"), MIGRATIONS[0]);
    let rows = ROWS.replace("NEW.", &format!("{new}."));
    database.sql(&format!(
        "CREATE SCHEMA {old}; SET search_path = {old}; {schema} {rows} {journal}"
    ));
    let url = database.url().replace(&new, &old);
    let url = DatabaseUrl::parse(&url).unwrap();
    // Two issuers that start at once bring it here once.
    let ledgers = std::thread::scope(|scope| {
        let open = || PostgresLedger::open(&url).unwrap();
        let both = [scope.spawn(open), scope.spawn(open)];
        both.map(|one| one.join().unwrap())
    });
    let [ledger, _other] = ledgers;
    assert_eq!(block_on(ledger.audit()).unwrap().checks(), books.checks());
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
