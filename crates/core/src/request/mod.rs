//! Requests that move value, and their answers: parsed values, and the binding made from them (spec sections 9 and 10).

mod answer;
mod draw;
mod evaluation;
mod find;
mod order;
mod promo;
mod rebind;
mod redeem;
#[cfg(feature = "undo")]
mod refund;
mod restore;
mod swap;

pub use answer::{AnswerRequest, AnswerResponse};
pub use draw::{DrawFields, DrawRequest, DrawResponse};
pub use evaluation::{Evaluation, Output, group_by_keyset};
pub use find::{FindRequest, FindResponse};
pub use order::{OrderFields, OrderRequest, OrderResponse, order_id};
pub use promo::{PromoFields, PromoRequest, PromoResponse};
pub use rebind::{MemoryKey, RebindFields, RebindRequest, RebindResponse};
pub use redeem::{Input, RedeemFields, RedeemRequest, RedeemResponse};
#[cfg(feature = "undo")]
pub use refund::{RefundFields, RefundRequest, RefundResponse};
pub use restore::{MAX_RESTORED, RestoreRequest, RestoreResponse};
pub use swap::{SwapFields, SwapInput, SwapRequest, SwapResponse};

use crate::bytes::Transcript;
use crate::json::Malformed;
use crate::origin::IssuerId;
use core::fmt;

/// Most inputs, outputs or drawn elements of a request (R23).
pub const MAX_ITEMS: usize = 64;

/// Why a request is refused before anything is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// Not a request of this operation.
    Malformed(Malformed),
    /// It names something reserved.
    Unsupported,
    /// An element is no point of the curve.
    ElementInvalid,
    /// Two elements are the same.
    ElementRepeated,
    /// Inputs are not in strictly ascending order of nullifier.
    InputsOrder,
    /// The offer is no offer.
    OfferInvalid,
}

impl RequestError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(malformed) => malformed.code(),
            Self::Unsupported => "unsupported",
            Self::ElementInvalid => "element_invalid",
            Self::ElementRepeated => "element_repeated",
            Self::InputsOrder => "inputs_order",
            Self::OfferInvalid => "offer_invalid",
        }
    }

    /// One line for developers; not stable.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.words(),
            Self::Unsupported => "not supported by this version",
            Self::ElementInvalid => "an element is no point of the curve",
            Self::ElementRepeated => "two elements are the same",
            Self::InputsOrder => "inputs are not in ascending order of nullifier",
            Self::OfferInvalid => "the offer is no offer",
        }
    }
}

impl From<Malformed> for RequestError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl core::error::Error for RequestError {}

/// Begins the transcript of a binding: label, operation, 0x00, issuer (R22).
fn binding_of(operation: &str, issuer: &IssuerId) -> Transcript {
    Transcript::new("farthing/v1/")
        .fixed(operation.as_bytes())
        .fixed(&[0])
        .lp(issuer.bytes())
}
