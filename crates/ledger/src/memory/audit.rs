//! The audit of the memory ledger.

use super::state::State;
use crate::audit::{AuditReport, Auditor, KeysetRow, OrderRow, SpentTotals};
use crate::journal::Book;
use crate::order::Order;
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
                issued: keyset.issued,
                spent: keyset.spent,
                issued_rows: count(self.issued.iter().filter(|(of, _)| of == id)),
                spent_rows: count(self.spent.keys().filter(|(of, _)| of == id)),
            });
        }
        for order in self.orders.values() {
            auditor.order(&self.order_row(order));
        }
        for ((publisher, _, _, currency), (_, amount)) in &self.sales {
            auditor.sale(publisher.clone(), *currency, *amount);
        }
        let answered =
            |spent: &&super::state::Spent| self.answers.contains_key(&(spent.lead, spent.binding));
        let leads: BTreeSet<_> = self
            .spent
            .iter()
            .filter(|((_, nullifier), spent)| *nullifier == spent.lead)
            .map(|(_, spent)| (spent.lead, spent.binding))
            .collect();
        auditor.spent(SpentTotals {
            rows: count(&self.spent),
            distinct: count(self.spent.keys().map(|(_, n)| n).collect::<BTreeSet<_>>()),
            answered: count(self.spent.values().filter(answered)),
            answers: count(&self.answers),
            answers_of_leads: count(self.answers.keys().filter(|key| leads.contains(key))),
        });
        auditor.finish()
    }

    fn order_row(&self, order: &Order) -> OrderRow {
        let account = &order.account;
        let id = order.terms.id;
        OrderRow {
            id,
            currency: order.terms.currency,
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
