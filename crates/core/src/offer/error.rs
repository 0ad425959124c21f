//! Why an offer is refused: at the reader or issuer, or while it is being made.

use crate::json::Malformed;
use crate::jws::JwsError;
use core::fmt;

/// Why an offer is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferError {
    /// Not an offer, or not signed by the publisher.
    Invalid,
    /// It sells something reserved.
    Unsupported,
    /// It is over, or not yet begun.
    Expired,
    /// It is for another page.
    Audience,
}

impl OfferError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "offer_invalid",
            Self::Unsupported => "unsupported",
            Self::Expired => "offer_expired",
            Self::Audience => "offer_audience",
        }
    }

    /// One line for developers; not stable.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Invalid => "the offer is damaged or not by this publisher",
            Self::Unsupported => "the offer sells what this version does not know",
            Self::Expired => "the offer is over",
            Self::Audience => "the offer is for another page",
        }
    }
}

impl fmt::Display for OfferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl core::error::Error for OfferError {}

impl From<Malformed> for OfferError {
    fn from(_: Malformed) -> Self {
        Self::Invalid
    }
}

impl From<JwsError> for OfferError {
    fn from(_: JwsError) -> Self {
        Self::Invalid
    }
}

/// Why a payload is no offer's: for the publisher who is to sign it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimsError {
    /// A member is missing, of the wrong form or not known.
    Malformed(Malformed),
    /// It sells something reserved.
    Unsupported,
    /// Life, prices and pins do not fit together (R17).
    Unsound,
}

impl ClaimsError {
    /// One line for developers; not stable.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.words(),
            Self::Unsupported => OfferError::Unsupported.words(),
            Self::Unsound => "life, prices and pins do not fit together",
        }
    }
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl core::error::Error for ClaimsError {}

impl From<Malformed> for ClaimsError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}

impl From<ClaimsError> for OfferError {
    fn from(error: ClaimsError) -> Self {
        match error {
            ClaimsError::Unsupported => Self::Unsupported,
            ClaimsError::Malformed(_) | ClaimsError::Unsound => Self::Invalid,
        }
    }
}
