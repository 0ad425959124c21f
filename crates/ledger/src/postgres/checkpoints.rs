//! Checkpoints, by number.

use super::broken::{Broken, Trouble};
use super::column;
use super::session::{Params, Session};
use crate::{AppendCheckpointError, ChainHead, Checkpoint, Heads};
use tokio_postgres::Row;

fn read(row: &Row) -> Result<Checkpoint, Broken> {
    Ok(Checkpoint {
        n: column::unsigned(row, 0)?,
        heads: Heads {
            funding: ChainHead {
                seq: column::unsigned(row, 1)?,
                head: column::fixed(row, 2)?,
            },
            usage: ChainHead {
                seq: column::unsigned(row, 3)?,
                head: column::fixed(row, 4)?,
            },
        },
        head: column::value(row, 5)?,
        head_hash: column::fixed(row, 6)?,
        body: column::value(row, 7)?,
        body_hash: column::fixed(row, 8)?,
    })
}

/// Appends a checkpoint. One that is there with the same hash was appended by a commit whose answer was lost.
pub(super) async fn append(
    session: &Session,
    checkpoint: &Checkpoint,
) -> Result<(), Trouble<AppendCheckpointError>> {
    session
        .transaction(async |session| {
            let newest = newest(session).await?;
            if newest.as_ref().is_some_and(|newest| newest == checkpoint) {
                session.confirm().await?;
                return Ok(());
            }
            let expected = newest.map_or(0, |newest| newest.n).saturating_add(1);
            if checkpoint.n != expected {
                return Err(Trouble::Refused(AppendCheckpointError::NotNext { expected }));
            }
            let insert = "INSERT INTO checkpoints (n, funding_seq, funding_head, use_seq, use_head, head, \
                          head_hash, body, body_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                          ON CONFLICT (n) DO NOTHING";
            let Heads { funding, usage } = checkpoint.heads;
            let params: Params<'_> = &[
                &column::signed(checkpoint.n),
                &column::signed(funding.seq),
                &funding.head.as_slice(),
                &column::signed(usage.seq),
                &usage.head.as_slice(),
                &checkpoint.head,
                &checkpoint.head_hash.as_slice(),
                &checkpoint.body,
                &checkpoint.body_hash.as_slice(),
            ];
            Ok(session.insert(insert, params, 1).await?)
        })
        .await
}

pub(super) async fn newest(session: &Session) -> Result<Option<Checkpoint>, Broken> {
    let select = "SELECT n, funding_seq, funding_head, use_seq, use_head, head, head_hash, body, body_hash \
                  FROM checkpoints ORDER BY n DESC LIMIT 1";
    let row = session.row(select, &[]).await?;
    row.map(|row| read(&row)).transpose()
}

pub(super) async fn from(
    session: &Session,
    n: u64,
    limit: usize,
) -> Result<Vec<Checkpoint>, Broken> {
    let select = "SELECT n, funding_seq, funding_head, use_seq, use_head, head, head_hash, body, body_hash \
                  FROM checkpoints WHERE n >= $1 ORDER BY n LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session.rows(select, &[&column::signed(n), &limit]).await?;
    rows.iter().map(read).collect()
}
