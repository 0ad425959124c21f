//! What must never be seen.

use core::fmt;

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// An answer is not the oracle's.
    Differs(String),
    /// What was acknowledged is not there, or is something else.
    Lost(String),
    /// Something was acknowledged to two.
    Doubled(String),
    /// More was spent than was ever issued, or something passed as issued that was not.
    Forged(String),
    /// Something of a frozen keyset passed without evidence, or was made.
    Passed(String),
    /// The books are not the oracle's, or do not balance.
    Unbalanced(String),
}

impl Violation {
    /// Its name, without what was seen.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Differs(_) => "differs",
            Self::Lost(_) => "lost",
            Self::Doubled(_) => "doubled",
            Self::Forged(_) => "forged",
            Self::Passed(_) => "passed",
            Self::Unbalanced(_) => "unbalanced",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Differs(seen)
        | Self::Lost(seen)
        | Self::Doubled(seen)
        | Self::Forged(seen)
        | Self::Passed(seen)
        | Self::Unbalanced(seen)) = self;
        write!(f, "{}: {seen}", self.kind())
    }
}

impl std::error::Error for Violation {}
