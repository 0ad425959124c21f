//! One price of an offer.

use crate::json::{Object, Writer};
use crate::jwk::Kid;
use crate::money::{Currency, Micro};
use crate::origin::IssuerId;

/// One price: at one issuer, in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceEntry {
    /// Where it is paid.
    pub issuer: IssuerId,
    /// In which currency.
    pub currency: Currency,
    /// How much, tax included.
    pub amount: Micro,
    /// To which of the issuer's sealing keys the content key is wrapped.
    pub sealing_kid: Kid,
}

impl PriceEntry {
    /// Reads a price entry.
    pub(crate) fn read(object: &mut Object) -> Option<Self> {
        let entry = Self {
            issuer: object.parsed("issuer", IssuerId::named),
            currency: object.parsed("currency", Currency::parse),
            amount: object.amount("amount"),
            sealing_kid: Kid::named(object.bytes("sealing_kid")),
        };
        object.check("amount", entry.amount > Micro::ZERO);
        Some(entry)
    }

    /// The entry as JSON.
    #[must_use]
    pub fn to_json(&self) -> Writer {
        Writer::new()
            .text("issuer", self.issuer.as_str())
            .text("currency", self.currency.as_str())
            .integer("amount", self.amount.get())
            .text("sealing_kid", &self.sealing_kid.to_text())
    }
}
