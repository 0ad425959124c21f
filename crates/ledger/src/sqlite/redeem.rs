//! A redemption: one transaction over nullifiers, issued elements, journal, counters and stored answer (R32).

use super::keysets::Keysets;
use super::{answers, journal, keysets, sql};
use crate::{Operation, RedeemError, Redeemed, Redemption, event, rules};
use rusqlite::Connection;

pub(super) fn redeem(conn: &Connection, redemption: &Redemption) -> Result<Redeemed, RedeemError> {
    let lead = rules::lead(&redemption.inputs)?.nullifier;
    let Redemption {
        binding, currency, ..
    } = *redemption;
    let mut keysets = Keysets::default();
    let stored = answers::stored(
        conn,
        &mut keysets,
        &redemption.inputs,
        binding,
        redemption.hour,
    );
    if let Some(answer) = stored? {
        return Ok(Redeemed::Replayed(answer));
    }
    rules::balance(redemption)?;
    let reused = keysets::reused(conn, &mut keysets, &redemption.outputs)?;
    if !reused.is_empty() {
        return Err(RedeemError::ElementReused(reused));
    }
    let inputs = redemption.inputs.iter().map(|input| input.keyset);
    let outputs = redemption.outputs.iter().map(|output| output.keyset);
    if keysets.has_ended(conn, inputs.chain(outputs))? {
        return Err(RedeemError::KeysetEnded);
    }
    let expires = redemption.answer_expires;
    let tokens = keysets::spend(
        conn,
        &mut keysets,
        &redemption.inputs,
        lead,
        expires,
        currency,
    )?;
    keysets::issue(conn, &mut keysets, &redemption.outputs, currency)?;
    let operation = Operation::Redeem;
    answers::keep(
        conn,
        operation,
        binding,
        &tokens,
        &redemption.answer,
        expires,
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
