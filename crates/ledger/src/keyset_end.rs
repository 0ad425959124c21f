//! The end of a keyset: nothing of it is accepted, its key is destroyed, its rows are dropped.

use crate::{Hour, StoreError};
use farthing_core::id::KeysetId;
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;
use thiserror::Error;

/// A keyset that ends, with its terms, since it may never have been used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysetEnd {
    /// Which.
    pub keyset: KeysetId,
    /// ISO 4217.
    pub currency: Currency,
    /// Of one token.
    pub denomination: Micro,
    /// Whose starter tokens they are; `None` for money.
    pub promo: Option<PublisherId>,
    /// When, by the ledger's clock.
    pub hour: Hour,
}

/// How far the end of a keyset has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// It has not ended.
    Live,
    /// Nothing of it is accepted; what was outstanding is unclaimed.
    Ended,
    /// Its secret key is gone, so nobody can make or show a token of it; its rows may go.
    KeyDestroyed,
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
impl Stage {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ended => "ended",
            Self::KeyDestroyed => "key_destroyed",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Live, Self::Ended, Self::KeyDestroyed]
            .into_iter()
            .find(|stage| stage.word() == word)
    }
}

/// A keyset that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndedKeyset {
    /// Which.
    pub keyset: KeysetId,
    /// Whether the destruction of its key was recorded.
    pub key_destroyed: bool,
    /// Evaluations and nullifiers that are still kept.
    pub rows: u64,
}

/// Why a keyset was not ended.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EndKeysetError {
    /// More of it was spent than issued: an incident to be understood first.
    #[error("more tokens of the keyset were spent than issued")]
    Overspent,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the destruction of a key was not recorded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyDestroyedError {
    /// The keyset has not ended.
    #[error("the keyset has not ended")]
    NotEnded,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why rows of a keyset were not dropped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DropRowsError {
    /// The destruction of its key was not recorded.
    #[error("the keyset's key was not destroyed")]
    KeyNotDestroyed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
