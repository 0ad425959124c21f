//! Every table is read by the audit: one changed unit of any of them shows, in the check that is meant to see it.

use super::{provide, url};
use crate::audit::tampered::{IN_ANY_STORE, Tampering, shows, written};
use crate::conformance::block_on;
use crate::postgres::audit_database;

const ZERO_16: &str = "decode(repeat('00', 16), 'hex')";
const ZERO_32: &str = "decode(repeat('00', 32), 'hex')";

/// Each statement changes one unit; the audit must see it in each of the named invariants.
const TAMPERINGS: &[Tampering] = &[
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
    (
        "UPDATE answers SET number = number + 1099511627776",
        &["I2"],
    ),
    ("UPDATE archive_pages SET nullifiers = ZERO_32", &["I1"]),
    ("UPDATE archive_pages SET hash = ZERO_32", &["I1"]),
    (
        "UPDATE answers SET inputs = decode('00000001', 'hex')",
        &["I2"],
    ),
    (
        "UPDATE funding_journal SET order_id = ZERO_16 WHERE seq = 2",
        &["I6", "I18"],
    ),
    (
        "UPDATE use_journal SET postings = decode('00', 'hex') WHERE seq = 1",
        &["I7", "tokens", "I18"],
    ),
    (
        "UPDATE use_journal SET head = ZERO_32 WHERE seq = 1",
        &["I18"],
    ),
    ("UPDATE use_journal SET seq = -1 WHERE seq = 1", &["I18"]),
    (
        "UPDATE use_journal SET detail = ZERO_16 WHERE seq = 1",
        &["I18"],
    ),
];

#[test]
fn every_tampering_shows() {
    let (ledger, database) = provide();
    block_on(written(&ledger));
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
    for (sql, invariants) in TAMPERINGS.iter().chain(IN_ANY_STORE) {
        let done = sql.replace("ZERO_16", ZERO_16).replace("ZERO_32", ZERO_32);
        // As whoever owns the database can: foreign keys do not hold them up.
        database.sql(&format!("SET session_replication_role = 'replica'; {done}"));
        let report = audit_database(&url(&database)).unwrap();
        shows(&report, sql, invariants);
        database.sql(&format!(
            "SET session_replication_role = 'replica'; {restore}"
        ));
        assert_eq!(audit_database(&url(&database)).unwrap(), untouched, "{sql}");
    }
}
