//! order: a load under a claim key.

use super::{RequestError, binding_of};
use crate::bytes::Transcript;
use crate::id::{Binding, OrderId, TermsHash};
use crate::json::{MAX_REQUEST, MAX_RESPONSE, Malformed, Writer, parse_object};
use crate::jws::verify_es256;
use crate::money::{Currency, Micro};
use crate::origin::IssuerId;
use crate::point::Point;
use alloc::string::String;

/// The id of the order under a claim key: one key, one order.
#[must_use]
pub fn order_id(issuer: &IssuerId, claim: &Point) -> OrderId {
    let hash = Transcript::new("farthing/v1/order-id")
        .lp(issuer.bytes())
        .fixed(claim.bytes())
        .hash();
    OrderId::new(hash.first_chunk::<16>().copied().unwrap_or_default())
}

/// What an order asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderFields {
    /// The currency.
    pub currency: Currency,
    /// How much value.
    pub amount: Micro,
    /// The terms that were shown.
    pub terms: TermsHash,
    /// The key that claims the order's value.
    pub claim: Point,
}

impl OrderFields {
    /// The hash over every field (R22).
    #[must_use]
    pub fn binding(&self, issuer: &IssuerId) -> Binding {
        Binding::new(
            binding_of("order", issuer)
                .fixed(self.claim.bytes())
                .fixed(self.currency.bytes())
                .be64(self.amount.get())
                .fixed(self.terms.bytes())
                .hash(),
        )
    }

    /// The id of the order under this claim key: one key, one order.
    #[must_use]
    pub fn order_id(&self, issuer: &IssuerId) -> OrderId {
        order_id(issuer, &self.claim)
    }
}

/// A parsed order request.
#[derive(Clone, Copy, Debug)]
pub struct OrderRequest {
    fields: OrderFields,
    signature: [u8; 64],
}

impl OrderRequest {
    /// A signed request.
    #[must_use]
    pub const fn new(fields: OrderFields, signature: [u8; 64]) -> Self {
        Self { fields, signature }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`RequestError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        let read = parse_object(bytes, MAX_REQUEST)?.read(|object| {
            let signature = object.bytes("signature");
            let fields = OrderFields {
                currency: object.parsed("currency", Currency::parse),
                amount: object.amount("amount"),
                terms: TermsHash::new(object.bytes("terms")),
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
            .text("currency", self.fields.currency.as_str())
            .integer("amount", self.fields.amount.get())
            .b64u("terms", self.fields.terms.bytes())
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
    pub const fn fields(&self) -> &OrderFields {
        &self.fields
    }
}

/// The answer to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderResponse {
    /// The order.
    pub order: OrderId,
    /// Its state word.
    pub state: String,
    /// The signed disclosure, to be shown before paying.
    pub disclosure: String,
    /// Where to pay.
    pub checkout: String,
}

impl OrderResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_RESPONSE)?.read(|object| {
            Some(Self {
                order: OrderId::new(object.bytes("order")),
                state: object.text("state"),
                disclosure: object.text("disclosure"),
                checkout: object.text("checkout"),
            })
        })
    }

    /// The answer's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .b64u("order", self.order.bytes())
            .text("state", &self.state)
            .text("disclosure", &self.disclosure)
            .text("checkout", &self.checkout)
            .finish()
    }
}
