//! Where a ledger stands: what is kept outside of it to know it by, and what a checkpoint says of it.

use crate::{ArchiveRoot, ChainHead, Checkpoint};
use farthing_core::id::KeysetId;
use farthing_core::money::Currency;
use std::collections::BTreeMap;

/// Where both journals stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// The funding journal.
    pub funding: ChainHead,
    /// The use journal.
    pub usage: ChainHead,
}

/// Where both journals stand, and how much value has passed through the account that they share. One consistent view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The journals.
    pub heads: Heads,
    /// Per currency, in micro: the value that was ever drawn as tokens.
    pub drawn: BTreeMap<Currency, i64>,
    /// Per currency, in micro: the value that tokens ever paid for.
    pub spent: BTreeMap<Currency, i64>,
}

/// A keyset's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeysetCounts {
    /// The keyset.
    pub keyset: KeysetId,
    /// ISO 4217.
    pub currency: Currency,
    /// Of one token, in micro.
    pub denomination: i64,
    /// Tokens made.
    pub issued: i64,
    /// Tokens spent.
    pub spent: i64,
}

/// An account's balance in one of the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// `funding` or `use`.
    pub book: &'static str,
    /// ISO 4217.
    pub currency: Currency,
    /// The account's name.
    pub account: String,
    /// In micro; debits positive, credits negative.
    pub amount: i64,
}

/// Everything that a checkpoint says, in one consistent view of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Where it stands.
    pub standing: Standing,
    /// Every keyset, by id.
    pub keysets: Vec<KeysetCounts>,
    /// Every balance of both books, by book, currency and account.
    pub balances: Vec<Balance>,
    /// The archives of spent tokens, by keyset.
    pub archives: Vec<ArchiveRoot>,
    /// The newest checkpoint.
    pub newest: Option<Checkpoint>,
}
