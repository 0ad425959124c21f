//! Redemptions and swaps: one transaction over nullifiers, issued elements, journal, counters and stored answer (R32).

use super::{answers, frozen, journal, keysets, sql};
use crate::breaker::{Lost, Stopped};
use crate::spend::{Sale, Spend};
use crate::{Redeemed, StoreError, SwapError, breaker, rules};
use farthing_core::id::Nullifier;
use rusqlite::Connection;
use std::collections::BTreeSet;

/// Spends. The outer result says whether what was written shall stay: a request that trips the breaker is refused, and
/// the freeze stays.
pub(super) fn spend(
    conn: &Connection,
    spend: &Spend,
) -> Result<Result<Redeemed, SwapError>, SwapError> {
    let lead = rules::lead(spend.inputs())?.nullifier;
    let (binding, hour) = (spend.binding(), spend.hour());
    if let Some(answer) = answers::stored(conn, spend.inputs(), binding, hour)? {
        return Ok(Ok(Redeemed::Replayed(answer)));
    }
    rules::balance(spend)?;
    let reused = keysets::reused(conn, spend.outputs())?;
    if !reused.is_empty() {
        return Err(SwapError::ElementReused(reused));
    }
    match check(conn, spend)? {
        Ok(lost) => {
            write(conn, spend, lead, &lost)?;
            Ok(Ok(Redeemed::Accepted))
        }
        Err(stopped) => {
            frozen::trip(conn, spend, &stopped)?;
            Ok(Err(stopped.refusal()))
        }
    }
}

fn check(conn: &Connection, spend: &Spend) -> Result<Result<Lost, Stopped>, StoreError> {
    let counts = frozen::counts(conn, spend.currency(), spend.uses())?;
    let mut issued = BTreeSet::new();
    for element in spend.all_evidence() {
        if keysets::is_issued(conn, element)? {
            issued.insert(*element);
        }
    }
    Ok(breaker::check(
        spend,
        |keyset| counts.get(keyset).copied().unwrap_or_default(),
        |element| issued.contains(element),
    ))
}

fn write(conn: &Connection, spend: &Spend, lead: Nullifier, lost: &Lost) -> Result<(), StoreError> {
    let (binding, currency) = (spend.binding(), spend.currency());
    keysets::spend(conn, spend.inputs(), lead, binding, currency)?;
    for (keyset, (_, count)) in &lost.0 {
        frozen::lose(conn, *keyset, *count)?;
    }
    keysets::issue(conn, spend.outputs(), currency)?;

    let keep = "INSERT INTO answers (lead, binding, operation, state, expires_hour, sealed) \
                VALUES (?1, ?2, ?3, 'sealed', ?4, ?5)";
    let operation = spend.operation().word();
    let expires = sql::signed(spend.answer_expires().number());
    let sealed = spend.answer().bytes();
    sql::execute_one(
        conn,
        keep,
        (lead.bytes(), binding.bytes(), operation, expires, sealed),
    )?;
    if let Some(sale) = spend.sale() {
        sell(conn, spend, &sale)?;
    }
    journal::append(conn, &spend.entry(lost.value()?)?)
}

fn sell(conn: &Connection, spend: &Spend, sale: &Sale<'_>) -> Result<(), StoreError> {
    let sell = "INSERT INTO sales (publisher, offer_hash, day, currency, count, amount) \
                VALUES (?1, ?2, ?3, ?4, 1, ?5) \
                ON CONFLICT (publisher, offer_hash, day, currency) DO UPDATE SET \
                count = count + 1, amount = amount + excluded.amount";
    let (publisher, offer) = (sale.publisher.as_str(), sale.offer.bytes());
    let (day, amount) = (sql::signed(spend.hour().day()), sale.amount.signed());
    let currency = spend.currency();
    sql::execute_one(
        conn,
        sell,
        (publisher, offer, day, currency.as_str(), amount),
    )
}
