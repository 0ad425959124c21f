//! Why a redemption is refused.

use farthing_core::offer::OfferError;
use farthing_core::request::RequestError;
use farthing_ledger::{RedeemError, StoreError, StoredAnswerError};

/// Why a redemption is refused. Nothing was spent, except that after a failed store the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedeemRefusal {
    /// The body is no redemption.
    Request(RequestError),
    /// A keyset is not this issuer's.
    KeysetUnknown,
    /// Another replica has made the key, and it has not come here yet.
    KeyLacking,
    /// A token was not made here, or its mac is for another request.
    TokenInvalid {
        /// Which input.
        index: usize,
    },
    /// There is no stored answer to repeat, although tokens were spent.
    StoredAnswer(StoredAnswerError),
    /// An input's keyset no longer pays.
    KeysetExpired,
    /// The offer is no JWS of an offer.
    OfferInvalid,
    /// Nobody with the offer's origin is registered.
    PublisherUnknown,
    /// The offer does not hold.
    Offer(OfferError),
    /// The publisher has withdrawn offers as old as this.
    OfferWithdrawn,
    /// The price is not one of the offer's for this issuer.
    PriceMismatch,
    /// The price is in a currency that this issuer does not deal in, or a gift is asked for, which it does not sell.
    Unsupported,
    /// The price is not a whole number of units.
    PriceNotPayable,
    /// The price is above what the publisher is registered with.
    PriceLimit,
    /// Inputs are not price plus outputs, or not all of one kind and publisher.
    Unbalanced,
    /// The tokens are another publisher's starter tokens.
    TokenNotForPublisher,
    /// Change is asked for in a keyset of which no coins are made now.
    KeysetNotMintable {
        /// The number of the manifest in force.
        manifest: u64,
    },
    /// There is no such sealing key, or it no longer opens.
    SealingKeyUnknown,
    /// The wrap does not open for this offer.
    WrapInvalid,
    /// The wrap holds another key than the offer commits to.
    KeyMismatch,
    /// The ledger refused.
    Redeem(RedeemError),
    /// The ledger could not be asked.
    Store(StoreError),
    /// A fault of the issuer.
    Internal(&'static str),
}
