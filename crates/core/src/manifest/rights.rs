//! Rights: what a load gives beside money, so that an undo costs something that was paid for (R55).

use crate::json::{Array, Object, Writer};
use crate::keyset::Keyset;
use crate::money::{Currency, Micro};
use crate::origin::IssuerId;
use crate::request::MAX_ITEMS;
use crate::time::Timestamp;
use alloc::vec::Vec;

/// The name of the mix that a pouch of rights is drawn by. No amount reads so.
pub const RIGHTS: &str = "rights";

/// Which loads of a currency give rights, and the keysets that those are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    currency: Currency,
    per: Micro,
    keysets: Vec<Keyset>,
}

impl Rights {
    /// `None` unless `per` is more than nothing, and the keysets are of rights of that currency.
    #[must_use]
    pub fn new(currency: Currency, per: Micro, keysets: Vec<Keyset>) -> Option<Self> {
        let is_right = |keyset: &Keyset| keyset.denomination() == Micro::ZERO;
        let fits = |keyset: &Keyset| is_right(keyset) && keyset.currency() == currency;
        let clash = super::body::pairs(&keysets).any(|(a, b)| a.clashes(b));
        (per > Micro::ZERO && keysets.iter().all(fits) && !clash).then_some(Self {
            currency,
            per,
            keysets,
        })
    }

    pub(super) fn read(
        object: &mut Object,
        issuer: &IssuerId,
        unit_of: impl Fn(Currency) -> Option<Micro>,
    ) -> Option<Self> {
        let currency = object.parsed("currency", Currency::parse);
        let per = object.amount("per");
        let keysets = object.list("keysets", 16, |keyset| {
            Keyset::read_right(keyset, issuer, &unit_of)
        });
        let rights = Self::new(currency, per, keysets);
        object.some("keysets", rights)
    }

    pub(super) fn to_json(&self) -> Writer {
        Writer::new()
            .text("currency", self.currency.as_str())
            .integer("per", self.per.get())
            .array(
                "keysets",
                Array::new().objects(&self.keysets, Keyset::to_json),
            )
    }

    /// The currency of the loads.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// How much of a load gives one right.
    #[must_use]
    pub const fn per(&self) -> Micro {
        self.per
    }

    /// The keysets, at most 16.
    #[must_use]
    pub fn keysets(&self) -> &[Keyset] {
        &self.keysets
    }

    /// How many rights a load of that value gives: one for each `per`, but at least one, and no more than one request has
    /// room for.
    #[must_use]
    pub fn of_load(&self, value: Micro) -> usize {
        // `per` is not zero.
        let whole = value.get().checked_div(self.per.get()).unwrap_or_default();
        usize::try_from(whole).map_or(MAX_ITEMS, |whole| whole.clamp(1, MAX_ITEMS))
    }

    /// The keyset of which rights are made then.
    #[must_use]
    pub fn mintable(&self, now: Timestamp) -> Option<&Keyset> {
        self.keysets.iter().find(|keyset| keyset.is_mintable(now))
    }
}
