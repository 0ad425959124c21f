//! The currency: unit, denominations, and the coins of each mix.

use super::file::CurrencySection;
use crate::amount;
use farthing_core::manifest::{CurrencyTerms, Mix, canonical_split};
use farthing_core::money::{Currency, Micro};

/// Most denominations of a currency (R8).
const MAX_DENOMINATIONS: u32 = 24;

pub(super) fn check(
    section: &CurrencySection,
) -> Result<(CurrencyTerms, Vec<Micro>), (&'static str, &'static str)> {
    let currency = Currency::parse(&section.code)
        .ok_or(("currency.code", "must be three capitals such as \"EUR\""))?;
    let unit = amount::parse(&section.unit)
        .filter(|unit| *unit > Micro::ZERO)
        .ok_or(("currency.unit", "must be an amount such as \"0.001\""))?;
    if !(1..=MAX_DENOMINATIONS).contains(&section.denominations) {
        return Err(("currency.denominations", "must be 1 to 24"));
    }
    let denominations: Option<Vec<Micro>> = (0..section.denominations)
        .map(|power| unit.times(1 << power))
        .collect();
    let denominations = denominations.ok_or(("currency.denominations", "are too large"))?;
    let pocket_max = amount::parse(&section.pocket_max)
        .ok_or(("currency.pocket_max", "must be an amount such as \"2.00\""))?;
    let mixes: Option<Vec<Mix>> = section
        .mixes
        .iter()
        .map(|name| mix(name, currency, &denominations))
        .collect();
    let mixes = mixes.ok_or((
        "currency.mixes",
        "must be amounts such as \"0.50\" that the denominations make with at most 64 coins",
    ))?;
    let terms = CurrencyTerms::new(currency, unit, pocket_max, mixes).ok_or((
        "currency.mixes",
        "must be 1 to 8 different amounts of whole units",
    ))?;
    Ok((terms, denominations))
}

/// A pouch of that amount: one coin of each denomination from the smallest on, as far as the amount reaches, so that any
/// small price can be paid exactly; the rest in its canonical split.
fn mix(name: &str, currency: Currency, denominations: &[Micro]) -> Option<Mix> {
    let amount = amount::parse(name)?;
    let mut coins = Vec::new();
    let mut left = amount;
    for denomination in denominations {
        let Some(rest) = left.minus(*denomination) else {
            break;
        };
        coins.push(*denomination);
        left = rest;
    }
    coins.extend(canonical_split(left, denominations)?);
    coins.sort_unstable();
    let counted = coins.chunk_by(|a, b| a == b).map(|same| {
        let count = u64::try_from(same.len()).ok()?;
        same.first().map(|denomination| (*denomination, count))
    });
    Mix::new(
        &amount::format(amount, currency),
        amount,
        counted.collect::<Option<_>>()?,
    )
}

#[cfg(test)]
mod tests {
    use super::{CurrencySection, check};
    use farthing_core::money::Micro;

    fn euro(mixes: &[&str]) -> CurrencySection {
        CurrencySection {
            code: "EUR".to_owned(),
            unit: "0.001".to_owned(),
            denominations: 11,
            pocket_max: "2.00".to_owned(),
            order_max: None,
            mixes: mixes.iter().map(|mix| (*mix).to_owned()).collect(),
        }
    }

    #[test]
    fn a_pouch_pays_every_small_price_exactly() {
        let (terms, _) = check(&euro(&["0.50", "2.00", "8.00"])).unwrap();
        for mix in terms.mixes() {
            let coins = mix.denominations();
            assert_eq!(Micro::sum(coins.iter().copied()), Some(mix.amount()));
            // Coins in ascending order that never leave a gap: each is at most one unit more than all before it.
            let mut reach = 0;
            for coin in coins {
                assert!(
                    coin.get() <= reach + terms.unit().get(),
                    "{} has a gap",
                    mix.name()
                );
                reach += coin.get();
            }
        }
        let names: Vec<&str> = terms.mixes().iter().map(|mix| mix.name()).collect();
        assert_eq!(names, ["0.50", "2.00", "8.00"]);
    }

    #[test]
    fn impossible_mixes_are_refused() {
        assert!(check(&euro(&["0.0005"])).is_err());
        assert!(check(&euro(&["0.50", "0.5"])).is_err());
        assert!(check(&euro(&[])).is_err());
        assert!(check(&euro(&["1000.00"])).is_err());
    }
}
