//! Drawing a pouch.

use super::broken::Trouble;
use super::keysets::Terms;
use super::session::Session;
use super::{column, journal, keysets, orders, reserved};
use crate::{Draw, DrawError, Drawn, RecordKey, breaker, event, rules};
use farthing_core::id::Binding;

pub(super) async fn draw(session: &Session, draw: &Draw) -> Result<Drawn, Trouble<DrawError>> {
    session
        .transaction(async |session| in_transaction(session, draw).await)
        .await
}

async fn in_transaction(session: &Session, draw: &Draw) -> Result<Drawn, Trouble<DrawError>> {
    let order = orders::lock(session, draw.order).await?;
    let order = order.ok_or(Trouble::Refused(DrawError::Unknown))?;
    let select = "SELECT binding FROM draws WHERE order_id = $1 AND pouch = $2";
    let (key, pouch) = (draw.order.bytes().as_slice(), i64::from(draw.pouch));
    let recorded = session.row(select, &[&key, &pouch]).await?;
    let recorded = recorded
        .map(|row| column::fixed(&row, 0).map(Binding::new))
        .transpose()?;
    let rights_drawn = draw.is_of_rights() && {
        let select = "SELECT pouch FROM draws WHERE order_id = $1 AND mix = $2";
        let mix = draw.mix.as_str();
        session.row(select, &[&key, &mix]).await?.is_some()
    };
    let (drawn, value, after) =
        rules::draw(&order, draw, recorded, rights_drawn).map_err(Trouble::Refused)?;
    if drawn == Drawn::AlreadyDone {
        session.confirm().await?;
        return Ok(drawn);
    }
    let record = RecordKey::pouch(draw.order, draw.pouch);
    let reserved = reserved::of(session, [record]).await?;
    if rules::is_for_another(reserved.values().flatten(), draw.binding) {
        return Err(Trouble::Refused(DrawError::PouchConflict));
    }
    let issued = keysets::issued(session, &draw.elements).await?;
    let is_issued = |index: &usize| {
        let element = draw.elements.get(*index);
        element.is_some_and(|e| issued.contains(&(e.keyset, *e.hash())))
    };
    let reused: Vec<usize> = (0..draw.elements.len()).filter(is_issued).collect();
    if !reused.is_empty() {
        return Err(Trouble::Refused(DrawError::ElementReused(reused)));
    }
    let uses = draw.elements.iter().map(|e| (e.keyset, e.denomination));
    let mut terms = Terms::read(session, uses.clone().map(|(keyset, _)| keyset)).await?;
    if terms.has_ended(uses.clone().map(|(keyset, _)| keyset)) {
        return Err(Trouble::Refused(DrawError::KeysetEnded));
    }
    let agreed = terms.agree(order.tender(), uses);
    agreed.map_err(|error| Trouble::Refused(error.into()))?;

    let used = draw.elements.iter().map(|element| element.keyset);
    let frozen = breaker::frozen_of(used, |keyset| terms.counts(keyset).is_frozen);
    if !frozen.is_empty() {
        return Err(Trouble::Refused(DrawError::KeysetFrozen(frozen)));
    }

    terms.number_new(session).await?;
    keysets::issue(session, &terms, &draw.elements).await?;
    let insert = "INSERT INTO draws (order_id, pouch, binding, mix, value, drawn_at) \
                  VALUES ($1, $2, $3, $4, $5, $6)";
    let (binding, mix) = (draw.binding.bytes().as_slice(), draw.mix.as_str());
    let (micro, now) = (value.signed(), column::signed(draw.now.get()));
    session
        .execute_one(insert, &[&key, &pouch, &binding, &mix, &micro, &now])
        .await?;
    orders::update(session, &after).await?;
    journal::append_funding(session, event::drawn(&order, draw, value)).await?;
    let mut counts = keysets::Counts::default();
    for element in &draw.elements {
        counts.issued(element);
    }
    counts.add(session, &terms).await?;
    Ok(drawn)
}
