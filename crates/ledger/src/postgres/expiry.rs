//! Dropping answers whose time is over, and archiving the nullifiers of their requests.

use super::broken::{Broken, Trouble};
use super::session::{Params, Session};
use super::{archive, column, ledger_time};
use crate::answer_number::AnswerNumber;
use crate::keyset_number::KeysetNumber;
use crate::{Hour, StoreError, listing};
use farthing_core::id::Nullifier;
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn expire(
    session: &Session,
    hour: Hour,
    limit: usize,
) -> Result<usize, Trouble<StoreError>> {
    session
        .transaction(async |session| Ok(in_transaction(session, hour, limit).await?))
        .await
}

async fn in_transaction(session: &Session, hour: Hour, limit: usize) -> Result<usize, Broken> {
    // Another issuer that does the same waits here, and then finds these gone.
    let select = "SELECT number, lead, inputs FROM answers WHERE number < $1 \
                  ORDER BY number LIMIT $2 FOR UPDATE";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let end = AnswerNumber::end_of(hour);
    let rows = session.rows(select, &[&end, &limit]).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    ledger_time::deleting(session, hour.begins()).await?;
    let mut numbers = Vec::with_capacity(rows.len());
    let mut tokens: BTreeSet<(KeysetNumber, Nullifier)> = BTreeSet::new();
    for row in &rows {
        let lead = Nullifier::new(column::fixed(row, 1)?);
        numbers.push(column::value::<i64>(row, 0)?);
        tokens.extend(column::parsed(row, 2, |bytes: &[u8]| {
            listing::read(lead, bytes)
        })?);
    }
    let moved = unspend(session, &tokens).await?;
    expect_dropped(
        session,
        tokens.difference(&moved).map(|(keyset, _)| *keyset),
    )
    .await?;
    let remove = "DELETE FROM answers WHERE number = ANY ($1::BIGINT[])";
    let removed = session.execute(remove, &[&numbers]).await?;
    if usize::try_from(removed) != Ok(rows.len()) {
        return Err(Broken::Contended("another issuer was first".into()));
    }
    let mut by_keyset: BTreeMap<KeysetNumber, Vec<Nullifier>> = BTreeMap::new();
    for (keyset, nullifier) in moved {
        by_keyset.entry(keyset).or_default().push(nullifier);
    }
    for (keyset, sorted) in by_keyset {
        archive::add(session, keyset, &sorted).await?;
    }
    Ok(rows.len())
}

/// Takes tokens out of the spent table; gives those that were there.
async fn unspend(
    session: &Session,
    tokens: &BTreeSet<(KeysetNumber, Nullifier)>,
) -> Result<BTreeSet<(KeysetNumber, Nullifier)>, Broken> {
    let keysets: Vec<i32> = tokens.iter().map(|(keyset, _)| keyset.get()).collect();
    let nullifiers: Vec<&[u8]> = tokens.iter().map(|(_, n)| n.bytes().as_slice()).collect();
    let remove = "DELETE FROM spent WHERE (keyset, nullifier) IN \
                  (SELECT k.keyset, k.nullifier \
                  FROM unnest($1::INT4[], $2::BYTEA[]) AS k (keyset, nullifier)) \
                  RETURNING keyset, nullifier";
    let params: Params<'_> = &[&keysets, &nullifiers];
    let rows = session.rows(remove, params).await?;
    let read = |row: &tokio_postgres::Row| {
        let keyset = column::parsed(row, 0, KeysetNumber::new)?;
        Ok((keyset, Nullifier::new(column::fixed(row, 1)?)))
    };
    rows.iter().map(read).collect()
}

/// A spent row that an answer lists is only ever missing because it was dropped with its keyset.
async fn expect_dropped(
    session: &Session,
    keysets: impl Iterator<Item = KeysetNumber>,
) -> Result<(), Broken> {
    let keysets: BTreeSet<i32> = keysets.map(KeysetNumber::get).collect();
    if keysets.is_empty() {
        return Ok(());
    }
    let keysets: Vec<i32> = keysets.into_iter().collect();
    let select = "SELECT count(*) FROM keyset_counts \
                  WHERE number = ANY ($1::INT4[]) AND stage = 'key_destroyed'";
    let found: i64 = column::value(&session.one(select, &[&keysets]).await?, 0)?;
    if usize::try_from(found) == Ok(keysets.len()) {
        Ok(())
    } else {
        Err(Broken::inconsistent(
            "a token that an answer lists is not spent",
        ))
    }
}
