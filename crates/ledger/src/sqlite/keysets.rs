//! Per keyset: what was issued, what was spent, and the counts of both.

use super::sql;
use crate::{Element, Input, StoreError};
use farthing_core::id::{Binding, KeysetId, Nullifier};
use farthing_core::money::{Currency, Micro};
use rusqlite::Connection;

/// Whether an element was evaluated before.
pub(super) fn is_issued(conn: &Connection, element: &Element) -> Result<bool, StoreError> {
    let select = "SELECT 1 FROM issued WHERE keyset = ?1 AND element_hash = ?2";
    let key = (element.keyset.bytes(), element.hash());
    Ok(sql::optional(conn, select, key, |_| Ok(()))?.is_some())
}

/// Which of the elements were evaluated before.
pub(super) fn reused(conn: &Connection, elements: &[Element]) -> Result<Vec<usize>, StoreError> {
    let mut reused = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        if is_issued(conn, element)? {
            reused.push(index);
        }
    }
    Ok(reused)
}

/// Marks elements as evaluated. The primary key refuses one that is there already.
pub(super) fn issue(
    conn: &Connection,
    elements: &[Element],
    currency: Currency,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO issued (keyset, element_hash) VALUES (?1, ?2)";
    for element in elements {
        sql::execute_one(conn, insert, (element.keyset.bytes(), element.hash()))?;
        count(conn, element.keyset, currency, element.denomination, 1, 0)?;
    }
    Ok(())
}

/// Marks tokens as spent. The primary key refuses one that is there already.
pub(super) fn spend(
    conn: &Connection,
    inputs: &[Input],
    lead: Nullifier,
    binding: Binding,
    currency: Currency,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO spent (keyset, nullifier, lead, binding) VALUES (?1, ?2, ?3, ?4)";
    for input in inputs {
        let (keyset, nullifier) = (input.keyset.bytes(), input.nullifier.bytes());
        sql::execute_one(
            conn,
            insert,
            (keyset, nullifier, lead.bytes(), binding.bytes()),
        )?;
        count(conn, input.keyset, currency, input.denomination, 0, 1)?;
    }
    Ok(())
}

/// Counts, if the keyset has these terms or none yet.
pub(super) fn count(
    conn: &Connection,
    keyset: KeysetId,
    currency: Currency,
    denomination: Micro,
    issued: i64,
    spent: i64,
) -> Result<(), StoreError> {
    let count = "INSERT INTO keyset_counts (keyset, currency, denomination, issued, spent) \
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (keyset) DO UPDATE SET \
                 issued = issued + excluded.issued, spent = spent + excluded.spent \
                 WHERE currency = excluded.currency AND denomination = excluded.denomination";
    let values = (
        keyset.bytes(),
        currency.as_str(),
        denomination.signed(),
        issued,
        spent,
    );
    match sql::execute(conn, count, values)? {
        1 => Ok(()),
        _ => Err(StoreError::Inconsistent("a keyset has other terms".into())),
    }
}
