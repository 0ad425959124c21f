//! promo: a claim of what a publisher gives away.

use super::{RequestError, binding_of, order_id};
use crate::id::{Binding, OrderId};
use crate::json::{MAX_REQUEST, MAX_RESPONSE, Malformed, Writer, parse_object};
use crate::jws::verify_es256;
use crate::money::{Currency, Micro};
use crate::origin::{IssuerId, PublisherId};
use crate::point::Point;
use alloc::string::String;

/// What a claim asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromoFields {
    /// Whose starter tokens.
    pub publisher: PublisherId,
    /// The currency.
    pub currency: Currency,
    /// How much: what the publisher's list says that it gives.
    pub amount: Micro,
    /// The key that draws them.
    pub claim: Point,
}

impl PromoFields {
    /// The hash over every field (R22).
    #[must_use]
    pub fn binding(&self, issuer: &IssuerId) -> Binding {
        Binding::new(
            binding_of("promo", issuer)
                .fixed(self.claim.bytes())
                .lp(self.publisher.bytes())
                .fixed(self.currency.bytes())
                .be64(self.amount.get())
                .hash(),
        )
    }

    /// The id of the order under this claim key: one key, one order.
    #[must_use]
    pub fn order_id(&self, issuer: &IssuerId) -> OrderId {
        order_id(issuer, &self.claim)
    }
}

/// A parsed claim.
#[derive(Clone, Debug)]
pub struct PromoRequest {
    fields: PromoFields,
    signature: [u8; 64],
}

impl PromoRequest {
    /// A signed request.
    #[must_use]
    pub const fn new(fields: PromoFields, signature: [u8; 64]) -> Self {
        Self { fields, signature }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`RequestError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        let read = parse_object(bytes, MAX_REQUEST)?.read(|object| {
            let signature = object.bytes("signature");
            let fields = PromoFields {
                publisher: object.parsed("publisher", PublisherId::named),
                currency: object.parsed("currency", Currency::parse),
                amount: object.amount("amount"),
                claim: object.point("claim")?,
            };
            Some(Self { fields, signature })
        });
        Ok(read?)
    }

    /// The request's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .text("publisher", self.fields.publisher.as_str())
            .text("currency", self.fields.currency.as_str())
            .integer("amount", self.fields.amount.get())
            .b64u("claim", self.fields.claim.bytes())
            .b64u("signature", &self.signature)
            .finish()
    }

    /// Whether the claim key signed this binding.
    #[must_use]
    pub fn is_signed(&self, issuer: &IssuerId) -> bool {
        let binding = self.fields.binding(issuer);
        verify_es256(&self.fields.claim, binding.bytes(), &self.signature)
    }

    /// The claim key's signature over the binding, for who checks it elsewhere.
    #[must_use]
    pub const fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// What it asks for.
    #[must_use]
    pub const fn fields(&self) -> &PromoFields {
        &self.fields
    }
}

/// The answer to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromoResponse {
    /// The order, which is settled.
    pub order: OrderId,
}

impl PromoResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_RESPONSE)?.read(|object| {
            object.word("state", "settled");
            Some(Self {
                order: OrderId::new(object.bytes("order")),
            })
        })
    }

    /// The answer's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .b64u("order", self.order.bytes())
            .text("state", "settled")
            .finish()
    }
}
