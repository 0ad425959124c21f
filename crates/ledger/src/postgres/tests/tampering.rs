//! Every table is read by the audit: one changed unit of any of them shows, in the check that is meant to see it.

use super::{provide, url};
use crate::Ledger;
use crate::conformance::block_on;
use crate::conformance::world::{eur, fund, hour, keyset, load, micro, redemption};
use crate::postgres::audit_database;

const ZERO_16: &str = "decode(repeat('00', 16), 'hex')";
const ZERO_32: &str = "decode(repeat('00', 32), 'hex')";

/// Each statement changes one unit; the audit must see it in each of the named invariants.
const TAMPERINGS: &[(&str, &[&str])] = &[
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
        "DELETE FROM issued WHERE element_hash = (SELECT element_hash FROM issued ORDER BY 1 LIMIT 1)",
        &["I1", "tokens"],
    ),
    (
        "DELETE FROM spent WHERE nullifier = (SELECT nullifier FROM spent ORDER BY 1 LIMIT 1)",
        &["I1", "tokens"],
    ),
    (
        "INSERT INTO spent (keyset, nullifier, answer) SELECT keyset, ZERO_32, answer FROM spent LIMIT 1",
        &["I1", "tokens"],
    ),
    (
        "INSERT INTO spent (keyset, nullifier, answer) SELECT 99, nullifier, answer FROM spent LIMIT 1",
        &["I1", "I2"],
    ),
    (
        "UPDATE answers SET lead = ZERO_32 WHERE length(inputs) = 4",
        &["I2"],
    ),
    (
        "DELETE FROM answers WHERE lead = (SELECT lead FROM answers ORDER BY 1 LIMIT 1)",
        &["I2"],
    ),
    (
        "INSERT INTO answers (number, lead, binding, operation, inputs, sealed) SELECT number + 1, ZERO_32, binding, operation, inputs, sealed FROM answers LIMIT 1",
        &["I2"],
    ),
    ("UPDATE spent SET answer = answer + 1", &["I2"]),
    (
        "UPDATE answers SET number = number + 1099511627776",
        &["I2"],
    ),
    (
        "DELETE FROM keyset_counts WHERE denomination = 8000",
        &["I1"],
    ),
    ("UPDATE archive_pages SET nullifiers = ZERO_32", &["I1"]),
    ("UPDATE archive_pages SET hash = ZERO_32", &["I1"]),
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
        "UPDATE answers SET inputs = decode('00000001', 'hex')",
        &["I2"],
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
        "UPDATE funding_journal SET order_id = ZERO_16 WHERE seq = 2",
        &["I6", "I18"],
    ),
    (
        "UPDATE use_journal SET hour = hour + 1 WHERE seq = 2",
        &["I18"],
    ),
    (
        "UPDATE use_journal SET postings = decode('00', 'hex') WHERE seq = 1",
        &["I7", "tokens", "I18"],
    ),
    (
        "UPDATE use_journal SET head = ZERO_32 WHERE seq = 1",
        &["I18"],
    ),
    (
        "DELETE FROM use_journal WHERE seq = 2",
        &["I7", "tokens", "I18"],
    ),
    ("UPDATE use_journal SET seq = 9 WHERE seq = 2", &["I18"]),
    ("UPDATE use_journal SET seq = -1 WHERE seq = 1", &["I18"]),
    ("DELETE FROM funding_head", &["I18"]),
    ("UPDATE use_head SET seq = seq + 1", &["I18"]),
    (
        "UPDATE use_journal SET detail = ZERO_16 WHERE seq = 1",
        &["I18"],
    ),
    (
        "UPDATE use_journal SET detail = NULL WHERE seq = 2",
        &["I18"],
    ),
    ("UPDATE use_journal SET event = 4 WHERE seq = 1", &["I18"]),
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
    ("DELETE FROM use_journal WHERE event = 2", &["I18", "I20"]),
    (
        "UPDATE use_journal SET event = 5 WHERE event = 2",
        &["I18", "I20"],
    ),
];

#[test]
fn every_tampering_shows() {
    let (ledger, database) = provide();
    block_on(fund(&ledger));
    block_on(load(&ledger, 1, 50_000));
    let change = [(20, 1_000), (21, 2_000)];
    block_on(ledger.redeem(redemption(1, [(10, 8_000)], 5_000, change))).unwrap();
    block_on(ledger.redeem(redemption(2, [(0, 1_000), (1, 1_000)], 2_000, []))).unwrap();
    // One whose answer is gone, and a keyset that has ended.
    let old = crate::Redemption {
        answer_expires: hour(),
        ..redemption(3, [(2, 1_000)], 1_000, [])
    };
    block_on(ledger.redeem(old)).unwrap();
    assert_eq!(block_on(ledger.expire_answers(hour(), 1)), Ok(1));
    let end = crate::KeysetEnd {
        keyset: keyset(2_000),
        currency: eur(),
        denomination: micro(2_000),
        hour: hour(),
    };
    block_on(ledger.end_keyset(end)).unwrap();
    let freeze = crate::Freeze {
        keyset: keyset(8_000),
        currency: eur(),
        denomination: micro(8_000),
        hour: hour(),
        reason: "a drill".into(),
    };
    block_on(ledger.freeze(freeze)).unwrap();
    drop(ledger);
    let untouched = audit_database(&url(&database)).unwrap();
    assert_eq!(untouched.difference(), 0);

    // What was tampered with is put back table by table from a copy.
    let tables =
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()";
    let tables: Vec<String> = database.sql(tables).lines().map(str::to_owned).collect();
    let copy: String = tables
        .iter()
        .map(|table| format!("CREATE TABLE copies.{table} AS SELECT * FROM {table};"))
        .collect();
    database.sql(&format!("CREATE SCHEMA copies; {copy}"));
    let restore: String = tables
        .iter()
        .map(|table| {
            format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM copies.{table};")
        })
        .collect();
    for (sql, invariants) in TAMPERINGS {
        let done = sql.replace("ZERO_16", ZERO_16).replace("ZERO_32", ZERO_32);
        // As whoever owns the database can: foreign keys do not hold them up.
        database.sql(&format!("SET session_replication_role = 'replica'; {done}"));
        let report = audit_database(&url(&database)).unwrap();
        assert_ne!(report.difference(), 0, "unseen: {sql}");
        for invariant in *invariants {
            let seen = report
                .checks()
                .iter()
                .any(|check| check.invariant() == *invariant && check.difference() > 0);
            assert!(seen, "{invariant} does not see: {sql}\n{report}");
        }
        database.sql(&format!(
            "SET session_replication_role = 'replica'; {restore}"
        ));
        assert_eq!(audit_database(&url(&database)).unwrap(), untouched, "{sql}");
    }
}
