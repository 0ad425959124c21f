//! A redemption: one transaction over nullifiers, issued elements, journal, counters and stored answer (R32).

use super::{answers, journal, keysets, sql};
use crate::{Operation, RedeemError, Redeemed, Redemption, event, rules};
use rusqlite::Connection;

pub(super) fn redeem(conn: &Connection, redemption: &Redemption) -> Result<Redeemed, RedeemError> {
    let lead = rules::lead(&redemption.inputs)?.nullifier;
    let Redemption {
        binding, currency, ..
    } = *redemption;
    if let Some(answer) = answers::stored(conn, &redemption.inputs, binding, redemption.hour)? {
        return Ok(Redeemed::Replayed(answer));
    }
    rules::balance(redemption)?;
    let reused = keysets::reused(conn, &redemption.outputs)?;
    if !reused.is_empty() {
        return Err(RedeemError::ElementReused(reused));
    }
    keysets::spend(conn, &redemption.inputs, lead, binding, currency)?;
    keysets::issue(conn, &redemption.outputs, currency)?;

    let keep = "INSERT INTO answers (lead, binding, operation, state, expires_hour, sealed) \
                VALUES (?1, ?2, ?3, 'sealed', ?4, ?5)";
    let operation = Operation::Redeem.word();
    let expires = sql::signed(redemption.answer_expires.number());
    let sealed = redemption.answer.bytes();
    sql::execute_one(
        conn,
        keep,
        (lead.bytes(), binding.bytes(), operation, expires, sealed),
    )?;

    let sell = "INSERT INTO sales (publisher, offer_hash, day, currency, count, amount) \
                VALUES (?1, ?2, ?3, ?4, 1, ?5) \
                ON CONFLICT (publisher, offer_hash, day, currency) DO UPDATE SET \
                count = count + 1, amount = amount + excluded.amount";
    let (publisher, offer) = (redemption.publisher.as_str(), redemption.offer.bytes());
    let (day, amount) = (
        sql::signed(redemption.hour.day()),
        redemption.split.amount().signed(),
    );
    sql::execute_one(
        conn,
        sell,
        (publisher, offer, day, currency.as_str(), amount),
    )?;

    journal::append(conn, &event::redeemed(redemption)?)?;
    Ok(Redeemed::Accepted)
}
