//! What was spent of a keyset, listed under a prefix of nullifiers.

use crate::StoreError;
use thiserror::Error;

/// Why nothing is listed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SpentError {
    /// The prefix has not as many bits as a question about this keyset has now
    /// ([`farthing_core::spent::prefix_bits`]): it would say too much, or ask for too much.
    #[error("a prefix has {bits} bits")]
    PrefixLength {
        /// How many it has.
        bits: u8,
    },
    /// The keyset's key is destroyed: nothing can be spent of it, and its rows may be gone.
    #[error("the keyset has ended, and its key is destroyed")]
    KeyDestroyed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SpentError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PrefixLength { .. } => "prefix_length",
            Self::KeyDestroyed => "keyset_unknown",
            Self::Store(error) => error.code(),
        }
    }
}
