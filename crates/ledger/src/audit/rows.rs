//! What a store tells the auditor of its tables.

use farthing_core::id::{KeysetId, OrderId};
use farthing_core::money::Currency;
use farthing_core::origin::PublisherId;

/// A keyset's counters and its rows.
#[derive(Clone, Debug)]
pub(crate) struct KeysetRow {
    pub(crate) keyset: KeysetId,
    /// Currency and denomination; `None` if rows name a keyset that has no counters.
    pub(crate) terms: Option<(Currency, i64)>,
    /// Whose starter tokens it issues; `None` for money.
    pub(crate) promo: Option<PublisherId>,
    pub(crate) issued: i64,
    pub(crate) spent: i64,
    /// Spent with evidence of issuance beyond what was issued.
    pub(crate) lost: i64,
    pub(crate) archived: i64,
    pub(crate) issued_dropped: i64,
    pub(crate) spent_dropped: i64,
    /// Whether it has ended.
    pub(crate) ended: bool,
    /// If it is frozen.
    pub(crate) frozen: Option<FrozenAs>,
    pub(crate) issued_rows: i64,
    pub(crate) spent_rows: i64,
    pub(crate) archive: ArchiveRows,
}

/// Since when and why a keyset is frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FrozenAs {
    pub(crate) hour: u64,
    pub(crate) reason: Vec<u8>,
}

/// The archive of a keyset as read, page by page.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ArchiveRows {
    pub(crate) nullifiers: i64,
    pub(crate) pages: i64,
    /// Pages that hold what their prefix and hash say, and are as large as they should be.
    pub(crate) good: i64,
    /// Whether the pages leave nothing out, so that there is a root.
    pub(crate) whole: bool,
    /// Nullifiers that are in the spent table too.
    pub(crate) spent_too: i64,
}

/// An order's account as stored, which in a damaged store may be anything.
#[derive(Clone, Debug)]
pub(crate) struct OrderRow {
    pub(crate) id: OrderId,
    pub(crate) currency: Currency,
    /// Whose starter value it is; `None` for money.
    pub(crate) promo: Option<PublisherId>,
    pub(crate) fee: i64,
    pub(crate) tax: i64,
    pub(crate) settled: i64,
    pub(crate) unminted: i64,
    pub(crate) locked: i64,
    pub(crate) drawn: i64,
    pub(crate) deposited: i64,
    pub(crate) returned: i64,
    pub(crate) voided: i64,
    pub(crate) next_pouch: i64,
    /// Rows of the draws table.
    pub(crate) draws: i64,
}

/// Counts over the tables of the use side.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SpentTotals {
    pub(crate) rows: i64,
    pub(crate) distinct: i64,
    /// Spent rows whose answer is there.
    pub(crate) answered: i64,
    /// Spent rows of keysets whose rows are not being dropped.
    pub(crate) kept: i64,
    /// Tokens of those keysets that answers list.
    pub(crate) listed: i64,
    /// Those of them whose spent row names the answer that lists them.
    pub(crate) found: i64,
    pub(crate) answers: i64,
    /// Answers whose list can be read.
    pub(crate) readable: i64,
}
