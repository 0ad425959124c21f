//! Disclosures: what a load costs and means, signed before anybody pays (spec section 10, order).

use crate::id::{OrderId, QuoteId, TermsHash};
use crate::json::{Array, Object, Writer};
use crate::jwk::PublicJwk;
use crate::jws::{self, Unverified};
use crate::manifest::Terms;
use crate::money::{Currency, Micro};
use crate::origin::IssuerId;
use crate::time::{BROWSER_EXPIRY_TOLERANCE, Timestamp};
use alloc::{string::String, vec::Vec};

/// Not a disclosure of this issuer, or its sums do not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisclosureInvalid;

impl DisclosureInvalid {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "disclosure_invalid"
    }

    /// One line for developers; not stable.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        "the quote is not what was asked for"
    }
}

/// A fee with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fee {
    /// `load`, `use`, `inactivity`, `cash_out`, `conversion`.
    pub kind: String,
    /// How much.
    pub amount: Micro,
}

/// What is said before a load is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureClaims {
    /// Who says it.
    pub issuer: IssuerId,
    /// When.
    pub iat: Timestamp,
    /// Until when the quote stands.
    pub exp: Timestamp,
    /// The quote's id: the same on screen, in the charge and in the receipt.
    pub quote: QuoteId,
    /// The order it is for.
    pub order: OrderId,
    /// The currency.
    pub currency: Currency,
    /// What is charged.
    pub total: Micro,
    /// What the reader gets.
    pub value: Micro,
    /// All fees of the load; total = value + fees + tax.
    pub fees: Vec<Fee>,
    /// The tax in the total.
    pub tax: Micro,
    /// The terms in force.
    pub terms: Terms,
    /// When the value ends, in words.
    pub expiry: String,
    /// How what is not spent comes back, in words.
    pub cash_out: String,
    /// Whether this is a trial with no real money.
    pub sandbox: bool,
}

impl DisclosureClaims {
    fn read(object: &mut Object) -> Option<Self> {
        object.word("moment", "load");
        Some(Self {
            issuer: object.parsed("iss", IssuerId::named),
            iat: object.time("iat"),
            exp: object.time("exp"),
            quote: QuoteId::new(object.bytes("quote")),
            order: OrderId::new(object.bytes("order")),
            currency: object.parsed("currency", Currency::parse),
            total: object.amount("total"),
            value: object.amount("value"),
            fees: object.list("fees", 8, |fee| {
                Some(Fee {
                    kind: fee.text("kind"),
                    amount: fee.amount("amount"),
                })
            }),
            tax: object.amount("tax"),
            expiry: object.text("expiry"),
            cash_out: object.text("cash_out"),
            sandbox: object.boolean("sandbox"),
            terms: object.object("terms", Terms::read)?,
        })
    }

    fn adds_up(&self) -> bool {
        let fees = Micro::sum(self.fees.iter().map(|fee| fee.amount));
        fees.and_then(|fees| self.value.plus(fees)?.plus(self.tax)) == Some(self.total)
    }

    /// The payload to sign.
    #[must_use]
    pub fn to_json(&self) -> String {
        let fees = Array::new().objects(&self.fees, |fee| {
            Writer::new()
                .text("kind", &fee.kind)
                .integer("amount", fee.amount.get())
        });
        Writer::new()
            .text("iss", self.issuer.as_str())
            .integer("iat", self.iat.get())
            .integer("exp", self.exp.get())
            .b64u("quote", self.quote.bytes())
            .b64u("order", self.order.bytes())
            .text("moment", "load")
            .text("currency", self.currency.as_str())
            .integer("total", self.total.get())
            .integer("value", self.value.get())
            .array("fees", fees)
            .integer("tax", self.tax.get())
            .object("terms", self.terms.to_json())
            .text("expiry", &self.expiry)
            .text("cash_out", &self.cash_out)
            .boolean("sandbox", self.sandbox)
            .finish()
    }
}

/// A disclosure that the issuer signed and whose sums add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure(DisclosureClaims);

impl Disclosure {
    /// Parses a disclosure and checks signature and sums.
    ///
    /// # Errors
    /// [`DisclosureInvalid`].
    pub fn verify(
        text: &str,
        issuer: &IssuerId,
        keys: &[PublicJwk],
    ) -> Result<Self, DisclosureInvalid> {
        let unverified = Unverified::parse(text, jws::DISCLOSURE).map_err(|_| DisclosureInvalid)?;
        let payload = unverified
            .verify_with_any(keys)
            .map_err(|_| DisclosureInvalid)?;
        let claims = payload
            .read(DisclosureClaims::read)
            .map_err(|_| DisclosureInvalid)?;
        let sound = claims.issuer == *issuer && claims.adds_up();
        if sound {
            Ok(Self(claims))
        } else {
            Err(DisclosureInvalid)
        }
    }

    /// What it says.
    #[must_use]
    pub const fn claims(&self) -> &DisclosureClaims {
        &self.0
    }

    /// Whether it is the quote for that order of that value under those terms, and seems to stand at a browser's time,
    /// which is only a hint (R5).
    ///
    /// # Errors
    /// [`DisclosureInvalid`].
    pub fn check_order(
        &self,
        order: &OrderId,
        currency: Currency,
        value: Micro,
        terms: &TermsHash,
        now: Timestamp,
    ) -> Result<(), DisclosureInvalid> {
        let claims = self.claims();
        let asked = claims.order == *order
            && claims.currency == currency
            && claims.value == value
            && claims.terms.sha256 == *terms;
        let begun = claims.iat <= now.plus(BROWSER_EXPIRY_TOLERANCE);
        if asked && begun && now < claims.exp.plus(BROWSER_EXPIRY_TOLERANCE) {
            Ok(())
        } else {
            Err(DisclosureInvalid)
        }
    }
}
