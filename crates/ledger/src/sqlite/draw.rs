//! Drawing a pouch.

use super::keysets::Keysets;
use super::{journal, keysets, orders, sql};
use crate::{Draw, DrawError, Drawn, event, rules};
use farthing_core::id::Binding;
use rusqlite::Connection;

pub(super) fn draw(conn: &Connection, draw: &Draw) -> Result<Drawn, DrawError> {
    let order = orders::find(conn, draw.order)?.ok_or(DrawError::Unknown)?;
    let select = "SELECT binding FROM draws WHERE order_id = ?1 AND pouch = ?2";
    let recorded = sql::optional(conn, select, (draw.order.bytes(), draw.pouch), |row| {
        Ok(Binding::new(row.get(0)?))
    })?;
    let (drawn, value, after) = rules::draw(&order, draw, recorded)?;
    if drawn == Drawn::AlreadyDone {
        return Ok(drawn);
    }
    let mut keysets = Keysets::default();
    let reused = keysets::reused(conn, &mut keysets, &draw.elements)?;
    if !reused.is_empty() {
        return Err(DrawError::ElementReused(reused));
    }
    if keysets.has_ended(conn, draw.elements.iter().map(|e| e.keyset))? {
        return Err(DrawError::KeysetEnded);
    }
    keysets::issue(conn, &mut keysets, &draw.elements, order.terms.currency)?;
    let insert = "INSERT INTO draws (order_id, pouch, binding, mix, value, drawn_at) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (key, binding) = (draw.order.bytes(), draw.binding.bytes());
    let (value_micro, now) = (value.signed(), sql::signed(draw.now.get()));
    sql::execute_one(
        conn,
        insert,
        (key, draw.pouch, binding, &draw.mix, value_micro, now),
    )?;
    orders::update(conn, &after)?;
    journal::append(conn, &event::drawn(&order, draw, value)?)?;
    Ok(drawn)
}
