//! find: what became of the order under a claim key (R36).

use super::binding_of;
use crate::id::{Binding, OrderId};
use crate::json::{MAX_REQUEST, MAX_RESPONSE, Malformed, Writer, parse_object};
use crate::money::{Currency, Micro};
use crate::origin::IssuerId;
use crate::point::Point;
use alloc::string::String;

/// A question about one order, by whoever has its claim key.
#[derive(Clone, Copy, Debug)]
pub struct FindRequest {
    /// The claim key.
    pub claim: Point,
    /// Its signature over the binding.
    pub signature: [u8; 64],
}

impl FindRequest {
    /// What the claim key signs (R22).
    #[must_use]
    pub fn binding(issuer: &IssuerId, claim: &Point) -> Binding {
        Binding::new(binding_of("find", issuer).fixed(claim.bytes()).hash())
    }

    /// Reads a request.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_REQUEST)?.read(|object| {
            let signature = object.bytes("signature");
            let claim = object.point("claim")?;
            Some(Self { claim, signature })
        })
    }

    /// The request's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .b64u("claim", self.claim.bytes())
            .b64u("signature", &self.signature)
            .finish()
    }
}

/// An order as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindResponse {
    /// The order.
    pub order: OrderId,
    /// Its state word.
    pub state: String,
    /// The currency.
    pub currency: Currency,
    /// What it was made for.
    pub value: Micro,
    /// What can still be drawn.
    pub unminted: Micro,
    /// How many pouches were drawn: the number of the next one.
    pub pouches: u32,
    /// The signed disclosure, as it was shown before paying.
    pub disclosure: String,
}

impl FindResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_RESPONSE)?.read(|object| {
            let pouches = u32::try_from(object.integer("pouches")).ok();
            Some(Self {
                order: OrderId::new(object.bytes("order")),
                state: object.text("state"),
                currency: object.parsed("currency", Currency::parse),
                value: object.amount("value"),
                unminted: object.amount("unminted"),
                pouches: object.some("pouches", pouches).unwrap_or_default(),
                disclosure: object.text("disclosure"),
            })
        })
    }

    /// The answer's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .b64u("order", self.order.bytes())
            .text("state", &self.state)
            .text("currency", self.currency.as_str())
            .integer("value", self.value.get())
            .integer("unminted", self.unminted.get())
            .integer("pouches", self.pouches.into())
            .text("disclosure", &self.disclosure)
            .finish()
    }
}
