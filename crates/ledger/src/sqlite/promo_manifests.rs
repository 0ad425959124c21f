//! The manifests of publishers' starter tokens: a chain for each publisher.

use super::sql;
use crate::{AppendManifestError, NewManifest, StoreError, StoredManifest};
use farthing_core::id::{BodyHash, HeadHash};
use farthing_core::origin::PublisherId;
use rusqlite::{Connection, Row};

fn read(row: &Row<'_>) -> rusqlite::Result<StoredManifest> {
    Ok(StoredManifest {
        n: sql::unsigned(row, 0)?,
        head: row.get(1)?,
        head_hash: HeadHash::new(row.get(2)?),
        body_hash: BodyHash::new(row.get(3)?),
    })
}

pub(super) fn append(
    conn: &Connection,
    of: &PublisherId,
    manifest: &NewManifest,
) -> Result<(), AppendManifestError> {
    let expected = newest(conn, of)?.map_or(0, |newest| newest.n);
    let expected = expected.saturating_add(1);
    if manifest.n != expected {
        return Err(AppendManifestError::NotNext { expected });
    }
    let insert = "INSERT INTO promo_manifests (publisher, n, head, head_hash, body, body_hash) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = (
        of.as_str(),
        sql::signed(manifest.n),
        &manifest.head,
        manifest.head_hash.bytes(),
        &manifest.body,
        manifest.body_hash.bytes(),
    );
    Ok(sql::execute_one(conn, insert, row)?)
}

pub(super) fn from(
    conn: &Connection,
    of: &PublisherId,
    n: u64,
    limit: usize,
) -> Result<Vec<StoredManifest>, StoreError> {
    let select = "SELECT n, head, head_hash, body_hash FROM promo_manifests \
                  WHERE publisher = ?1 AND n >= ?2 ORDER BY n LIMIT ?3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sql::all(conn, select, (of.as_str(), sql::signed(n), limit), read)
}

pub(super) fn newest(
    conn: &Connection,
    of: &PublisherId,
) -> Result<Option<StoredManifest>, StoreError> {
    let select = "SELECT n, head, head_hash, body_hash FROM promo_manifests \
                  WHERE publisher = ?1 ORDER BY n DESC LIMIT 1";
    sql::optional(conn, select, (of.as_str(),), read)
}
