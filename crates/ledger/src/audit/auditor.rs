//! Collects what a store holds, row by row, and compares it with itself.

use super::promo::PromoTables;
use super::replay::{Replay, add};
use super::rows::{KeysetRow, OrderRow, SpentTotals};
use super::tally::Tally;
use super::{AuditReport, ChainHead};
use crate::journal::{Book, Entry};
use crate::{Checkpoint, Heads};
use farthing_core::bytes::sha256;
use farthing_core::id::KeysetId;
use farthing_core::money::Currency;
use farthing_core::origin::PublisherId;
use std::collections::{BTreeMap, BTreeSet};

/// The number of a checkpoint and the head that it names.
type Signed = (u64, [u8; 32]);

/// Collects a store: first both journals from their beginning, then the tables in any order.
#[derive(Debug)]
pub(crate) struct Auditor {
    pub(super) funding: Replay,
    pub(super) usage: Replay,
    pub(super) currencies: BTreeSet<Currency>,
    /// Stored balances that no entry explains are found because what is explained is taken away.
    pub(super) balances: BTreeMap<(Book, Currency, String), i128>,
    pub(super) heads: Tally,
    pub(super) checkpoints: Vec<Checkpoint>,
    /// What checkpoints say that the journals' heads are, by number of the entry; taken away when it was seen.
    pub(super) signed_heads: BTreeMap<(Book, u64), Vec<Signed>>,
    pub(super) checkpointed: Tally,
    pub(super) issued: Tally,
    pub(super) spent: Tally,
    pub(super) archived: Tally,
    pub(super) pages: Tally,
    pub(super) archived_and_spent: Tally,
    pub(super) excess: Tally,
    pub(super) negative: Tally,
    /// Keysets with the state that the journal gives them.
    pub(super) frozen: Tally,
    pub(super) pouches: Tally,
    pub(super) accounts: BTreeMap<Currency, Tally>,
    pub(super) replayed_orders: Tally,
    /// What was outstanding of keysets when they ended, counted in rows.
    pub(super) unclaimed: BTreeMap<(Currency, KeysetId), i128>,
    /// Σ denomination × (issued − spent + lost) over keysets that have not ended, issued and spent counted in rows.
    pub(super) in_circulation: BTreeMap<Currency, i128>,
    /// Σ denomination × lost.
    pub(super) lost: BTreeMap<Currency, i128>,
    pub(super) unminted: BTreeMap<Currency, i128>,
    pub(super) settled: BTreeMap<Currency, i128>,
    pub(super) promo: BTreeMap<(Currency, PublisherId), PromoTables>,
    pub(super) sales: BTreeMap<(Currency, PublisherId), i128>,
    pub(super) refunds: BTreeMap<(Currency, PublisherId), i128>,
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
            checkpoints: Vec::new(),
            signed_heads: BTreeMap::new(),
            checkpointed: Tally::default(),
            issued: Tally::default(),
            spent: Tally::default(),
            archived: Tally::default(),
            pages: Tally::default(),
            archived_and_spent: Tally::default(),
            excess: Tally::default(),
            negative: Tally::default(),
            frozen: Tally::default(),
            pouches: Tally::default(),
            accounts: BTreeMap::new(),
            replayed_orders: Tally::default(),
            unclaimed: BTreeMap::new(),
            in_circulation: BTreeMap::new(),
            lost: BTreeMap::new(),
            unminted: BTreeMap::new(),
            settled: BTreeMap::new(),
            promo: BTreeMap::new(),
            sales: BTreeMap::new(),
            refunds: BTreeMap::new(),
            totals: SpentTotals::default(),
        }
    }

    /// The next checkpoint, ascending by number. All of them come before the journals.
    pub(crate) fn checkpoint(&mut self, checkpoint: Checkpoint) {
        let expected = self.checkpoints.last().map_or(0, |c| c.n).saturating_add(1);
        let name = || format!("checkpoint {}", checkpoint.n);
        let whole = sha256(&checkpoint.body) == checkpoint.body_hash;
        let fits = checkpoint.n == expected && whole;
        self.checkpointed.compare(name, i128::from(fits), 1);
        let Heads { funding, usage } = checkpoint.heads;
        for (book, at) in [(Book::Funding, funding), (Book::Use, usage)] {
            if at.seq == 0 {
                let genesis = i128::from(at.head == book.genesis());
                self.checkpointed.compare(name, genesis, 1);
            } else {
                let signed = self.signed_heads.entry((book, at.seq)).or_default();
                signed.push((checkpoint.n, at.head));
            }
        }
        self.checkpoints.push(checkpoint);
    }

    /// The next entry of a journal as stored; `None` if its columns cannot be read.
    pub(crate) fn entry(&mut self, book: Book, seq: u64, entry: Option<&Entry>, head: [u8; 32]) {
        if let Some(entry) = entry {
            self.currencies.insert(entry.currency);
        }
        self.replay(book).row(seq, entry, head);
        for (n, signed) in self.signed_heads.remove(&(book, seq)).unwrap_or_default() {
            let name = || format!("checkpoint {n}: {} {seq}", book.name());
            self.checkpointed
                .compare(name, i128::from(signed == head), 1);
        }
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
        let journalled = self.usage.frozen.remove(&row.keyset);
        let agrees = i128::from(journalled == row.frozen);
        self.frozen.compare(name, agrees, 1);
        let lost = i128::from(row.lost);
        let left = issued.saturating_sub(spent).saturating_add(lost);
        self.excess.compare(name, left.min(0).saturating_neg(), 0);
        if let Some((currency, denomination)) = row.terms {
            self.currencies.insert(currency);
            let denomination = i128::from(denomination);
            let lost = lost.saturating_mul(denomination);
            let value = left.saturating_mul(denomination);
            if let Some(of) = &row.promo {
                let promo = self.promo.entry((currency, of.clone())).or_default();
                add(&mut promo.lost, lost);
                let place = if row.ended {
                    &mut promo.lapsed
                } else {
                    &mut promo.in_circulation
                };
                add(place, value);
                return;
            }
            add(self.lost.entry(currency).or_default(), lost);
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
        let (unminted, settled) = match &row.promo {
            Some(of) => {
                let promo = self.promo.entry((row.currency, of.clone())).or_default();
                (&mut promo.unminted, &mut promo.given)
            }
            None => (
                self.unminted.entry(row.currency).or_default(),
                self.settled.entry(row.currency).or_default(),
            ),
        };
        add(unminted, wide(row.unminted));
        add(settled, wide(row.settled));
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

    /// A counter of what a publisher gave back.
    pub(crate) fn refund(&mut self, publisher: PublisherId, currency: Currency, amount: i64) {
        self.currencies.insert(currency);
        add(
            self.refunds.entry((currency, publisher)).or_default(),
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
