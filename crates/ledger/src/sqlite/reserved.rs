//! What may be used up only by the requests that did so in a later state of this ledger, which is lost.

use super::sql;
use crate::spend::Spend;
use crate::{RecordKey, Reservation, StoreError, rules};
use farthing_core::id::Binding;
use rusqlite::Connection;

/// Whether it is reserved for others than the request with this binding.
pub(super) fn is_for_another(
    conn: &Connection,
    key: RecordKey,
    binding: Binding,
) -> Result<bool, StoreError> {
    let select = "SELECT binding FROM reserved WHERE record_key = ?1";
    let reserved = sql::all(conn, select, (key.bytes(),), |row| {
        Ok(Binding::new(row.get(0)?))
    })?;
    Ok(rules::is_for_another(&reserved, binding))
}

/// Inputs that only other requests may spend.
pub(super) fn for_others(conn: &Connection, spend: &Spend) -> Result<Vec<usize>, StoreError> {
    let mut taken = Vec::new();
    for (index, input) in spend.inputs().iter().enumerate() {
        if is_for_another(conn, RecordKey::token(&input.nullifier), spend.binding())? {
            taken.push(index);
        }
    }
    Ok(taken)
}

pub(super) fn reserve(conn: &Connection, new: &[Reservation]) -> Result<usize, StoreError> {
    let insert =
        "INSERT INTO reserved (record_key, binding) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let mut count: usize = 0;
    for Reservation { key, binding } in new {
        let inserted = sql::execute(conn, insert, (key.bytes(), binding.bytes()))?;
        count = count.saturating_add(inserted);
    }
    Ok(count)
}
