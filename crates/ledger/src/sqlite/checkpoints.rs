//! Checkpoints, by number.

use super::sql;
use crate::{AppendCheckpointError, ChainHead, Checkpoint, Heads, StoreError};
use rusqlite::{Connection, Row};

const COLUMNS: &str =
    "n, funding_seq, funding_head, use_seq, use_head, head, head_hash, body, body_hash";

fn read(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        n: sql::unsigned(row, 0)?,
        heads: Heads {
            funding: ChainHead {
                seq: sql::unsigned(row, 1)?,
                head: row.get(2)?,
            },
            usage: ChainHead {
                seq: sql::unsigned(row, 3)?,
                head: row.get(4)?,
            },
        },
        head: row.get(5)?,
        head_hash: row.get(6)?,
        body: row.get(7)?,
        body_hash: row.get(8)?,
    })
}

pub(super) fn append(
    conn: &Connection,
    checkpoint: &Checkpoint,
) -> Result<(), AppendCheckpointError> {
    let expected = newest(conn)?.map_or(0, |newest| newest.n).saturating_add(1);
    if checkpoint.n != expected {
        return Err(AppendCheckpointError::NotNext { expected });
    }
    let insert =
        format!("INSERT INTO checkpoints ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    let Heads { funding, usage } = checkpoint.heads;
    let row = (
        sql::signed(checkpoint.n),
        sql::signed(funding.seq),
        funding.head,
        sql::signed(usage.seq),
        usage.head,
        &checkpoint.head,
        checkpoint.head_hash,
        &checkpoint.body,
        checkpoint.body_hash,
    );
    Ok(sql::execute_one(conn, &insert, row)?)
}

pub(super) fn newest(conn: &Connection) -> Result<Option<Checkpoint>, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM checkpoints ORDER BY n DESC LIMIT 1");
    sql::optional(conn, &select, (), read)
}

pub(super) fn from(conn: &Connection, n: u64, limit: usize) -> Result<Vec<Checkpoint>, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM checkpoints WHERE n >= ?1 ORDER BY n LIMIT ?2");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sql::all(conn, &select, (sql::signed(n), limit), read)
}
