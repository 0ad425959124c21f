//! Reading everything for the audit.

use super::broken::Broken;
use super::session::Session;
use super::{checkpoints, column, journal};
use crate::audit::{AuditReport, Auditor, KeysetRow, OrderRow, SpentTotals};
use crate::journal::Book;
use farthing_core::id::{KeysetId, OrderId};
use tokio_postgres::Row;

/// How many orders are fetched at a time.
const PAGE: i64 = 5_000;

/// Audits what one transaction sees, which is one moment of the database.
pub(super) async fn audit(session: &Session) -> Result<AuditReport, Broken> {
    session
        .batch("START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    let report = read(session).await?;
    session.batch("COMMIT").await?;
    Ok(report)
}

/// Audits what the transaction sees that is open.
pub(super) async fn read(session: &Session) -> Result<AuditReport, Broken> {
    let mut auditor = Auditor::new();
    for checkpoint in checkpoints::from(session, 0, usize::MAX).await? {
        auditor.checkpoint(checkpoint);
    }
    for book in [Book::Funding, Book::Use] {
        journal::entries(session, book, |seq, entry, head| {
            auditor.entry(book, seq, entry, head);
        })
        .await?;
        auditor.head(book, journal::head(session, book).await?);
        journal::balances(session, book, |currency, account, amount| {
            auditor.balance(book, currency, account, amount);
        })
        .await?;
    }
    keysets(session, &mut auditor).await?;
    orders(session, &mut auditor).await?;
    let sales = "SELECT publisher, currency, amount FROM sales";
    for row in session.rows(sales, &[]).await? {
        let (origin, currency) = (column::origin(&row, 0)?, column::currency(&row, 1)?);
        auditor.sale(origin, currency, column::value(&row, 2)?);
    }
    auditor.spent(spent(session).await?);
    Ok(auditor.finish())
}

async fn keysets(session: &Session, auditor: &mut Auditor) -> Result<(), Broken> {
    // Counted in the order of the primary keys; keysets with rows but no counters are seen too.
    let select = "WITH i AS (SELECT keyset, count(*) AS n FROM issued GROUP BY keyset), \
                  s AS (SELECT keyset, count(*) AS n FROM spent GROUP BY keyset), \
                  k AS (SELECT keyset FROM keyset_counts UNION SELECT keyset FROM i \
                  UNION SELECT keyset FROM s) \
                  SELECT k.keyset, c.currency, coalesce(c.denomination, 0), coalesce(c.issued, 0), \
                  coalesce(c.spent, 0), coalesce(i.n, 0), coalesce(s.n, 0) FROM k \
                  LEFT JOIN keyset_counts AS c ON c.keyset = k.keyset \
                  LEFT JOIN i ON i.keyset = k.keyset LEFT JOIN s ON s.keyset = k.keyset";
    for row in &session.rows(select, &[]).await? {
        let counted = column::value::<Option<&str>>(row, 1)?.is_some();
        let terms = if counted {
            Some((column::currency(row, 1)?, column::value(row, 2)?))
        } else {
            None
        };
        auditor.keyset(&KeysetRow {
            keyset: KeysetId::new(column::fixed(row, 0)?),
            terms,
            issued: column::value(row, 3)?,
            spent: column::value(row, 4)?,
            issued_rows: column::value(row, 5)?,
            spent_rows: column::value(row, 6)?,
        });
    }
    Ok(())
}

async fn orders(session: &Session, auditor: &mut Auditor) -> Result<(), Broken> {
    let select = "SELECT o.order_id, o.currency, o.fee, o.tax, o.settled, o.unminted, o.locked, o.drawn, \
                  o.deposited, o.returned, o.voided, o.next_pouch, \
                  (SELECT count(*) FROM draws AS d WHERE d.order_id = o.order_id) \
                  FROM orders AS o WHERE o.order_id > $1 ORDER BY o.order_id LIMIT $2";
    let mut after = Vec::new();
    loop {
        let rows = session.rows(select, &[&after, &PAGE]).await?;
        for row in &rows {
            let order = order(row)?;
            after = order.id.bytes().to_vec();
            auditor.order(&order);
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

fn order(row: &Row) -> Result<OrderRow, Broken> {
    Ok(OrderRow {
        id: OrderId::new(column::fixed(row, 0)?),
        currency: column::currency(row, 1)?,
        fee: column::value(row, 2)?,
        tax: column::value(row, 3)?,
        settled: column::value(row, 4)?,
        unminted: column::value(row, 5)?,
        locked: column::value(row, 6)?,
        drawn: column::value(row, 7)?,
        deposited: column::value(row, 8)?,
        returned: column::value(row, 9)?,
        voided: column::value(row, 10)?,
        next_pouch: column::value(row, 11)?,
        draws: column::value(row, 12)?,
    })
}

async fn spent(session: &Session) -> Result<SpentTotals, Broken> {
    let select = "SELECT count(*), count(DISTINCT s.nullifier), count(a.lead) FROM spent AS s \
                  LEFT JOIN answers AS a ON a.lead = s.lead AND a.binding = s.binding";
    let totals = session.one(select, &[]).await?;
    let select = "SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM \
                  (SELECT lead, binding FROM spent WHERE nullifier = lead \
                  INTERSECT SELECT lead, binding FROM answers) AS matched)";
    let answers = session.one(select, &[]).await?;
    Ok(SpentTotals {
        rows: column::value(&totals, 0)?,
        distinct: column::value(&totals, 1)?,
        answered: column::value(&totals, 2)?,
        answers: column::value(&answers, 0)?,
        answers_of_leads: column::value(&answers, 1)?,
    })
}
