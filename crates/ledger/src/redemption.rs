//! Purchases.

use crate::{Commitment, Element, Hour, SealedAnswer, Split};
use core::fmt;
use farthing_core::id::{Binding, KeysetId, Nullifier, OfferHash};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;

/// A token to be spent, whose mac was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Input {
    /// The keyset it was issued under.
    pub keyset: KeysetId,
    /// That keyset's denomination.
    pub denomination: Micro,
    /// Its spend identity.
    pub nullifier: Nullifier,
}

/// A purchase of which everything was checked and the whole answer built.
#[derive(Clone, PartialEq, Eq)]
pub struct Redemption {
    /// Over the whole request.
    pub binding: Binding,
    /// ISO 4217; that of all keysets named.
    pub currency: Currency,
    /// The tokens, in strictly ascending order of nullifier (R23); the first is the lead.
    pub inputs: Vec<Input>,
    /// The change, in the order sent. Σ inputs = amount + Σ outputs (R24).
    pub outputs: Vec<Element>,
    /// The price and its parts.
    pub split: Split,
    /// Whether the tokens are starter tokens of the publisher. Then the price has no fee and no tax, and nobody is paid.
    pub promo: bool,
    /// Who is paid.
    pub publisher: PublisherId,
    /// What was sold, for the daily counter only.
    pub offer: OfferHash,
    /// When, by the issuer's clock.
    pub hour: Hour,
    /// What its entry in the use journal commits to.
    pub commitment: Commitment,
    /// What will be sent, encrypted for the wallet alone.
    pub answer: SealedAnswer,
    /// The first hour at which the answer is no longer given (R26).
    pub answer_expires: Hour,
}

impl fmt::Debug for Redemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tokens, binding, publisher and offer together say who may have read what: not for logs.
        f.debug_struct("Redemption")
            .field("inputs", &self.inputs.len())
            .field("outputs", &self.outputs.len())
            .finish_non_exhaustive()
    }
}

/// The outcome of a redemption or a swap that was accepted, now or before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It was accepted now and is durable: the answer may leave.
    Accepted,
    /// The same request was accepted before: send what was stored then, not what was built now.
    Replayed(SealedAnswer),
}
