//! Every changed unit shows in the audit of a copy, in the check that is meant to see it.

use super::provide;
use crate::AuditReport;
use crate::audit::tampered::{IN_ANY_STORE, Tampering, shows, written};
use crate::conformance::block_on;
use crate::sqlite::audit_file;
use rusqlite::Connection;
use std::path::PathBuf;
use tempfile::TempDir;

fn books() -> (TempDir, PathBuf) {
    let (ledger, dir, path) = provide();
    block_on(written(&ledger));
    drop(ledger);
    // The last connection to go may be one that only reads, which leaves the log beside the file.
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    drop(conn);
    (dir, path)
}

fn tampered(sql: &str) -> AuditReport {
    let (dir, path) = books();
    assert_eq!(audit_file(&path).unwrap().difference(), 0);
    let copy = dir.path().join("copy.sqlite");
    std::fs::copy(&path, &copy).unwrap();
    let conn = Connection::open(&copy).unwrap();
    conn.execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF")
        .unwrap();
    // Whoever has the file can drop the triggers too.
    conn.execute_batch(
        "DROP TRIGGER funding_journal_is_not_changed; DROP TRIGGER funding_journal_is_not_cut; \
         DROP TRIGGER use_journal_is_not_changed; DROP TRIGGER use_journal_is_not_cut",
    )
    .unwrap();
    let before = conn.total_changes();
    conn.execute_batch(sql).unwrap();
    assert!(conn.total_changes() > before, "{sql} changed nothing");
    drop(conn);
    audit_file(&copy).unwrap()
}

/// Each statement changes one unit; the audit must see it in each of the named invariants.
const TAMPERINGS: &[Tampering] = &[
    (
        "UPDATE orders SET unminted = unminted + 1 WHERE settled > 0",
        &["I5", "I6"],
    ),
    (
        "UPDATE orders SET fee = fee - 1, unminted = unminted + 1 WHERE drawn > 0",
        &["I5", "I6"],
    ),
    (
        "UPDATE keyset_counts SET spent = spent - 1 WHERE denomination = 8000",
        &["I1"],
    ),
    (
        "DELETE FROM issued WHERE element_hash = (SELECT max(element_hash) FROM issued)",
        &["I1", "tokens"],
    ),
    (
        "INSERT INTO issued SELECT number, zeroblob(32) FROM keyset_counts WHERE denomination = 1000; \
         UPDATE keyset_counts SET issued = issued + 1 WHERE denomination = 1000",
        &["tokens", "I5"],
    ),
    (
        "DELETE FROM spent WHERE nullifier = (SELECT max(nullifier) FROM spent)",
        &["I1", "tokens"],
    ),
    (
        "INSERT INTO spent (keyset, nullifier, answer) SELECT keyset, zeroblob(32), answer FROM spent LIMIT 1",
        &["I1", "tokens"],
    ),
    (
        "UPDATE answers SET lead = zeroblob(32) WHERE length(inputs) = 4",
        &["I2"],
    ),
    (
        "DELETE FROM answers WHERE lead = (SELECT max(lead) FROM answers)",
        &["I2"],
    ),
    (
        "INSERT INTO answers (number, lead, binding, operation, inputs, sealed) SELECT number + 1, zeroblob(32), binding, operation, inputs, sealed FROM answers LIMIT 1",
        &["I2"],
    ),
    ("UPDATE answers SET number = number + (1 << 40)", &["I2"]),
    (
        "UPDATE archive_pages SET nullifiers = zeroblob(32)",
        &["I1"],
    ),
    ("UPDATE archive_pages SET hash = zeroblob(32)", &["I1"]),
    ("UPDATE answers SET inputs = x'00000001'", &["I2"]),
    ("DELETE FROM sales WHERE amount = 5000", &["I7"]),
    (
        "UPDATE use_balances SET amount = amount - 1 WHERE account = 'fee_income'",
        &["I18"],
    ),
    (
        "UPDATE funding_journal SET event = 'settle' WHERE seq = 1",
        &["I18"],
    ),
    (
        "UPDATE funding_journal SET order_id = zeroblob(16) WHERE seq = 2",
        &["I6", "I18"],
    ),
    (
        "UPDATE funding_journal SET event = 'redeem' WHERE seq = 2",
        &["I5", "I18"],
    ),
    (
        "UPDATE use_journal SET postings = x'00' WHERE seq = 1",
        &["I7", "tokens", "I18"],
    ),
    // The last byte of the last posting: the tax of the sale, one micro less.
    (
        "UPDATE use_journal SET postings = CAST(substr(postings, 1, length(postings) - 1) || x'9d' AS BLOB) WHERE seq = 1",
        &["I3", "I7", "I18"],
    ),
    (
        "UPDATE use_journal SET head = zeroblob(32) WHERE seq = 1",
        &["I18"],
    ),
    (
        "DELETE FROM use_journal WHERE seq = 1",
        &["I7", "tokens", "I18"],
    ),
    (
        "UPDATE use_journal SET detail = zeroblob(16) WHERE seq = 1",
        &["I18"],
    ),
];

#[test]
fn every_tampering_shows() {
    for (sql, invariants) in TAMPERINGS.iter().chain(IN_ANY_STORE) {
        let report = tampered(sql);
        shows(&report, sql, invariants);
    }
}

#[test]
fn one_micro_is_reported_as_one() {
    let report = tampered("UPDATE sales SET amount = amount + 1 WHERE amount = 5000");
    assert_eq!(report.difference(), 1, "{report}");
    let check = report
        .checks()
        .iter()
        .find(|check| check.difference() > 0)
        .unwrap();
    assert_eq!(check.invariant(), "I7");
    assert_eq!((check.left(), check.right()), (9_001, 9_000));
    assert_eq!(check.offenders(), ["https://paper-1.example"]);
}

#[test]
fn differences_that_cancel_still_show() {
    let report = tampered(
        "UPDATE orders SET unminted = unminted + 1 WHERE drawn > 0 AND unminted > 0 AND promo = ''; \
         UPDATE orders SET unminted = unminted - 1 WHERE drawn = 0",
    );
    assert_eq!(
        report
            .checks()
            .iter()
            .filter(|check| check.difference() == 2)
            .count(),
        2,
        "{report}"
    );
}

#[test]
fn the_journal_cannot_be_changed_by_the_program() {
    let (_dir, path) = books();
    let conn = Connection::open(path).unwrap();
    for sql in [
        "UPDATE funding_journal SET at = 0",
        "DELETE FROM funding_journal",
        "UPDATE use_journal SET hour = 0",
        "DELETE FROM use_journal",
    ] {
        let error = conn.execute(sql, ()).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}
