//! Reading everything for the audit.

use super::{checkpoints, journal, publishers, sql};
use crate::StoreError;
use crate::archive::Page;
use crate::audit::{
    ArchiveReader, AuditReport, Auditor, FrozenAs, KeysetRow, OrderRow, SpentTotals,
};
use crate::journal::Book;
use crate::keyset_end::Stage;
use crate::listing;
use farthing_core::id::{KeysetId, Nullifier, OrderId};
use rusqlite::{Connection, Row};
use std::collections::{BTreeMap, BTreeSet};

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
    let refunds = "SELECT publisher, currency, amount FROM refunds";
    sql::each(conn, refunds, (), |row| {
        auditor.refund(
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
    let mut archives = archives(conn)?;
    // Counted in the order of the primary keys; numbers with rows but no counters are seen too.
    let select = "WITH i AS (SELECT keyset, count(*) AS n FROM issued GROUP BY keyset), \
                  s AS (SELECT keyset, count(*) AS n FROM spent GROUP BY keyset), \
                  k AS (SELECT number FROM keyset_counts UNION SELECT keyset FROM i \
                        UNION SELECT keyset FROM s UNION SELECT keyset FROM archive_pages) \
                  SELECT k.number, c.keyset, c.currency, coalesce(c.denomination, 0), \
                  coalesce(c.issued, 0), coalesce(c.spent, 0), coalesce(c.archived, 0), \
                  coalesce(c.issued_dropped, 0), coalesce(c.spent_dropped, 0), \
                  coalesce(c.stage, 'live'), coalesce(i.n, 0), coalesce(s.n, 0), \
                  coalesce(c.lost, 0), c.frozen_hour, c.frozen_reason, \
                  coalesce(c.promo, '') FROM k \
                  LEFT JOIN keyset_counts c ON c.number = k.number \
                  LEFT JOIN i ON i.keyset = k.number LEFT JOIN s ON s.keyset = k.number";
    sql::each(conn, select, (), |row| {
        let number: i64 = row.get(0)?;
        let counted = row.get::<_, Option<[u8; 16]>>(1)?;
        let terms = match counted {
            Some(_) => Some((sql::currency(row, 2)?, row.get(3)?)),
            None => None,
        };
        let stage = sql::column(row, 9, |word: String| Stage::parse(&word))?;
        let mut archive = archives.remove(&number).unwrap_or_default();
        if stage == Stage::KeyDestroyed {
            archive.rows.whole = true;
        }
        auditor.keyset(&KeysetRow {
            keyset: KeysetId::new(counted.unwrap_or_default()),
            terms,
            promo: sql::promo(row, 15)?,
            issued: row.get(4)?,
            spent: row.get(5)?,
            archived: row.get(6)?,
            issued_dropped: row.get(7)?,
            spent_dropped: row.get(8)?,
            ended: stage != Stage::Live,
            frozen: match row.get::<_, Option<i64>>(13)?.unwrap_or_default() {
                0 => None,
                hour => Some(FrozenAs {
                    hour: u64::try_from(hour).unwrap_or(u64::MAX),
                    reason: row.get::<_, String>(14)?.into_bytes(),
                }),
            },
            issued_rows: row.get(10)?,
            spent_rows: row.get(11)?,
            lost: row.get(12)?,
            archive: archive.rows,
        });
        Ok(())
    })
}

/// Every page of every archive, by keyset number.
fn archives(conn: &Connection) -> Result<BTreeMap<i64, ArchiveReader>, StoreError> {
    let mut archives: BTreeMap<i64, ArchiveReader> = BTreeMap::new();
    let select = "SELECT keyset, first, depth, hash, nullifiers FROM archive_pages \
                  ORDER BY keyset, first";
    sql::each(conn, select, (), |row| {
        let keyset = row.get(0)?;
        let nullifiers: Vec<u8> = row.get(4)?;
        let archive = archives.entry(keyset).or_default();
        let page = archive.page(row.get(1)?, row.get(2)?, row.get(3)?, &nullifiers);
        let spent = "SELECT 1 FROM spent WHERE keyset = ?1 AND nullifier = ?2";
        for nullifier in page.iter().flat_map(Page::nullifiers) {
            let mut statement = conn.prepare_cached(spent)?;
            if statement.exists((keyset, nullifier.bytes()))? {
                archive.rows.spent_too = archive.rows.spent_too.saturating_add(1);
            }
        }
        Ok(())
    })?;
    Ok(archives)
}

fn orders(conn: &Connection, auditor: &mut Auditor) -> Result<(), StoreError> {
    let select = "SELECT order_id, currency, fee, tax, settled, unminted, locked, drawn, deposited, \
                  returned, voided, next_pouch, \
                  (SELECT count(*) FROM draws WHERE draws.order_id = orders.order_id), \
                  promo FROM orders";
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
        promo: sql::promo(row, 13)?,
    })
}

fn spent(conn: &Connection) -> Result<SpentTotals, StoreError> {
    let select = "SELECT count(*), count(DISTINCT nullifier), \
                  count(*) FILTER (WHERE EXISTS (SELECT 1 FROM answers a \
                  WHERE a.number = spent.answer)), \
                  count(*) FILTER (WHERE keyset NOT IN \
                  (SELECT number FROM keyset_counts WHERE stage = 'key_destroyed')) FROM spent";
    let mut totals = sql::row(conn, select, (), |row| {
        Ok(SpentTotals {
            rows: row.get(0)?,
            distinct: row.get(1)?,
            answered: row.get(2)?,
            kept: row.get(3)?,
            ..SpentTotals::default()
        })
    })?;
    let select = "SELECT number FROM keyset_counts WHERE stage = 'key_destroyed'";
    let dropped: BTreeSet<i32> = sql::all(conn, select, (), |row| row.get(0))?
        .into_iter()
        .collect();
    let find = "SELECT 1 FROM spent WHERE keyset = ?1 AND nullifier = ?2 AND answer = ?3";
    let select = "SELECT number, lead, inputs FROM answers";
    let one_more = |count: &mut i64| *count = count.saturating_add(1);
    sql::each(conn, select, (), |row| {
        one_more(&mut totals.answers);
        let (number, lead): (i64, [u8; 32]) = (row.get(0)?, row.get(1)?);
        let inputs: Vec<u8> = row.get(2)?;
        let Some(tokens) = listing::read(Nullifier::new(lead), &inputs) else {
            return Ok(());
        };
        one_more(&mut totals.readable);
        for (keyset, nullifier) in tokens {
            if dropped.contains(&keyset.get()) {
                continue;
            }
            one_more(&mut totals.listed);
            let key = (keyset.get(), nullifier.bytes(), number);
            if conn.prepare_cached(find)?.exists(key)? {
                one_more(&mut totals.found);
            }
        }
        Ok(())
    })?;
    Ok(totals)
}
