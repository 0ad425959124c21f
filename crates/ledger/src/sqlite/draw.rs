//! Drawing a pouch.

use super::keysets::Keysets;
use super::{frozen, journal, keysets, orders, reserved, sql};
use crate::{Draw, DrawError, Drawn, RecordKey, breaker, event, rules};
use farthing_core::id::Binding;
use rusqlite::Connection;

pub(super) fn draw(conn: &Connection, draw: &Draw) -> Result<Drawn, DrawError> {
    let order = orders::find(conn, draw.order)?.ok_or(DrawError::Unknown)?;
    let select = "SELECT binding FROM draws WHERE order_id = ?1 AND pouch = ?2";
    let recorded = sql::optional(conn, select, (draw.order.bytes(), draw.pouch), |row| {
        Ok(Binding::new(row.get(0)?))
    })?;
    let rights_drawn = draw.is_of_rights() && {
        let select = "SELECT pouch FROM draws WHERE order_id = ?1 AND mix = ?2";
        let of = (draw.order.bytes(), &draw.mix);
        sql::optional(conn, select, of, |row| row.get::<_, i64>(0))?.is_some()
    };
    let (drawn, value, after) = rules::draw(&order, draw, recorded, rights_drawn)?;
    if drawn == Drawn::AlreadyDone {
        return Ok(drawn);
    }
    let key = RecordKey::pouch(draw.order, draw.pouch);
    if reserved::is_for_another(conn, key, draw.binding)? {
        return Err(DrawError::PouchConflict);
    }
    let mut keysets = Keysets::default();
    let reused = keysets::reused(conn, &mut keysets, &draw.elements)?;
    if !reused.is_empty() {
        return Err(DrawError::ElementReused(reused));
    }
    if keysets.has_ended(conn, draw.elements.iter().map(|e| e.keyset))? {
        return Err(DrawError::KeysetEnded);
    }
    let uses = draw.elements.iter().map(|e| (e.keyset, e.denomination));
    let counts = frozen::counts(conn, order.tender(), uses.clone())?;
    let frozen = breaker::frozen_of(uses.map(|(keyset, _)| keyset), |id| {
        counts.get(id).is_some_and(|counts| counts.is_frozen)
    });
    if !frozen.is_empty() {
        return Err(DrawError::KeysetFrozen(frozen));
    }
    keysets::issue(conn, &mut keysets, &draw.elements, order.tender())?;
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
