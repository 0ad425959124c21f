//! One journal, read from the beginning.

use super::ChainHead;
use super::rows::FrozenAs;
use super::tally::Tally;
use crate::journal::{Book, Entry, Event};
use crate::{Account, event};
use farthing_core::id::{KeysetId, OrderId};
use farthing_core::money::Currency;
use farthing_core::origin::PublisherId;
use std::collections::BTreeMap;

/// What the journal says of one order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OrderFlow {
    pub(super) settled: i128,
    pub(super) unminted: i128,
    pub(super) drawn: i128,
}

/// What the journal says of one publisher's sales.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SalesFlow {
    pub(super) redeemed: i128,
    pub(super) divided: i128,
}

/// The state of a journal after the entries fed so far.
#[derive(Debug)]
pub(super) struct Replay {
    book: Book,
    pub(super) at: ChainHead,
    pub(super) balances: BTreeMap<(Currency, String), i128>,
    pub(super) entries: Tally,
    pub(super) links: Tally,
    pub(super) sides: BTreeMap<Currency, Tally>,
    pub(super) orders: BTreeMap<OrderId, OrderFlow>,
    pub(super) sales: BTreeMap<(Currency, PublisherId), SalesFlow>,
    /// What each publisher gave back, as it came out in tokens.
    pub(super) refunds: BTreeMap<(Currency, PublisherId), i128>,
    /// The keysets that are frozen after the entries fed so far.
    pub(super) frozen: BTreeMap<KeysetId, FrozenAs>,
    /// Whether each freeze was of a keyset that was not frozen, and each thaw of one that was.
    pub(super) turns: Tally,
}

impl Replay {
    pub(super) fn new(book: Book) -> Self {
        Self {
            book,
            at: ChainHead {
                seq: 0,
                head: book.genesis(),
            },
            balances: BTreeMap::new(),
            entries: Tally::default(),
            links: Tally::default(),
            sides: BTreeMap::new(),
            orders: BTreeMap::new(),
            sales: BTreeMap::new(),
            refunds: BTreeMap::new(),
            frozen: BTreeMap::new(),
            turns: Tally::default(),
        }
    }

    /// The next row as stored: its number, its entry (`None` if it cannot be read), the chain's hash.
    pub(super) fn row(&mut self, seq: u64, entry: Option<&Entry>, head: [u8; 32]) {
        let expected = self.at.seq.saturating_add(1);
        let entry = entry.filter(|entry| entry.event.book() == self.book);
        let name = || format!("{} {seq}", self.book.name());
        self.entries.compare(name, i128::from(entry.is_some()), 1);
        let computed = entry.map(|entry| entry.head(seq, &self.at.head));
        let fits = seq == expected && computed == Some(head);
        self.links.compare(name, i128::from(fits), 1);
        if let Some(entry) = entry {
            self.book_entry(seq, entry);
        }
        // Goes on from the stored hash, so that one changed row is one difference and not all rows after it.
        self.at = ChainHead { seq, head };
    }

    fn book_entry(&mut self, seq: u64, entry: &Entry) {
        let (mut debits, mut credits) = (0i128, 0i128);
        for line in entry.postings.lines() {
            let amount = i128::from(line.amount);
            let side = if amount >= 0 {
                &mut debits
            } else {
                &mut credits
            };
            *side = side.saturating_add(amount.abs());
            let key = (entry.currency, line.account.to_string());
            add(self.balances.entry(key).or_default(), amount);
            self.flow(entry, &line.account, amount);
        }
        let turned = match entry.event {
            Event::Freeze | Event::Thaw => Some(self.turn(entry)),
            _ => None,
        };
        let name = || format!("{} {seq}", self.book.name());
        if let Some(turned) = turned {
            self.turns.compare(name, i128::from(turned), 1);
        }
        self.sides
            .entry(entry.currency)
            .or_default()
            .compare(name, debits, credits);
    }

    /// Freezes or thaws; whether that changed something.
    fn turn(&mut self, entry: &Entry) -> bool {
        let Some((keyset, rest)) = event::keyset_of(entry) else {
            return false;
        };
        if entry.event == Event::Thaw {
            return rest.is_empty() && self.frozen.remove(&keyset).is_some();
        }
        let frozen = FrozenAs {
            hour: entry.time,
            reason: rest.to_vec(),
        };
        self.frozen.insert(keyset, frozen).is_none()
    }

    fn flow(&mut self, entry: &Entry, account: &Account, amount: i128) {
        let out = amount.saturating_neg();
        if let Some(order) = entry.order {
            let flow = self.orders.entry(order).or_default();
            match account {
                Account::SafeguardedCash | Account::PromoGiven(_) => add(&mut flow.settled, amount),
                Account::Unminted | Account::PromoUnminted(_) => add(&mut flow.unminted, out),
                Account::Tokens | Account::PromoTokens(_) => add(&mut flow.drawn, out),
                Account::FeeIncome
                | Account::ForgeryLoss
                | Account::PromoLapsed(_)
                | Account::PromoLost(_)
                | Account::PromoUsed(_)
                | Account::PublisherPayable(_)
                | Account::TaxHeld
                | Account::Unclaimed(_) => {}
            }
        }
        if let Event::Redeem | Event::Refund = entry.event {
            let mut lines = entry.postings.lines().iter();
            let publisher = lines.find_map(|line| match &line.account {
                Account::PublisherPayable(origin) => Some(origin.clone()),
                _ => None,
            });
            let Some(publisher) = publisher else { return };
            let of = (entry.currency, publisher);
            if entry.event == Event::Refund {
                if *account == Account::Tokens {
                    add(self.refunds.entry(of).or_default(), out);
                }
                return;
            }
            let flow = self.sales.entry(of).or_default();
            match account {
                Account::Tokens => add(&mut flow.redeemed, amount),
                _ => add(&mut flow.divided, out),
            }
        }
    }

    pub(super) fn balance(&self, currency: Currency, account: &Account) -> i128 {
        self.balances
            .get(&(currency, account.to_string()))
            .copied()
            .unwrap_or_default()
    }
}

pub(super) fn add(sum: &mut i128, amount: i128) {
    // i128 holds 2^64 entries of 2^63 micro.
    *sum = sum.saturating_add(amount);
}
