//! Refunds: a purchase is given back, and its price comes as fresh tokens.

use crate::{Commitment, Element, Hour, Input, SealedAnswer, Split, StoreError, SwapError};
use core::fmt;
use farthing_core::id::{Binding, GrantId};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;
use thiserror::Error;

/// A refund of which everything was checked and the whole answer built.
#[derive(Clone, PartialEq, Eq)]
pub struct Refund {
    /// Over the whole request.
    pub binding: Binding,
    /// ISO 4217; that of all keysets named.
    pub currency: Currency,
    /// The grant that is given back: no longer good afterwards.
    pub grant: GrantId,
    /// The first hour at which its access is over; `None` never.
    pub ends: Option<Hour>,
    /// The right that is spent for it.
    pub right: Input,
    /// What is issued, worth the price.
    pub outputs: Vec<Element>,
    /// How the price was divided.
    pub split: Split,
    /// Who gives it back.
    pub publisher: PublisherId,
    /// How much this publisher gives back on one day (UTC) and no more.
    pub per_day: Micro,
    /// When, by the issuer's clock.
    pub hour: Hour,
    /// What its entry in the use journal commits to.
    pub commitment: Commitment,
    /// What will be sent, encrypted for the wallet alone.
    pub answer: SealedAnswer,
    /// The first hour at which the answer is no longer given (R26).
    pub answer_expires: Hour,
}

impl fmt::Debug for Refund {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A grant with the tokens that came for it leads from a purchase to others: not for logs.
        f.debug_struct("Refund")
            .field("publisher", &self.publisher)
            .field("outputs", &self.outputs.len())
            .finish_non_exhaustive()
    }
}

/// Why a purchase was not given back. Nothing was spent, except that after a failed store the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RefundError {
    /// The publisher gives no more back on that day.
    #[error("the publisher gives no more back today")]
    BudgetSpent,
    /// The grant was given back or given up before.
    #[error("the grant is no longer good")]
    GrantRevoked,
    /// As of everything that spends tokens.
    #[error(transparent)]
    Spend(#[from] SwapError),
}

impl RefundError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BudgetSpent => "refund_budget",
            Self::GrantRevoked => "grant_revoked",
            Self::Spend(error) => error.code(),
        }
    }
}

impl From<StoreError> for RefundError {
    fn from(error: StoreError) -> Self {
        Self::Spend(error.into())
    }
}

/// Whether the publisher may give that much back, after what it gave back on the day.
pub(crate) fn within_budget(refund: &Refund, given: i64) -> Result<(), RefundError> {
    let given = u64::try_from(given).ok().and_then(Micro::new);
    let after = given.and_then(|given| given.plus(refund.split.amount()));
    if after.is_some_and(|after| after <= refund.per_day) {
        Ok(())
    } else {
        Err(RefundError::BudgetSpent)
    }
}
