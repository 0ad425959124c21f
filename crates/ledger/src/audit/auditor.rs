//! Collects what a store holds, row by row, and compares it with itself.

use super::replay::{Replay, add};
use super::rows::{KeysetRow, OrderRow, SpentTotals};
use super::tally::Tally;
use super::{AuditReport, ChainHead};
use crate::journal::{Book, Entry};
use farthing_core::id::KeysetId;
use farthing_core::money::Currency;
use farthing_core::origin::PublisherId;
use std::collections::{BTreeMap, BTreeSet};

/// Collects a store: first both journals from their beginning, then the tables in any order.
#[derive(Debug)]
pub(crate) struct Auditor {
    pub(super) funding: Replay,
    pub(super) usage: Replay,
    pub(super) currencies: BTreeSet<Currency>,
    /// Stored balances that no entry explains are found because what is explained is taken away.
    pub(super) balances: BTreeMap<(Book, Currency, String), i128>,
    pub(super) heads: Tally,
    pub(super) issued: Tally,
    pub(super) spent: Tally,
    pub(super) archived: Tally,
    pub(super) pages: Tally,
    pub(super) archived_and_spent: Tally,
    pub(super) excess: Tally,
    pub(super) negative: Tally,
    pub(super) pouches: Tally,
    pub(super) accounts: BTreeMap<Currency, Tally>,
    pub(super) replayed_orders: Tally,
    /// What was outstanding of keysets when they ended, counted in rows.
    pub(super) unclaimed: BTreeMap<(Currency, KeysetId), i128>,
    /// Σ denomination × (issued − spent) over keysets that have not ended, counted in rows.
    pub(super) in_circulation: BTreeMap<Currency, i128>,
    pub(super) unminted: BTreeMap<Currency, i128>,
    pub(super) settled: BTreeMap<Currency, i128>,
    pub(super) sales: BTreeMap<(Currency, PublisherId), i128>,
    pub(super) totals: SpentTotals,
}

impl Auditor {
    pub(crate) fn new() -> Self {
        Self {
            funding: Replay::new(Book::Funding),
            usage: Replay::new(Book::Use),
            currencies: BTreeSet::new(),
            balances: BTreeMap::new(),
            heads: Tally::default(),
            issued: Tally::default(),
            spent: Tally::default(),
            archived: Tally::default(),
            pages: Tally::default(),
            archived_and_spent: Tally::default(),
            excess: Tally::default(),
            negative: Tally::default(),
            pouches: Tally::default(),
            accounts: BTreeMap::new(),
            replayed_orders: Tally::default(),
            unclaimed: BTreeMap::new(),
            in_circulation: BTreeMap::new(),
            unminted: BTreeMap::new(),
            settled: BTreeMap::new(),
            sales: BTreeMap::new(),
            totals: SpentTotals::default(),
        }
    }

    /// The next entry of a journal as stored; `None` if its columns cannot be read.
    pub(crate) fn entry(&mut self, book: Book, seq: u64, entry: Option<&Entry>, head: [u8; 32]) {
        if let Some(entry) = entry {
            self.currencies.insert(entry.currency);
        }
        self.replay(book).row(seq, entry, head);
    }

    /// Where the store believes that a journal stands.
    pub(crate) fn head(&mut self, book: Book, stored: ChainHead) {
        let replayed = self.replay(book).at;
        let name = || format!("{} head", book.name());
        self.heads
            .compare(name, i128::from(replayed.seq), i128::from(stored.seq));
        self.heads
            .compare(name, 1, i128::from(replayed.head == stored.head));
    }

    /// A balance as stored.
    pub(crate) fn balance(&mut self, book: Book, currency: Currency, account: &str, amount: i64) {
        self.currencies.insert(currency);
        let sum = self
            .balances
            .entry((book, currency, account.into()))
            .or_default();
        add(sum, i128::from(amount));
    }

    /// A keyset's counters and rows.
    pub(crate) fn keyset(&mut self, row: &KeysetRow) {
        let name = || row.keyset.to_b64u();
        let sum = |terms: &[i64]| {
            terms
                .iter()
                .fold(0i128, |sum, &term| sum.saturating_add(i128::from(term)))
        };
        let archive = row.archive;
        let issued = sum(&[row.issued_rows, row.issued_dropped]);
        let spent = sum(&[row.spent_rows, archive.nullifiers, row.spent_dropped]);
        self.issued.compare(name, i128::from(row.issued), issued);
        self.spent.compare(name, i128::from(row.spent), spent);
        let (counted, found) = (i128::from(row.archived), i128::from(archive.nullifiers));
        self.archived.compare(name, counted, found);
        let pages = i128::from(archive.pages);
        self.pages.compare(name, i128::from(archive.good), pages);
        self.pages.compare(name, i128::from(!archive.whole), 0);
        let too = i128::from(archive.spent_too);
        self.archived_and_spent.compare(name, too, 0);
        let left = issued.saturating_sub(spent);
        self.excess.compare(name, left.min(0).saturating_neg(), 0);
        if let Some((currency, denomination)) = row.terms {
            self.currencies.insert(currency);
            let value = left.saturating_mul(i128::from(denomination));
            let place = if row.ended {
                self.unclaimed.entry((currency, row.keyset)).or_default()
            } else {
                self.in_circulation.entry(currency).or_default()
            };
            add(place, value);
        }
    }

    /// An order's account.
    pub(crate) fn order(&mut self, row: &OrderRow) {
        let name = || row.id.to_b64u();
        self.currencies.insert(row.currency);
        let wide = |amount: i64| i128::from(amount);
        let sum = |plus: &[i64], minus: &[i64]| {
            let plus = plus
                .iter()
                .fold(0, |sum: i128, &a| sum.saturating_add(wide(a)));
            minus
                .iter()
                .fold(plus, |sum, &a| sum.saturating_sub(wide(a)))
        };
        // An order that was never paid owes no fee.
        let paid = row.settled != 0;
        let left = if paid {
            sum(&[row.settled], &[row.fee, row.tax])
        } else {
            0
        };
        let right = sum(
            &[
                row.unminted,
                row.locked,
                row.drawn,
                row.returned,
                row.voided,
            ],
            &[row.deposited],
        );
        self.accounts
            .entry(row.currency)
            .or_default()
            .compare(name, left, right);
        self.pouches
            .compare(name, wide(row.next_pouch), wide(row.draws));
        for amount in [
            row.settled,
            row.unminted,
            row.locked,
            row.drawn,
            row.returned,
            row.voided,
        ] {
            self.negative.compare(name, wide(amount).min(0), 0);
        }
        add(
            self.unminted.entry(row.currency).or_default(),
            wide(row.unminted),
        );
        add(
            self.settled.entry(row.currency).or_default(),
            wide(row.settled),
        );
        let flow = self.funding.orders.remove(&row.id).unwrap_or_default();
        self.replayed_orders
            .compare(name, flow.settled, wide(row.settled));
        self.replayed_orders
            .compare(name, flow.unminted, wide(row.unminted));
        self.replayed_orders
            .compare(name, flow.drawn, wide(row.drawn));
    }

    /// A sales counter.
    pub(crate) fn sale(&mut self, publisher: PublisherId, currency: Currency, amount: i64) {
        self.currencies.insert(currency);
        add(
            self.sales.entry((currency, publisher)).or_default(),
            i128::from(amount),
        );
    }

    /// Counts over the use side.
    pub(crate) const fn spent(&mut self, totals: SpentTotals) {
        self.totals = totals;
    }

    /// Compares everything.
    pub(crate) fn finish(self) -> AuditReport {
        super::checks::report(self)
    }

    const fn replay(&mut self, book: Book) -> &mut Replay {
        match book {
            Book::Funding => &mut self.funding,
            Book::Use => &mut self.usage,
        }
    }
}
