//! Redemptions and swaps: one transaction over nullifiers, issued elements, journal, counters and stored answers (R32).

use super::answers::Keep;
use super::broken::{Broken, Trouble};
use super::decide::{Accepted, decide};
use super::keysets::Terms;
use super::known::Known;
use super::session::{Params, Session};
use super::{answers, column, frozen, journal, keysets};
use crate::journal::Book;
use crate::spend::Spend;
use crate::{Redeemed, SwapError, listing};
use core::convert::Infallible;
use std::collections::BTreeMap;

/// Decides about a group of operations and commits what is accepted. The results are in the order of the group.
pub(super) async fn spend(
    session: &Session,
    group: &[&Spend],
) -> Result<Vec<Result<Redeemed, SwapError>>, Broken> {
    let results = session.transaction(async |session| {
        let mut known = Known::read(session, group).await?;
        let decision = decide(&mut known, group);
        if !decision.accepted.is_empty() {
            known.terms.number_new(session).await?;
            write(session, &known.terms, &decision.accepted).await?;
        } else if decision.repeats() {
            session.confirm().await?;
        }
        frozen::write(session, &decision.frozen).await?;
        Ok(decision.results)
    });
    match results.await {
        Ok(results) => Ok(results),
        Err(Trouble::Broken(broken)) => Err(broken),
        Err(Trouble::<Infallible>::Refused(never)) => match never {},
    }
}

/// Rows that a stranger can collide with come first, those that everybody shares last.
pub(super) async fn write(
    session: &Session,
    terms: &Terms,
    accepted: &[Accepted<'_>],
) -> Result<(), Broken> {
    let mut kept = Vec::with_capacity(accepted.len());
    for Accepted { spend, lead, .. } in accepted {
        let mut tokens = Vec::with_capacity(spend.inputs().len());
        for input in spend.inputs() {
            tokens.push((terms.number(&input.keyset)?, input.nullifier));
        }
        kept.push(Keep {
            operation: spend.operation(),
            binding: spend.binding(),
            lead: *lead,
            inputs: listing::write(tokens),
            expires: spend.answer_expires(),
            answer: spend.answer(),
        });
    }
    let numbers = answers::keep(session, &kept).await?;
    let tokens = accepted.iter().zip(numbers).flat_map(|(accepted, number)| {
        let inputs = accepted.spend.inputs().iter();
        inputs.map(move |input| (input, number))
    });
    keysets::spend(session, terms, tokens).await?;
    let outputs = accepted.iter().flat_map(|a| a.spend.outputs());
    keysets::issue(session, terms, outputs).await?;

    let entries: Vec<_> = accepted.iter().map(|accepted| &accepted.entry).collect();
    journal::append(session, Book::Use, &entries).await?;
    sell(session, accepted).await?;
    let mut counts = keysets::Counts::default();
    for Accepted { spend, lost, .. } in accepted {
        counts.spend(spend, lost);
    }
    counts.add(session, terms).await
}

/// Counts what was sold, by offer and day.
async fn sell(session: &Session, accepted: &[Accepted<'_>]) -> Result<(), Broken> {
    let mut sums: BTreeMap<_, (i64, i64)> = BTreeMap::new();
    for Accepted { spend, .. } in accepted {
        let Some(sale) = spend.sale() else { continue };
        let key = (
            sale.publisher,
            sale.offer,
            spend.hour().day(),
            spend.currency(),
        );
        let (count, amount) = sums.entry(key).or_default();
        *count = count.saturating_add(1);
        *amount = amount.saturating_add(sale.amount.signed());
    }
    if sums.is_empty() {
        return Ok(());
    }
    let publishers: Vec<&str> = sums.keys().map(|key| key.0.as_str()).collect();
    let offers: Vec<&[u8]> = sums.keys().map(|key| key.1.bytes().as_slice()).collect();
    let days: Vec<i64> = sums.keys().map(|key| column::signed(key.2)).collect();
    let currencies: Vec<&str> = sums.keys().map(|key| key.3.as_str()).collect();
    let counts: Vec<i64> = sums.values().map(|sum| sum.0).collect();
    let amounts: Vec<i64> = sums.values().map(|sum| sum.1).collect();
    let sell = "INSERT INTO sales (publisher, offer_hash, day, currency, count, amount) \
                SELECT s.publisher, s.offer_hash, s.day, s.currency, s.count, s.amount \
                FROM unnest($1::TEXT[], $2::BYTEA[], $3::BIGINT[], $4::TEXT[], $5::BIGINT[], $6::BIGINT[]) \
                AS s (publisher, offer_hash, day, currency, count, amount) \
                ON CONFLICT (publisher, offer_hash, day, currency) DO UPDATE SET \
                count = sales.count + excluded.count, amount = sales.amount + excluded.amount";
    let params: Params<'_> = &[&publishers, &offers, &days, &currencies, &counts, &amounts];
    session.insert(sell, params, sums.len()).await
}
