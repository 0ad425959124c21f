//! Where the memory ledger stands, its checkpoints and its time.

use super::state::State;
use crate::journal::Book;
use crate::{
    Account, AppendCheckpointError, Balance, Checkpoint, Heads, KeysetCounts, LedgerTime, Snapshot,
    Standing, StoreError, TimeError, TimeStep,
};
use farthing_core::money::Currency;
use farthing_core::time::Timestamp;
use std::collections::BTreeMap;

impl State {
    const fn book(&self, book: Book) -> &super::books::MemoryBook {
        match book {
            Book::Funding => &self.funding,
            Book::Use => &self.usage,
        }
    }

    fn tokens(&self, book: Book) -> BTreeMap<Currency, i64> {
        let tokens = Account::Tokens.to_string();
        let balances = self.book(book).balances.iter();
        balances
            .filter(|((_, account), _)| *account == tokens)
            .map(|((currency, _), amount)| (*currency, amount.saturating_abs()))
            .collect()
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            heads: Heads {
                funding: self.funding.at(Book::Funding),
                usage: self.usage.at(Book::Use),
            },
            drawn: self.tokens(Book::Funding),
            spent: self.tokens(Book::Use),
        }
    }

    pub(super) fn head_at(&self, book: Book, seq: u64) -> Option<[u8; 32]> {
        let Some(index) = seq.checked_sub(1) else {
            return Some(book.genesis());
        };
        let rows = &self.book(book).rows;
        rows.get(usize::try_from(index).ok()?)
            .map(|(_, head)| *head)
    }

    pub(super) fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let keyset = |(id, keyset): (&_, &super::state::Keyset)| KeysetCounts {
            keyset: *id,
            currency: keyset.currency,
            denomination: keyset.denomination.signed(),
            issued: keyset.issued,
            spent: keyset.spent,
        };
        let balances = [Book::Funding, Book::Use].into_iter().flat_map(|book| {
            let balances = self.book(book).balances.iter();
            balances.map(move |((currency, account), amount)| Balance {
                book: book.name(),
                currency: *currency,
                account: account.clone(),
                amount: *amount,
            })
        });
        Ok(Snapshot {
            standing: self.standing(),
            keysets: self.keysets.iter().map(keyset).collect(),
            balances: balances.collect(),
            archives: self.archive_roots()?,
            newest: self.checkpoints.last().cloned(),
        })
    }

    pub(super) fn append_checkpoint(
        &mut self,
        checkpoint: Checkpoint,
    ) -> Result<(), AppendCheckpointError> {
        let expected = self.checkpoints.last().map_or(1, |c| c.n.saturating_add(1));
        if checkpoint.n != expected {
            return Err(AppendCheckpointError::NotNext { expected });
        }
        self.checkpoints.push(checkpoint);
        Ok(())
    }

    /// Something goes because its time is over by then: no earlier time can be decided on.
    pub(super) fn deleting(&mut self, under: Timestamp) {
        if let Some(time) = &mut self.time {
            time.deleted_under = under.max(time.deleted_under);
        }
    }

    pub(super) fn ledger_time(&mut self, step: TimeStep) -> Result<Option<LedgerTime>, TimeError> {
        let known = self.time.clone();
        let deleted_under = known
            .as_ref()
            .map_or_else(Timestamp::default, |t| t.deleted_under);
        match step {
            TimeStep::Look => {}
            TimeStep::Keep {
                mark,
                era,
                reading,
                decision,
                until,
            } => {
                if known
                    .as_ref()
                    .is_none_or(|known| known.decision == decision)
                {
                    let before = known.map_or((mark, until), |t| (t.mark, t.told_until));
                    self.time = Some(LedgerTime {
                        mark: mark.max(before.0),
                        era,
                        reading,
                        deleted_under,
                        decision,
                        told_until: until.max(before.1),
                    });
                }
            }
            TimeStep::Decide { mark, era, reading } => {
                if mark < deleted_under {
                    return Err(TimeError::DeletedUnder {
                        under: deleted_under,
                    });
                }
                let decision = known.map_or(0, |known| known.decision).saturating_add(1);
                self.time = Some(LedgerTime {
                    mark,
                    era,
                    reading,
                    deleted_under,
                    decision,
                    told_until: mark,
                });
            }
            TimeStep::Deleting(under) => self.deleting(under),
        }
        Ok(self.time.clone())
    }
}
