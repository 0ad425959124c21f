//! Dropping answers whose time is over, and archiving the nullifiers of their requests.

use super::{archive, ledger_time, sql};
use crate::answer_number::AnswerNumber;
use crate::keyset_number::KeysetNumber;
use crate::{Hour, StoreError, listing};
use farthing_core::id::Nullifier;
use rusqlite::Connection;
use std::collections::BTreeMap;

pub(super) fn expire(conn: &Connection, hour: Hour, limit: usize) -> Result<usize, StoreError> {
    let select = "SELECT number, lead, inputs FROM answers WHERE number < ?1 \
                  ORDER BY number LIMIT ?2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let over = sql::all(conn, select, (AnswerNumber::end_of(hour), limit), |row| {
        let lead = Nullifier::new(row.get(1)?);
        let tokens = sql::column(row, 2, |bytes: Vec<u8>| listing::read(lead, &bytes))?;
        Ok((row.get::<_, i64>(0)?, tokens))
    })?;
    if !over.is_empty() {
        ledger_time::deleting(conn, hour.begins())?;
    }
    let mut moved: BTreeMap<KeysetNumber, Vec<Nullifier>> = BTreeMap::new();
    for (number, tokens) in &over {
        for (keyset, nullifier) in tokens {
            let remove = "DELETE FROM spent WHERE keyset = ?1 AND nullifier = ?2";
            let key = (keyset.get(), nullifier.bytes());
            if sql::execute(conn, remove, key)? == 1 {
                moved.entry(*keyset).or_default().push(*nullifier);
            } else {
                expect_dropped(conn, *keyset)?;
            }
        }
        sql::execute_one(conn, "DELETE FROM answers WHERE number = ?1", (number,))?;
    }
    for (keyset, mut nullifiers) in moved {
        nullifiers.sort_unstable();
        archive::add(conn, keyset, &nullifiers)?;
    }
    Ok(over.len())
}

/// A spent row that an answer lists is only ever missing because it was dropped with its keyset.
fn expect_dropped(conn: &Connection, keyset: KeysetNumber) -> Result<(), StoreError> {
    let select = "SELECT 1 FROM keyset_counts WHERE number = ?1 AND stage = 'key_destroyed'";
    match sql::optional(conn, select, (keyset.get(),), |_| Ok(()))? {
        Some(()) => Ok(()),
        None => Err(StoreError::Inconsistent(
            "a token that an answer lists is not spent".into(),
        )),
    }
}
