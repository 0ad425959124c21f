//! Manifests: heads by number, bodies by hash.

use super::sql;
use crate::{AppendManifestError, NewManifest, StoreError, StoredManifest};
use farthing_core::id::{BodyHash, HeadHash};
use rusqlite::{Connection, Row};

const COLUMNS: &str = "n, head, head_hash, body_hash";

fn read(row: &Row<'_>) -> rusqlite::Result<StoredManifest> {
    Ok(StoredManifest {
        n: sql::unsigned(row, 0)?,
        head: row.get(1)?,
        head_hash: HeadHash::new(row.get(2)?),
        body_hash: BodyHash::new(row.get(3)?),
    })
}

pub(super) fn append(conn: &Connection, manifest: &NewManifest) -> Result<(), AppendManifestError> {
    let newest = newest(conn)?.map_or(0, |newest| newest.n);
    let expected = newest.saturating_add(1);
    if manifest.n != expected {
        return Err(AppendManifestError::NotNext { expected });
    }
    let insert =
        "INSERT INTO manifests (n, head, head_hash, body, body_hash) VALUES (?1, ?2, ?3, ?4, ?5)";
    let (head_hash, body_hash) = (manifest.head_hash.bytes(), manifest.body_hash.bytes());
    let n = sql::signed(manifest.n);
    sql::execute_one(
        conn,
        insert,
        (n, &manifest.head, head_hash, &manifest.body, body_hash),
    )?;
    Ok(())
}

pub(super) fn from(
    conn: &Connection,
    n: u64,
    limit: usize,
) -> Result<Vec<StoredManifest>, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM manifests WHERE n >= ?1 ORDER BY n LIMIT ?2");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sql::all(conn, &select, (sql::signed(n), limit), read)
}

pub(super) fn newest(conn: &Connection) -> Result<Option<StoredManifest>, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM manifests ORDER BY n DESC LIMIT 1");
    sql::optional(conn, &select, (), read)
}

pub(super) fn body(conn: &Connection, hash: BodyHash) -> Result<Option<Vec<u8>>, StoreError> {
    let select = "SELECT body FROM manifests WHERE body_hash = ?1 \
                  UNION ALL SELECT body FROM promo_manifests WHERE body_hash = ?1";
    sql::optional(conn, select, (hash.bytes(),), |row| row.get(0))
}
