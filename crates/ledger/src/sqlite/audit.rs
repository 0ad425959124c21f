//! Reading everything for the audit.

use super::{checkpoints, journal, publishers, sql};
use crate::StoreError;
use crate::audit::{AuditReport, Auditor, KeysetRow, OrderRow, SpentTotals};
use crate::journal::Book;
use farthing_core::id::{KeysetId, OrderId};
use rusqlite::{Connection, Row};

/// Audits what one transaction sees.
pub(super) fn audit(conn: &Connection) -> Result<AuditReport, StoreError> {
    let mut auditor = Auditor::new();
    for checkpoint in checkpoints::from(conn, 0, usize::MAX)? {
        auditor.checkpoint(checkpoint);
    }
    for book in [Book::Funding, Book::Use] {
        journal::entries(conn, book, |seq, entry, head| {
            auditor.entry(book, seq, entry, head)
        })?;
        auditor.head(book, journal::head(conn, book)?);
        journal::balances(conn, book, |currency, account, amount| {
            auditor.balance(book, currency, account, amount);
        })?;
    }
    keysets(conn, &mut auditor)?;
    orders(conn, &mut auditor)?;
    let sales = "SELECT publisher, currency, amount FROM sales";
    sql::each(conn, sales, (), |row| {
        auditor.sale(
            publishers::origin(row, 0)?,
            sql::currency(row, 1)?,
            row.get(2)?,
        );
        Ok(())
    })?;
    auditor.spent(spent(conn)?);
    Ok(auditor.finish())
}

fn keysets(conn: &Connection, auditor: &mut Auditor) -> Result<(), StoreError> {
    // Counted in the order of the primary keys; keysets with rows but no counters are seen too.
    let select = "WITH i AS (SELECT keyset, count(*) AS n FROM issued GROUP BY keyset), \
                  s AS (SELECT keyset, count(*) AS n FROM spent GROUP BY keyset), \
                  k AS (SELECT keyset FROM keyset_counts UNION SELECT keyset FROM i \
                        UNION SELECT keyset FROM s) \
                  SELECT k.keyset, c.currency, coalesce(c.denomination, 0), coalesce(c.issued, 0), \
                  coalesce(c.spent, 0), coalesce(i.n, 0), coalesce(s.n, 0) FROM k \
                  LEFT JOIN keyset_counts c USING (keyset) LEFT JOIN i USING (keyset) \
                  LEFT JOIN s USING (keyset)";
    sql::each(conn, select, (), |row| {
        let counted = row.get::<_, Option<String>>(1)?.is_some();
        let terms = if counted {
            Some((sql::currency(row, 1)?, row.get(2)?))
        } else {
            None
        };
        auditor.keyset(&KeysetRow {
            keyset: KeysetId::new(row.get(0)?),
            terms,
            issued: row.get(3)?,
            spent: row.get(4)?,
            issued_rows: row.get(5)?,
            spent_rows: row.get(6)?,
        });
        Ok(())
    })
}

fn orders(conn: &Connection, auditor: &mut Auditor) -> Result<(), StoreError> {
    let select = "SELECT order_id, currency, fee, tax, settled, unminted, locked, drawn, deposited, \
                  returned, voided, next_pouch, \
                  (SELECT count(*) FROM draws WHERE draws.order_id = orders.order_id) FROM orders";
    sql::each(conn, select, (), |row| {
        auditor.order(&order(row)?);
        Ok(())
    })
}

fn order(row: &Row<'_>) -> rusqlite::Result<OrderRow> {
    Ok(OrderRow {
        id: OrderId::new(row.get(0)?),
        currency: sql::currency(row, 1)?,
        fee: row.get(2)?,
        tax: row.get(3)?,
        settled: row.get(4)?,
        unminted: row.get(5)?,
        locked: row.get(6)?,
        drawn: row.get(7)?,
        deposited: row.get(8)?,
        returned: row.get(9)?,
        voided: row.get(10)?,
        next_pouch: row.get(11)?,
        draws: row.get(12)?,
    })
}

fn spent(conn: &Connection) -> Result<SpentTotals, StoreError> {
    let select = "SELECT count(*), count(DISTINCT nullifier), \
                  count(*) FILTER (WHERE EXISTS (SELECT 1 FROM answers a \
                  WHERE a.lead = spent.lead AND a.binding = spent.binding)) FROM spent";
    let (rows, distinct, answered) = sql::row(conn, select, (), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let select = "SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM \
                  (SELECT lead, binding FROM spent WHERE nullifier = lead \
                   INTERSECT SELECT lead, binding FROM answers))";
    let (answers, answers_of_leads) =
        sql::row(conn, select, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(SpentTotals {
        rows,
        distinct,
        answered,
        answers,
        answers_of_leads,
    })
}
