//! Stored answers.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::Hour;
use core::fmt;
use farthing_core::id::{Binding, Nullifier};

/// A response body, encrypted under a secret of the lead token (spec section 9, stored answer).
#[derive(Clone, PartialEq, Eq)]
pub struct SealedAnswer(Vec<u8>);

impl SealedAnswer {
    /// Takes the ciphertext.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The ciphertext.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The ciphertext, by value.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for SealedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedAnswer({} bytes)", self.0.len())
    }
}

/// An operation that spends tokens and stores an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// A purchase.
    Redeem,
    /// A purchase that is given back.
    Refund,
    /// Tokens for others.
    Swap,
}

impl Operation {
    /// The word of spec section 9.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Redeem => "redeem",
            Self::Refund => "refund",
            Self::Swap => "swap",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Redeem, Self::Refund, Self::Swap]
            .into_iter()
            .find(|operation| operation.word() == word)
    }

    /// The number that stands for it in tables.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) const fn number(self) -> i32 {
        match self {
            Self::Redeem => 1,
            Self::Swap => 2,
            Self::Refund => 3,
        }
    }

    /// Reads the number.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) const fn from_number(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::Redeem),
            2 => Some(Self::Swap),
            3 => Some(Self::Refund),
            _ => None,
        }
    }
}

/// What is left of a stored answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerState {
    /// The reader wished it gone.
    Erased,
    /// Its time is over.
    Expired,
    /// As stored.
    Sealed(SealedAnswer),
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
impl AnswerState {
    /// What is left at that hour of an answer that expires then; `None` was erased.
    pub(crate) fn at(hour: Hour, expires: Hour, sealed: Option<Vec<u8>>) -> Self {
        match sealed {
            _ if hour >= expires => Self::Expired,
            Some(sealed) => Self::Sealed(SealedAnswer::new(sealed)),
            None => Self::Erased,
        }
    }
}

/// What a spent token was spent for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which operation.
    pub operation: Operation,
    /// The binding of the request that spent it.
    pub binding: Binding,
    /// The smallest nullifier of that request: the token whose secret opens the answer.
    pub lead: Nullifier,
    /// The answer, if it is still there.
    pub state: AnswerState,
}
