//! What publishers give away: starter tokens, worth something on their own offers only.

use super::file::PromoSection;
use crate::amount;
use farthing_core::manifest::{CurrencyTerms, canonical_split};
use farthing_core::money::Micro;
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::promo::MAX_DENOMINATIONS;
use std::num::NonZeroU32;

/// What one publisher gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promo {
    /// Whose offers its tokens buy.
    pub publisher: PublisherId,
    /// What one claim gives.
    pub grant: Micro,
    /// How many claims a day.
    pub per_day: NonZeroU32,
    /// Of which coins, ascending; at most four.
    pub denominations: Vec<Micro>,
}

pub(super) fn check(
    sections: &[PromoSection],
    currency: &CurrencyTerms,
    policy: OriginPolicy,
) -> Result<Vec<Promo>, (&'static str, &'static str)> {
    let mut promos: Vec<Promo> = Vec::new();
    for section in sections {
        let publisher = PublisherId::parse(&section.publisher, policy).ok_or((
            "promo.publisher",
            "must be a publisher's origin such as \"https://paper.example\"",
        ))?;
        if promos.iter().any(|promo| promo.publisher == publisher) {
            return Err((
                "promo.publisher",
                "must stand in one section [[promo]] only",
            ));
        }
        let unit = currency.unit();
        let grant = amount::parse(&section.grant)
            .filter(|grant| grant.units(unit).is_some_and(|units| units > 0))
            .ok_or((
                "promo.grant",
                "must be an amount of whole units such as \"0.60\"",
            ))?;
        let per_day =
            NonZeroU32::new(section.per_day).ok_or(("promo.per_day", "must be at least 1"))?;
        let denominations = match &section.denominations {
            Some(texts) => given(texts, unit),
            None => usual(grant, unit),
        };
        let denominations = denominations.filter(|all| canonical_split(grant, all).is_some());
        promos.push(Promo {
            publisher,
            grant,
            per_day,
            denominations: denominations.ok_or((
                "promo.denominations",
                "must be 1 to 4 amounts such as \"0.008\", each the unit times a power of two, that make the grant with at most 64 coins",
            ))?,
        });
    }
    Ok(promos)
}

fn is_coin(amount: Micro, unit: Micro) -> bool {
    let units = amount.units(unit);
    units.is_some_and(|units| units.is_power_of_two() && units < 1 << 24)
}

fn given(texts: &[String], unit: Micro) -> Option<Vec<Micro>> {
    let amounts: Option<Vec<Micro>> = texts.iter().map(|text| amount::parse(text)).collect();
    let mut amounts = amounts?;
    amounts.sort_unstable();
    amounts.dedup();
    let fits = amounts.len() == texts.len()
        && (1..=MAX_DENOMINATIONS).contains(&amounts.len())
        && amounts.iter().all(|amount| is_coin(*amount, unit));
    fits.then_some(amounts)
}

/// From the greatest coin of which the grant is a whole number on, each twice the one before: so any price that is a
/// whole number of the smallest can be paid, and changed.
fn usual(grant: Micro, unit: Micro) -> Option<Vec<Micro>> {
    let units = grant.units(unit)?;
    let smallest = units.trailing_zeros().min(20);
    let doublings = (smallest..).take(MAX_DENOMINATIONS);
    let coins = doublings.filter_map(|power| unit.times(1u64.checked_shl(power)?));
    Some(coins.filter(|coin| *coin <= grant).collect())
}

#[cfg(test)]
mod tests {
    use super::{given, usual};
    use farthing_core::manifest::canonical_split;
    use farthing_core::money::Micro;

    fn micro(amounts: &[u64]) -> Vec<Micro> {
        let amounts = amounts.iter();
        amounts.map(|amount| Micro::new(*amount).unwrap()).collect()
    }

    #[test]
    fn the_usual_coins_make_the_grant_and_change_for_its_parts() {
        let unit = Micro::new(1_000).unwrap();
        let grant = Micro::new(600_000).unwrap();
        let coins = usual(grant, unit).unwrap();
        assert_eq!(coins, micro(&[8_000, 16_000, 32_000, 64_000]));
        assert_eq!(canonical_split(grant, &coins).unwrap().len(), 11);
        let price = Micro::new(200_000).unwrap();
        assert!(canonical_split(grant.minus(price).unwrap(), &coins).is_some());
        assert_eq!(usual(unit, unit).unwrap(), micro(&[1_000]));
    }

    #[test]
    fn coins_that_are_none_are_refused() {
        let unit = Micro::new(1_000).unwrap();
        let of = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            given(&texts, unit)
        };
        assert_eq!(of(&["0.002", "0.001"]), Some(micro(&[1_000, 2_000])));
        for wrong in [
            &[][..],
            &["0.003"],
            &["0.001", "0.001"],
            &["0.001", "0.002", "0.004", "0.008", "0.016"],
            &["one"],
        ] {
            assert_eq!(of(wrong), None, "{wrong:?}");
        }
    }
}
