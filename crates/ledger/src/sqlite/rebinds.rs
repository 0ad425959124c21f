//! Gifts that were bound to another key.

use super::{ledger_time, reserved, sql};
use crate::{Hour, Rebind, RebindError, Rebound, RecordKey, SealedAnswer, StoreError, rebind};
use farthing_core::id::{Binding, GrantId};
use rusqlite::Connection;

pub(super) fn find(
    conn: &Connection,
    grant: GrantId,
    binding: Binding,
) -> Result<Option<SealedAnswer>, RebindError> {
    let select = "SELECT binding, sealed FROM rebinds WHERE grant_id = ?1";
    let found = sql::optional(conn, select, (grant.bytes(),), |row| {
        Ok((Binding::new(row.get(0)?), SealedAnswer::new(row.get(1)?)))
    })?;
    rebind::recorded(found, binding)
}

pub(super) fn rebind(conn: &Connection, new: &Rebind) -> Result<Rebound, RebindError> {
    if let Some(answer) = find(conn, new.grant, new.binding)? {
        return Ok(Rebound::Replayed(answer));
    }
    if reserved::is_for_another(conn, RecordKey::rebind(&new.grant), new.binding)? {
        return Err(RebindError::Rebound);
    }
    record(conn, new)?;
    Ok(Rebound::Done)
}

/// Whether the grant was given up, by whatever request.
pub(super) fn is_recorded(conn: &Connection, grant: GrantId) -> Result<bool, StoreError> {
    let select = "SELECT 1 FROM rebinds WHERE grant_id = ?1";
    let found = sql::optional(conn, select, (grant.bytes(),), |row| row.get::<_, i64>(0))?;
    Ok(found.is_some())
}

/// Records that a grant is given up, which was not before.
pub(super) fn record(conn: &Connection, new: &Rebind) -> Result<(), StoreError> {
    let insert = "INSERT INTO rebinds (grant_id, ends_hour, binding, sealed) \
                  VALUES (?1, ?2, ?3, ?4)";
    let ends = sql::signed(rebind::ends(new.ends).number());
    let (grant, binding) = (new.grant.bytes(), new.binding.bytes());
    sql::execute_one(conn, insert, (grant, ends, binding, new.answer.bytes()))
}

/// Up to `limit` grants that are no longer good, ascending, from the first after that one on.
pub(super) fn revoked(
    conn: &Connection,
    after: Option<GrantId>,
    limit: usize,
) -> Result<Vec<GrantId>, StoreError> {
    let select = "SELECT grant_id FROM rebinds WHERE grant_id > ?1 ORDER BY grant_id LIMIT ?2";
    let after = after.as_ref().map(|id| id.bytes().as_slice());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sql::all(conn, select, (after.unwrap_or_default(), limit), |row| {
        Ok(GrantId::new(row.get(0)?))
    })
}

/// Drops up to `limit` records of grants whose access is over.
pub(super) fn drop_over(conn: &Connection, hour: Hour, limit: usize) -> Result<usize, StoreError> {
    let select = "SELECT grant_id FROM rebinds WHERE ends_hour BETWEEN 1 AND ?1 LIMIT ?2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let over: Vec<[u8; 16]> = sql::all(conn, select, (sql::signed(hour.number()), limit), |row| {
        row.get(0)
    })?;
    if !over.is_empty() {
        ledger_time::deleting(conn, hour.begins())?;
    }
    for grant in &over {
        sql::execute_one(conn, "DELETE FROM rebinds WHERE grant_id = ?1", (grant,))?;
    }
    Ok(over.len())
}
