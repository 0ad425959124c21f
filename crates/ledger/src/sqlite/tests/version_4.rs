//! A live ledger of version 4, from before freezes stood in the journal, is brought to this one.

use crate::sqlite::SqliteLedger;
use crate::sqlite::schema::MIGRATIONS;
use crate::version_4::{ROWS, goes_on};
use rusqlite::Connection;
use tempfile::TempDir;

#[test]
fn a_ledger_of_version_4_goes_on() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("old.sqlite");
    let conn = Connection::open(&path).unwrap();
    for migration in &MIGRATIONS[..4] {
        conn.execute_batch(migration).unwrap();
    }
    conn.execute_batch("INSERT INTO meta VALUES ('schema_version', '4')")
        .unwrap();
    conn.execute_batch(ROWS).unwrap();
    drop(conn);
    let ledger = SqliteLedger::open(&path).unwrap();
    goes_on(&ledger);
    drop(ledger);
    // What it was made from is gone, and the journal is as closed to changes as one that was made here.
    let conn = Connection::open(&path).unwrap();
    let left = "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%\\_4' ESCAPE '\\'";
    let left: i64 = conn.query_row(left, (), |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    for change in ["UPDATE use_journal SET hour = 1", "DELETE FROM use_journal"] {
        assert!(conn.execute(change, ()).is_err(), "{change}");
    }
}
