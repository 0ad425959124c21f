//! Redemptions and swaps: one transaction over nullifiers, issued elements, journal, counters and stored answer (R32).

use super::keysets::Keysets;
use super::{answers, frozen, journal, keysets, reserved, sql};
use crate::breaker::{Lost, Stopped};
use crate::spend::{Sale, Spend};
use crate::{Freeze, Redeemed, StoreError, SwapError, breaker, rules};
use rusqlite::Connection;
use std::collections::BTreeSet;

/// What became of a request, and the keysets that it froze.
type Spent = (Result<Redeemed, SwapError>, Vec<Freeze>);

/// Spends. The outer result says whether what was written shall stay: a request that trips the breaker is refused, and
/// the freeze stays.
pub(super) fn spend(conn: &Connection, spend: &Spend) -> Result<Spent, SwapError> {
    rules::lead(spend.inputs())?;
    let (binding, hour) = (spend.binding(), spend.hour());
    let mut keysets = Keysets::default();
    let stored = answers::stored(conn, &mut keysets, spend.inputs(), binding, hour);
    if let Some(answer) = stored? {
        return Ok((Ok(Redeemed::Replayed(answer)), Vec::new()));
    }
    let taken = reserved::for_others(conn, spend)?;
    if !taken.is_empty() {
        return Err(SwapError::TokenSpent(taken));
    }
    rules::balance(spend)?;
    let reused = keysets::reused(conn, &mut keysets, spend.outputs())?;
    if !reused.is_empty() {
        return Err(SwapError::ElementReused(reused));
    }
    if keysets.has_ended(conn, spend.uses().map(|(keyset, _)| keyset))? {
        return Err(SwapError::KeysetEnded);
    }
    match check(conn, &mut keysets, spend)? {
        Ok(lost) => {
            write(conn, &mut keysets, spend, &lost)?;
            Ok((Ok(Redeemed::Accepted), Vec::new()))
        }
        Err(stopped) => {
            let frozen = frozen::trip(conn, spend, &stopped)?;
            Ok((Err(stopped.refusal()), frozen))
        }
    }
}

fn check(
    conn: &Connection,
    keysets: &mut Keysets,
    spend: &Spend,
) -> Result<Result<Lost, Stopped>, StoreError> {
    let counts = frozen::counts(conn, spend.tender(), spend.uses())?;
    let mut issued = BTreeSet::new();
    for element in spend.all_evidence() {
        if keysets::is_issued(conn, keysets, element)? {
            issued.insert(*element);
        }
    }
    Ok(breaker::check(
        spend,
        |keyset| counts.get(keyset).copied().unwrap_or_default(),
        |element| issued.contains(element),
    ))
}

fn write(
    conn: &Connection,
    keysets: &mut Keysets,
    spend: &Spend,
    lost: &Lost,
) -> Result<(), StoreError> {
    let (expires, tender) = (spend.answer_expires(), spend.tender());
    let tokens = keysets::tokens(conn, keysets, spend.inputs(), tender)?;
    let (operation, binding) = (spend.operation(), spend.binding());
    let answer = answers::keep(conn, operation, binding, &tokens, spend.answer(), expires)?;
    keysets::spend(conn, &tokens, answer)?;
    for (keyset, (_, count)) in &lost.0 {
        frozen::lose(conn, *keyset, *count)?;
    }
    keysets::issue(conn, keysets, spend.outputs(), tender)?;
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
