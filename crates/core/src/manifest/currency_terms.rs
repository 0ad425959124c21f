//! What an issuer says of one currency: unit, mixes, and how much a pocket is filled with.

use super::Mix;
use super::body::pairs;
use crate::json::{Array, Object, Writer};
use crate::money::{Currency, Micro};
use alloc::vec::Vec;

/// What an issuer says of one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyTerms {
    currency: Currency,
    unit: Micro,
    pocket_max: Micro,
    mixes: Vec<Mix>,
}

impl CurrencyTerms {
    /// `None` unless the unit is positive, there are 1 to 8 mixes with different names, and every amount is whole units.
    #[must_use]
    pub fn new(
        currency: Currency,
        unit: Micro,
        pocket_max: Micro,
        mixes: Vec<Mix>,
    ) -> Option<Self> {
        let whole = |amount: Micro| amount.units(unit).is_some();
        let names_differ = pairs(&mixes).all(|(a, b)| a.name() != b.name());
        (unit > Micro::ZERO
            && (1..=8).contains(&mixes.len())
            && names_differ
            && mixes
                .iter()
                .all(|mix| mix.denominations().into_iter().all(whole)))
        .then_some(Self {
            currency,
            unit,
            pocket_max,
            mixes,
        })
    }

    pub(super) fn read(object: &mut Object) -> Option<Self> {
        let currency = object.parsed("currency", Currency::parse);
        let (unit, pocket_max) = (object.amount("unit"), object.amount("pocket_max"));
        let mixes = object.list("mixes", 8, Mix::read);
        object.some("mixes", Self::new(currency, unit, pocket_max, mixes))
    }

    pub(super) fn to_json(&self) -> Writer {
        Writer::new()
            .text("currency", self.currency.as_str())
            .integer("unit", self.unit.get())
            .integer("pocket_max", self.pocket_max.get())
            .array("mixes", Array::new().objects(&self.mixes, Mix::to_json))
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The smallest coin: every charge is a whole number of these.
    #[must_use]
    pub const fn unit(&self) -> Micro {
        self.unit
    }

    /// The most that a page's pocket is filled with at a time.
    #[must_use]
    pub const fn pocket_max(&self) -> Micro {
        self.pocket_max
    }

    /// The pouches that can be drawn.
    #[must_use]
    pub fn mixes(&self) -> &[Mix] {
        &self.mixes
    }

    /// The pouch of that name.
    #[must_use]
    pub fn mix(&self, name: &str) -> Option<&Mix> {
        self.mixes.iter().find(|mix| mix.name() == name)
    }

    /// The smallest pouch: below its amount a rest is drawn in its canonical split (R31).
    #[must_use]
    pub fn smallest_mix(&self) -> Micro {
        self.mixes.iter().map(Mix::amount).min().unwrap_or_default()
    }
}
