//! The audit of the memory ledger.

use super::state::State;
use crate::archive::Page;
use crate::audit::{ArchiveRows, AuditReport, Auditor, FrozenAs, KeysetRow, OrderRow, SpentTotals};
use crate::journal::Book;
use crate::keyset_end::Stage;
use crate::order::Order;
use farthing_core::id::KeysetId;
use std::collections::BTreeSet;

fn count<T>(items: impl IntoIterator<Item = T>) -> i64 {
    i64::try_from(items.into_iter().count()).unwrap_or(i64::MAX)
}

impl State {
    pub(super) fn audit(&self) -> AuditReport {
        let mut auditor = Auditor::new();
        for checkpoint in &self.checkpoints {
            auditor.checkpoint(checkpoint.clone());
        }
        for (book, kept) in [(Book::Funding, &self.funding), (Book::Use, &self.usage)] {
            for (seq, (entry, head)) in (1..).zip(&kept.rows) {
                auditor.entry(book, seq, Some(entry), *head);
            }
            auditor.head(book, kept.at(book));
            for ((currency, account), amount) in &kept.balances {
                auditor.balance(book, *currency, account, *amount);
            }
        }
        for (id, keyset) in &self.keysets {
            auditor.keyset(&KeysetRow {
                keyset: *id,
                terms: Some((keyset.currency, keyset.denomination.signed())),
                promo: keyset.promo.clone(),
                issued: keyset.issued,
                spent: keyset.spent,
                lost: keyset.lost,
                archived: count(self.archive.get(id).into_iter().flatten()),
                issued_dropped: keyset.issued_dropped,
                spent_dropped: keyset.spent_dropped,
                ended: keyset.stage != Stage::Live,
                frozen: keyset.frozen.as_ref().map(|(hour, reason)| FrozenAs {
                    hour: hour.number(),
                    reason: reason.clone().into_bytes(),
                }),
                issued_rows: count(self.issued.iter().filter(|(of, _)| of == id)),
                spent_rows: count(self.spent.keys().filter(|(of, _)| of == id)),
                archive: self.archive_rows(id),
            });
        }
        for order in self.orders.values() {
            auditor.order(&self.order_row(order));
        }
        for ((publisher, _, _, currency), (_, amount)) in &self.sales {
            auditor.sale(publisher.clone(), *currency, *amount);
        }
        for ((publisher, _, currency), (_, amount)) in &self.refunds {
            auditor.refund(publisher.clone(), *currency, *amount);
        }
        let answered =
            |spent: &&super::state::Spent| self.answers.contains_key(&(spent.lead, spent.binding));
        let is_kept = |keyset| {
            let keyset = self.keysets.get(keyset);
            keyset.is_none_or(|keyset| keyset.stage != Stage::KeyDestroyed)
        };
        let mut listed = Vec::new();
        for (key, kept) in &self.answers {
            let tokens = kept.inputs.iter().filter(|(keyset, _)| is_kept(keyset));
            listed.extend(tokens.map(|token| (token, *key)));
        }
        let names = |(token, key): &&(&(_, _), (_, _))| {
            let spent = self.spent.get(*token);
            spent.is_some_and(|spent| (spent.lead, spent.binding) == *key)
        };
        auditor.spent(SpentTotals {
            rows: count(&self.spent),
            distinct: count(self.spent.keys().map(|(_, n)| n).collect::<BTreeSet<_>>()),
            answered: count(self.spent.values().filter(answered)),
            kept: count(self.spent.keys().filter(|(keyset, _)| is_kept(keyset))),
            listed: count(&listed),
            found: count(listed.iter().filter(names)),
            answers: count(&self.answers),
            readable: count(&self.answers),
        });
        auditor.finish()
    }

    fn archive_rows(&self, keyset: &KeysetId) -> ArchiveRows {
        let nullifiers = self.archive.get(keyset).into_iter().flatten();
        let sorted: Vec<_> = nullifiers.clone().copied().collect();
        let pages = if sorted.is_empty() {
            0
        } else {
            count(Page::empty().with(&sorted).unwrap_or_default())
        };
        ArchiveRows {
            nullifiers: count(&sorted),
            pages,
            good: pages,
            whole: true,
            spent_too: count(nullifiers.filter(|n| self.spent.contains_key(&(*keyset, **n)))),
        }
    }

    fn order_row(&self, order: &Order) -> OrderRow {
        let account = &order.account;
        let id = order.terms.id;
        OrderRow {
            id,
            currency: order.terms.currency,
            promo: order.terms.promo.clone(),
            fee: order.terms.quote.fee().signed(),
            tax: order.terms.quote.tax().signed(),
            settled: account.settled.signed(),
            unminted: account.unminted.signed(),
            locked: account.locked.signed(),
            drawn: account.drawn.signed(),
            deposited: account.deposited.signed(),
            returned: account.returned.signed(),
            voided: account.voided.signed(),
            next_pouch: i64::from(order.next_pouch),
            draws: count(self.draws.keys().filter(|(of, _)| *of == id)),
        }
    }
}
