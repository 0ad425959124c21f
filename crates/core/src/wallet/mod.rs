//! The reader's half: secrets from a seed, choosing coins, asking and checking what comes back.

mod ask;
#[cfg(feature = "gift")]
mod gift;
mod inquire;
mod load;
mod pay;
#[cfg(feature = "phrase")]
mod phrase;
mod read;
mod recover;
mod renew;
mod seed;
mod select;
mod swap;
#[cfg(feature = "undo")]
mod undo;

pub use ask::{Counters, FreshToken, check_again};
#[cfg(feature = "gift")]
pub use gift::{claim, finish_gift, finish_rebind, gift_link, open_gift, pay_gift, take_back};
pub use inquire::{RecoveredGrant, inquire, open_answer, recover_grant};
#[cfg(feature = "promo")]
pub use load::claim_promo;
pub use load::{Load, Pouch, draw, finish_draw, order, plan_pouches, sign_draw};
pub use pay::{Basket, Payment, Purchase, SealedPurchase, finish_payment, pay};
#[cfg(feature = "phrase")]
pub use phrase::{PHRASE_LEN, Phrase, PhraseInvalid, WORDS, suggestions};
pub use read::{OwnedGrant, RecoveredPurchase, SealedReading, open_owned, open_recovered};
pub use recover::{GAP, check_found, find, finish_search, search};
pub use renew::{Renewal, to_renew};
pub use seed::{ClaimKey, RedemptionSecrets, Seed};
pub use select::select;
pub use swap::{
    SwapCoin, SwapPlan, check_group, elements_for, finish_elements, finish_swap, swap, worth_of,
};

#[cfg(feature = "undo")]
pub use undo::{Undo, finish_refund, refund};

use crate::voprf::ProofInvalid;
use core::fmt;

/// Why the wallet does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletError {
    /// The issuer's answer is not what was asked for.
    AnswerInvalid,
    /// An evaluation was not made under the keyset's key.
    ProofInvalid,
    /// The coins do not reach.
    InsufficientFunds,
    /// The page asks another price than the offer says.
    PriceChanged,
    /// The price is no whole number of the issuer's units (R17).
    PriceNotPayable,
    /// There is no mintable keyset for a coin that is needed.
    KeysetNotMintable,
    /// There is no such mix, or the rest cannot be split.
    MixUnknown,
    /// The issuer does not deal in this currency, or not under this id.
    Unsupported,
    /// A kept token does not fit its evidence.
    TokenCorrupt,
    /// The content key is not the one the offer committed to.
    KeyMismatch,
    /// The grant is not for what was asked.
    GrantInvalid,
    /// The counters are used up, or a secret could not be derived.
    Exhausted,
}

impl WalletError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AnswerInvalid => "answer_invalid",
            Self::ProofInvalid => "proof_invalid",
            Self::InsufficientFunds => "insufficient_funds",
            Self::PriceChanged => "price_changed",
            Self::PriceNotPayable => "price_not_payable",
            Self::KeysetNotMintable => "keyset_not_mintable",
            Self::MixUnknown => "mix_unknown",
            Self::Unsupported => "unsupported",
            Self::TokenCorrupt => "token_corrupt",
            Self::KeyMismatch => "key_mismatch",
            Self::GrantInvalid => "grant_invalid",
            Self::Exhausted => "counters_exhausted",
        }
    }

    /// One line for developers; not stable.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::AnswerInvalid => "the issuer's answer is not what was asked for",
            Self::ProofInvalid => "the issuer did not prove its coins",
            Self::InsufficientFunds => "the coins do not reach",
            Self::PriceChanged => "the price is not the one that was shown",
            Self::PriceNotPayable => "no coins make this price",
            Self::KeysetNotMintable => "the issuer makes no such coins now",
            Self::MixUnknown => "the issuer has no such pouch",
            Self::Unsupported => "the issuer does not deal in this",
            Self::TokenCorrupt => "a kept coin is damaged",
            Self::KeyMismatch => "the key opens something else",
            Self::GrantInvalid => "the grant is for something else",
            Self::Exhausted => "no secret is left to derive",
        }
    }
}

impl fmt::Display for WalletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl core::error::Error for WalletError {}

impl From<ProofInvalid> for WalletError {
    fn from(_: ProofInvalid) -> Self {
        Self::ProofInvalid
    }
}
