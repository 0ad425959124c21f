//! The end of a keyset: nothing of it is accepted, then its rows are dropped.

use super::keysets::{self, Keysets};
use super::{journal, ledger_time, sql};
use crate::archive::PAGE;
use crate::keyset_end::Stage;
use crate::{
    DropRowsError, EndKeysetError, EndedKeyset, KeyDestroyedError, KeysetEnd, StoreError,
    Transition, event, rules,
};
use farthing_core::id::KeysetId;
use rusqlite::Connection;

pub(super) fn end(conn: &Connection, end: &KeysetEnd) -> Result<Transition, EndKeysetError> {
    let mut keysets = Keysets::default();
    let number = keysets.number(conn, end.keyset, end.tender(), end.denomination)?;
    if keysets.has_ended(conn, [end.keyset])? {
        return Ok(Transition::AlreadyDone);
    }
    let select = "SELECT issued + lost, spent FROM keyset_counts WHERE number = ?1";
    let (issued, spent) = sql::row(conn, select, (number.get(),), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let outstanding = rules::outstanding(end.denomination, issued, spent)?;
    journal::append(conn, &event::expired(end, outstanding)?)?;
    let set = "UPDATE keyset_counts SET stage = 'ended' WHERE number = ?1";
    sql::execute_one(conn, set, (number.get(),))?;
    ledger_time::deleting(conn, end.hour.begins())?;
    Ok(Transition::Done)
}

pub(super) fn key_destroyed(
    conn: &Connection,
    keyset: KeysetId,
) -> Result<Transition, KeyDestroyedError> {
    let known = keysets::find(conn, keyset)?.ok_or(KeyDestroyedError::NotEnded)?;
    match known.stage {
        Stage::Live => Err(KeyDestroyedError::NotEnded),
        Stage::KeyDestroyed => Ok(Transition::AlreadyDone),
        Stage::Ended => {
            let set = "UPDATE keyset_counts SET stage = 'key_destroyed' WHERE number = ?1";
            sql::execute_one(conn, set, (known.number.get(),))?;
            Ok(Transition::Done)
        }
    }
}

pub(super) fn drop_rows(
    conn: &Connection,
    keyset: KeysetId,
    limit: usize,
) -> Result<usize, DropRowsError> {
    let known = keysets::find(conn, keyset)?;
    let known = known.filter(|known| known.stage == Stage::KeyDestroyed);
    let number = known.ok_or(DropRowsError::KeyNotDestroyed)?.number.get();
    let remove = "DELETE FROM spent WHERE keyset = ?1 AND nullifier IN \
                  (SELECT nullifier FROM spent WHERE keyset = ?1 LIMIT ?2)";
    let spent = sql::execute(conn, remove, (number, signed(limit)))?;
    let left = limit.saturating_sub(spent);
    let remove = "DELETE FROM issued WHERE keyset = ?1 AND element_hash IN \
                  (SELECT element_hash FROM issued WHERE keyset = ?1 LIMIT ?2)";
    let issued = sql::execute(conn, remove, (number, signed(left)))?;
    let pages = left.saturating_sub(issued).div_ceil(PAGE);
    let archived = drop_pages(conn, number, pages)?;
    let dropped = spent.saturating_add(archived);
    let count = "UPDATE keyset_counts SET archived = archived - ?2, \
                 spent_dropped = spent_dropped + ?3, issued_dropped = issued_dropped + ?4 \
                 WHERE number = ?1";
    let counts = (number, signed(archived), signed(dropped), signed(issued));
    sql::execute_one(conn, count, counts)?;
    Ok(dropped.saturating_add(issued))
}

/// Drops whole pages; gives how many nullifiers were in them.
fn drop_pages(conn: &Connection, number: i32, pages: usize) -> Result<usize, StoreError> {
    let select = "SELECT first, length(nullifiers) / 32 FROM archive_pages \
                  WHERE keyset = ?1 ORDER BY first LIMIT ?2";
    let pages: Vec<([u8; 32], u64)> = sql::all(conn, select, (number, signed(pages)), |row| {
        Ok((row.get(0)?, sql::unsigned(row, 1)?))
    })?;
    let remove = "DELETE FROM archive_pages WHERE keyset = ?1 AND first = ?2";
    for (first, _) in &pages {
        sql::execute_one(conn, remove, (number, first))?;
    }
    let sizes = pages.iter().map(|(_, size)| *size);
    let sum = sizes.fold(0, u64::saturating_add);
    Ok(usize::try_from(sum).unwrap_or(usize::MAX))
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn ended(conn: &Connection) -> Result<Vec<EndedKeyset>, StoreError> {
    let select = "SELECT keyset, stage = 'key_destroyed', \
                  issued - issued_dropped + spent - spent_dropped \
                  FROM keyset_counts WHERE stage <> 'live' ORDER BY keyset";
    sql::all(conn, select, (), |row| {
        Ok(EndedKeyset {
            keyset: KeysetId::new(row.get(0)?),
            key_destroyed: row.get(1)?,
            rows: sql::unsigned(row, 2)?,
        })
    })
}
