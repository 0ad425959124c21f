//! What the disk can do: the limit that no ledger on it passes without sharing commits.

use rusqlite::Connection;
use std::path::Path;
use std::time::{Duration, Instant};

/// Commits of one row each per second that SQLite makes durable in a folder, one after the other, as the ledger's writer
/// does it: write-ahead log, `synchronous = FULL`.
///
/// # Panics
/// If nothing can be written there.
#[must_use]
pub fn durable_rows_per_second(folder: &Path, duration: Duration) -> f64 {
    let path = folder.join("disk.sqlite");
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB)",
    )
    .unwrap();
    let mut insert = conn.prepare("INSERT INTO t (b) VALUES (?1)").unwrap();
    let (begun, mut rows) = (Instant::now(), 0_u32);
    while begun.elapsed() < duration {
        insert.execute([[7_u8; 100]]).unwrap();
        rows += 1;
    }
    let rate = f64::from(rows) / begun.elapsed().as_secs_f64();
    drop(insert);
    drop(conn);
    for suffix in ["", "-wal", "-shm"] {
        // The log goes with the last connection.
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    rate
}
