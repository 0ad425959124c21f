//! What is special to the SQLite store: its file, its schema, its failures.

mod durability;
mod files;
mod full;
mod migrations;
mod privacy;
mod tampering;
mod version_1;
mod version_4;

use super::SqliteLedger;
use rusqlite::Connection;
use std::path::PathBuf;
use tempfile::TempDir;

fn provide() -> (SqliteLedger, TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("ledger.sqlite");
    (SqliteLedger::open(&path).unwrap(), dir, path)
}

fn columns(conn: &Connection) -> Vec<(String, String)> {
    let mut statement = conn
        .prepare(
            "SELECT t.name, c.name FROM pragma_table_list t, pragma_table_info(t.name) c \
             WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        )
        .unwrap();
    let rows = statement
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}
