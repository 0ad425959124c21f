//! Redemptions: one transaction over nullifiers, issued elements, journal, counters and stored answers (R32).

use super::answers::Keep;
use super::broken::{Broken, Trouble};
use super::decide::{Accepted, decide};
use super::keysets::Terms;
use super::known::Known;
use super::session::{Params, Session};
use super::{answers, column, journal, keysets};
use crate::journal::Book;
use crate::{Operation, RedeemError, Redeemed, Redemption, listing};
use core::convert::Infallible;
use std::collections::BTreeMap;

/// Decides about a group of purchases and commits what is accepted. The results are in the order of the group.
pub(super) async fn redeem(
    session: &Session,
    group: &[&Redemption],
) -> Result<Vec<Result<Redeemed, RedeemError>>, Broken> {
    let results = session.transaction(async |session| {
        let mut known = Known::read(session, group).await?;
        let decision = decide(&mut known, group);
        if !decision.accepted.is_empty() {
            known.terms.number_new(session).await?;
            write(session, &known.terms, &decision.accepted).await?;
        } else if decision.repeats() {
            session.confirm().await?;
        }
        Ok(decision.results)
    });
    match results.await {
        Ok(results) => Ok(results),
        Err(Trouble::Broken(broken)) => Err(broken),
        Err(Trouble::<Infallible>::Refused(never)) => match never {},
    }
}

/// Rows that a stranger can collide with come first, those that everybody shares last.
async fn write(session: &Session, terms: &Terms, accepted: &[Accepted<'_>]) -> Result<(), Broken> {
    let tokens = accepted.iter().flat_map(|purchase| {
        let expires = purchase.redemption.answer_expires;
        let inputs = purchase.redemption.inputs.iter();
        inputs.map(move |input| (input, purchase.lead, expires))
    });
    keysets::spend(session, terms, tokens).await?;
    let outputs = accepted.iter().flat_map(|p| &p.redemption.outputs);
    keysets::issue(session, terms, outputs).await?;
    let mut kept = Vec::with_capacity(accepted.len());
    for Accepted {
        redemption, lead, ..
    } in accepted
    {
        let mut tokens = Vec::with_capacity(redemption.inputs.len());
        for input in &redemption.inputs {
            tokens.push((terms.number(&input.keyset)?, input.nullifier));
        }
        kept.push(Keep {
            operation: Operation::Redeem,
            binding: redemption.binding,
            lead: *lead,
            inputs: listing::write(tokens),
            expires: redemption.answer_expires,
            answer: &redemption.answer,
        });
    }
    answers::keep(session, &kept).await?;

    let entries: Vec<_> = accepted.iter().map(|purchase| &purchase.entry).collect();
    journal::append(session, Book::Use, &entries).await?;
    sell(session, accepted).await?;
    let mut counts = keysets::Counts::default();
    for Accepted { redemption, .. } in accepted {
        for input in &redemption.inputs {
            counts.spent(input);
        }
        for output in &redemption.outputs {
            counts.issued(output);
        }
    }
    counts.add(session, terms).await
}

/// Counts what was sold, by offer and day.
async fn sell(session: &Session, accepted: &[Accepted<'_>]) -> Result<(), Broken> {
    let mut sums: BTreeMap<_, (i64, i64)> = BTreeMap::new();
    for Accepted { redemption: r, .. } in accepted {
        let key = (&r.publisher, r.offer, r.hour.day(), r.currency);
        let (count, amount) = sums.entry(key).or_default();
        *count = count.saturating_add(1);
        *amount = amount.saturating_add(r.split.amount().signed());
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
