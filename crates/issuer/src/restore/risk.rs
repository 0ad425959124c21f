//! What a ledger does not know any more.

use super::Reason;
use crate::amount;
use crate::outside::Mark;
use farthing_core::money::{Currency, Micro};
use farthing_ledger::Standing;
use std::collections::{BTreeMap, BTreeSet};

/// What a ledger does not know any more, by where it stood and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtRisk {
    /// Entries of the funding journal that are missing.
    pub funding: u64,
    /// Entries of the use journal that are missing.
    pub usage: u64,
    /// Value that was drawn as tokens and could be drawn again, in micro.
    pub drawn: BTreeMap<Currency, i64>,
    /// Value that was spent and could be spent again, in micro.
    pub spent: BTreeMap<Currency, i64>,
}

fn lost(then: &BTreeMap<Currency, i64>, now: &BTreeMap<Currency, i64>) -> BTreeMap<Currency, i64> {
    let difference = |(currency, then): (&Currency, &i64)| {
        let now = now.get(currency).copied().unwrap_or_default();
        (*currency, then.saturating_sub(now).max(0))
    };
    then.iter().map(difference).collect()
}

impl AtRisk {
    /// What is missing between where the ledger stands and the mark.
    #[must_use]
    pub fn between(here: &Standing, mark: &Mark) -> Self {
        let (then, now) = (&mark.standing.heads, &here.heads);
        Self {
            funding: then.funding.seq.saturating_sub(now.funding.seq),
            usage: then.usage.seq.saturating_sub(now.usage.seq),
            drawn: lost(&mark.standing.drawn, &here.drawn),
            spent: lost(&mark.standing.spent, &here.spent),
        }
    }

    /// The amount that an operator must repeat: `1.25EUR`, currencies apart by commas, `0` for none.
    #[must_use]
    pub fn text(&self) -> String {
        let currencies: BTreeSet<Currency> = self
            .drawn
            .keys()
            .chain(self.spent.keys())
            .copied()
            .collect();
        let of = |amounts: &BTreeMap<Currency, i64>, currency| {
            amounts.get(&currency).copied().unwrap_or_default()
        };
        let sum = |currency: Currency| {
            let sum = of(&self.drawn, currency).saturating_add(of(&self.spent, currency));
            (sum > 0).then(|| format!("{}{}", shown(sum, currency), currency.as_str()))
        };
        let amounts: Vec<String> = currencies.into_iter().filter_map(sum).collect();
        if amounts.is_empty() {
            "0".to_owned()
        } else {
            amounts.join(",")
        }
    }
}

/// What an operator must repeat for that reason.
#[must_use]
pub fn demanded(reason: &Reason, here: &Standing) -> String {
    match reason {
        Reason::Behind(mark) => AtRisk::between(here, mark).text(),
        // A difference of two ledgers would be no measure.
        Reason::Other(_) | Reason::Damaged(_) | Reason::Missing => "unknown".to_owned(),
    }
}

/// An amount of micro.
#[must_use]
pub fn shown(micro: i64, currency: Currency) -> String {
    let amount = Micro::from_signed(micro).unwrap_or_default();
    amount::format(amount, currency)
}
