//! Rebinding: a gift's grant is given up for another, once.

use crate::{Hour, Refund, SealedAnswer, StoreError};
use farthing_core::id::{Binding, GrantId};
use thiserror::Error;

/// A gift to be bound to another key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebind {
    /// The gift's grant, which is no longer good afterwards.
    pub grant: GrantId,
    /// The first hour at which its access is over, and the record goes; `None` never.
    pub ends: Option<Hour>,
    /// Of the request.
    pub binding: Binding,
    /// What the request is answered, encrypted for the wallet.
    pub answer: SealedAnswer,
}

impl Rebind {
    /// What is recorded of a grant that was given back: nobody binds it to another key any more.
    pub(crate) fn of(refund: &Refund) -> Self {
        Self {
            grant: refund.grant,
            ends: refund.ends,
            binding: refund.binding,
            answer: refund.answer.clone(),
        }
    }
}

/// What became of a rebind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebound {
    /// It was the first.
    Done,
    /// The same request was the first, and got this.
    Replayed(SealedAnswer),
}

/// Why a gift was not bound to another key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RebindError {
    /// Another request was first.
    #[error("the grant was bound to another key before")]
    Rebound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RebindError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rebound => "grant_rebound",
            Self::Store(error) => error.code(),
        }
    }
}

/// The hour of a rebind as tables keep it: 0 for never.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) const fn ends(hour: Option<Hour>) -> Hour {
    match hour {
        Some(hour) => hour,
        None => Hour::new(0),
    }
}

/// The answer of what is recorded, to a request with that binding.
pub(crate) fn recorded(
    recorded: Option<(Binding, SealedAnswer)>,
    binding: Binding,
) -> Result<Option<SealedAnswer>, RebindError> {
    match recorded {
        None => Ok(None),
        Some((first, answer)) if first == binding => Ok(Some(answer)),
        Some(_) => Err(RebindError::Rebound),
    }
}
