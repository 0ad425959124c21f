//! Starter value, publisher by publisher: it has accounts of its own, and they agree with the tables as those of money do.

use super::AuditCheck;
use super::auditor::Auditor;
use super::tally::Tally;
use crate::Account;
use farthing_core::money::Currency;
use farthing_core::origin::PublisherId;
use std::collections::{BTreeMap, BTreeSet};

/// What the tables say of one publisher's starter value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PromoTables {
    /// Given by orders.
    pub(super) given: i128,
    pub(super) unminted: i128,
    /// Σ denomination × (issued − spent + lost) over its keysets that have not ended.
    pub(super) in_circulation: i128,
    /// The same over those that have.
    pub(super) lapsed: i128,
    /// Σ denomination × lost.
    pub(super) lost: i128,
}

/// I13: each publisher's starter value, by its accounts and by the tables. What is owed to publishers is no part of it.
pub(super) fn checks(auditor: &Auditor) -> Vec<AuditCheck> {
    let mut tallies: BTreeMap<Currency, [Tally; 6]> = BTreeMap::new();
    for (currency, of) in publishers(auditor) {
        let tables = auditor
            .promo
            .get(&(currency, of.clone()))
            .copied()
            .unwrap_or_default();
        let funding = |account: fn(PublisherId) -> Account| {
            auditor.funding.balance(currency, &account(of.clone()))
        };
        let usage = |account: fn(PublisherId) -> Account| {
            auditor.usage.balance(currency, &account(of.clone()))
        };
        // Credits are negative in the books; here they are amounts.
        let given = funding(Account::PromoGiven);
        let unminted = funding(Account::PromoUnminted).saturating_neg();
        let drawn = funding(Account::PromoTokens).saturating_neg();
        let tokens = drawn.saturating_sub(usage(Account::PromoTokens));
        let used = usage(Account::PromoUsed).saturating_neg();
        let lapsed = usage(Account::PromoLapsed).saturating_neg();
        let lost = usage(Account::PromoLost);
        let left = tables.unminted.saturating_add(tables.in_circulation);
        let gone = used.saturating_add(lapsed);
        let sides = [
            (given.saturating_add(lost), left.saturating_add(gone)),
            (given, tables.given),
            (unminted, tables.unminted),
            (tokens, tables.in_circulation),
            (lapsed, tables.lapsed),
            (lost, tables.lost),
        ];
        let tallies = tallies.entry(currency).or_default();
        for (tally, (left, right)) in tallies.iter_mut().zip(sides) {
            tally.compare(|| of.as_str().to_owned(), left, right);
        }
    }
    let statements = [
        "promo given + promo lost = unminted + tokens + used + lapsed, publisher by publisher",
        "promo given = given by orders, publisher by publisher",
        "promo unminted = unminted by orders, publisher by publisher",
        "promo tokens = denominations x (issued - spent + lost), publisher by publisher",
        "promo lapsed = denominations x (issued - spent + lost) of keysets that ended, publisher by publisher",
        "promo lost = denominations x lost, publisher by publisher",
    ];
    let mut checks = Vec::new();
    for (currency, tallies) in tallies {
        for (tally, statement) in tallies.into_iter().zip(statements) {
            checks.push(tally.check("I13", statement, currency.as_str()));
        }
    }
    checks
}

/// Every publisher with starter value in a table or in an account.
fn publishers(auditor: &Auditor) -> BTreeSet<(Currency, PublisherId)> {
    let mut found: BTreeSet<_> = auditor.promo.keys().cloned().collect();
    for (currency, account) in auditor
        .funding
        .balances
        .keys()
        .chain(auditor.usage.balances.keys())
    {
        if let Some(
            Account::PromoGiven(of)
            | Account::PromoLapsed(of)
            | Account::PromoLost(of)
            | Account::PromoTokens(of)
            | Account::PromoUnminted(of)
            | Account::PromoUsed(of),
        ) = Account::parse(account)
        {
            found.insert((*currency, of));
        }
    }
    found
}
