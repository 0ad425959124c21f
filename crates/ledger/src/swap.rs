//! Swaps: tokens for others of the same worth.

use crate::{Commitment, Element, Hour, Input, SealedAnswer};
use core::fmt;
use farthing_core::id::Binding;
use farthing_core::money::Currency;
use farthing_core::origin::PublisherId;

/// A swap of which everything was checked and the whole answer built.
#[derive(Clone, PartialEq, Eq)]
pub struct Swap {
    /// Over the whole request.
    pub binding: Binding,
    /// ISO 4217; that of all keysets named.
    pub currency: Currency,
    /// Whose starter tokens all of them are, inputs and outputs; `None` for money.
    pub promo: Option<PublisherId>,
    /// The tokens, in strictly ascending order of nullifier (R23); the first is the lead.
    pub inputs: Vec<Input>,
    /// Of each input, in the same order, the element that it was issued as, if the request shows it: recomputed from the
    /// token's nonce and blind, never taken from the sender.
    pub evidence: Vec<Option<Element>>,
    /// What is issued, all groups in the order sent. Σ inputs = Σ outputs.
    pub outputs: Vec<Element>,
    /// When, by the issuer's clock.
    pub hour: Hour,
    /// What its entry in the use journal commits to.
    pub commitment: Commitment,
    /// What will be sent, encrypted for the wallet alone.
    pub answer: SealedAnswer,
    /// The first hour at which the answer is no longer given (R26).
    pub answer_expires: Hour,
}

impl fmt::Debug for Swap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tokens with the elements they were issued as lead to a payer: not for logs.
        f.debug_struct("Swap")
            .field("inputs", &self.inputs.len())
            .field("outputs", &self.outputs.len())
            .finish_non_exhaustive()
    }
}
