//! A journal and its balances in memory.

use crate::journal::{Book, Entry};
use crate::{ChainHead, StoreError};
use farthing_core::money::Currency;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct MemoryBook {
    pub(super) rows: Vec<(Entry, [u8; 32])>,
    pub(super) balances: BTreeMap<(Currency, String), i64>,
}

impl MemoryBook {
    pub(super) fn at(&self, book: Book) -> ChainHead {
        ChainHead {
            seq: u64::try_from(self.rows.len()).unwrap_or(u64::MAX),
            head: self
                .rows
                .last()
                .map_or_else(|| book.genesis(), |(_, head)| *head),
        }
    }

    /// Appends, or changes nothing.
    pub(super) fn append(&mut self, entry: Entry) -> Result<(), StoreError> {
        let mut balances = self.balances.clone();
        for line in entry.postings.lines() {
            let key = (entry.currency, line.account.to_string());
            let balance = balances.entry(key).or_default();
            *balance = balance
                .checked_add(line.amount)
                .ok_or_else(|| StoreError::Inconsistent("a balance is too large".into()))?;
        }
        let at = self.at(entry.event.book());
        let head = entry.head(at.seq.saturating_add(1), &at.head);
        self.balances = balances;
        self.rows.push((entry, head));
        Ok(())
    }
}
