//! Reading everything for the audit.

use super::broken::Broken;
use super::session::{Params, Session};
use super::{archive, checkpoints, column, journal};
use crate::archive::Page;
use crate::audit::{
    ArchiveReader, AuditReport, Auditor, FrozenAs, KeysetRow, OrderRow, SpentTotals,
};
use crate::journal::Book;
use crate::keyset_end::Stage;
use crate::listing;
use farthing_core::id::{KeysetId, Nullifier, OrderId};
use std::collections::{BTreeMap, BTreeSet};
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
    let refunds = "SELECT publisher, currency, amount FROM refunds";
    for row in session.rows(refunds, &[]).await? {
        let (origin, currency) = (column::origin(&row, 0)?, column::currency(&row, 1)?);
        auditor.refund(origin, currency, column::value(&row, 2)?);
    }
    auditor.spent(spent(session).await?);
    Ok(auditor.finish())
}

async fn keysets(session: &Session, auditor: &mut Auditor) -> Result<(), Broken> {
    let mut archives = archives(session).await?;
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
                  LEFT JOIN keyset_counts AS c ON c.number = k.number \
                  LEFT JOIN i ON i.keyset = k.number LEFT JOIN s ON s.keyset = k.number";
    for row in &session.rows(select, &[]).await? {
        let number: i32 = column::value(row, 0)?;
        let counted = column::fixed_or_none(row, 1)?;
        let terms = match counted {
            Some(_) => Some((column::currency(row, 2)?, column::value(row, 3)?)),
            None => None,
        };
        let stage = column::parsed(row, 9, Stage::parse)?;
        let mut archive = archives.remove(&number).unwrap_or_default();
        if stage == Stage::KeyDestroyed {
            archive.rows.whole = true;
        }
        auditor.keyset(&KeysetRow {
            keyset: KeysetId::new(counted.unwrap_or_default()),
            terms,
            promo: column::promo(row, 15)?,
            issued: column::value(row, 4)?,
            spent: column::value(row, 5)?,
            archived: column::value(row, 6)?,
            issued_dropped: column::value(row, 7)?,
            spent_dropped: column::value(row, 8)?,
            ended: stage != Stage::Live,
            frozen: match column::value::<Option<i64>>(row, 13)?.unwrap_or_default() {
                0 => None,
                hour => Some(FrozenAs {
                    hour: u64::try_from(hour).unwrap_or(u64::MAX),
                    reason: column::value::<String>(row, 14)?.into_bytes(),
                }),
            },
            issued_rows: column::value(row, 10)?,
            spent_rows: column::value(row, 11)?,
            lost: column::value(row, 12)?,
            archive: archive.rows,
        });
    }
    Ok(())
}

/// Every page of every archive, by keyset number.
async fn archives(session: &Session) -> Result<BTreeMap<i32, ArchiveReader>, Broken> {
    let mut archives: BTreeMap<i32, ArchiveReader> = BTreeMap::new();
    let select = "SELECT keyset, first, depth, hash, nullifiers FROM archive_pages \
                  WHERE (keyset, first) > ($1, $2) ORDER BY keyset, first LIMIT $3";
    let spent = "SELECT count(*) FROM unnest($2::BYTEA[]) AS k (nullifier) \
                 JOIN spent AS s ON s.keyset = $1 AND s.nullifier = k.nullifier";
    let mut after = (i32::MIN, Vec::new());
    loop {
        let rows = session
            .rows(select, &[&after.0, &after.1, &archive::FETCH])
            .await?;
        for row in &rows {
            let keyset: i32 = column::value(row, 0)?;
            let first: [u8; 32] = column::fixed(row, 1)?;
            let depth = i64::from(column::value::<i32>(row, 2)?);
            let archive = archives.entry(keyset).or_default();
            let page = archive.page(first, depth, column::fixed(row, 3)?, column::value(row, 4)?);
            let nullifiers = page.iter().flat_map(Page::nullifiers);
            let nullifiers: Vec<&[u8]> = nullifiers.map(|n| n.bytes().as_slice()).collect();
            let found = session.one(spent, &[&keyset, &nullifiers]).await?;
            let found: i64 = column::value(&found, 0)?;
            archive.rows.spent_too = archive.rows.spent_too.saturating_add(found);
            after = (keyset, first.to_vec());
        }
        if rows.is_empty() {
            return Ok(archives);
        }
    }
}

async fn orders(session: &Session, auditor: &mut Auditor) -> Result<(), Broken> {
    let select = "SELECT o.order_id, o.currency, o.fee, o.tax, o.settled, o.unminted, o.locked, o.drawn, \
                  o.deposited, o.returned, o.voided, o.next_pouch, \
                  (SELECT count(*) FROM draws AS d WHERE d.order_id = o.order_id), o.promo \
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
        promo: column::promo(row, 13)?,
    })
}

async fn spent(session: &Session) -> Result<SpentTotals, Broken> {
    let select = "SELECT count(*), count(DISTINCT s.nullifier), count(a.lead), \
                  count(CASE WHEN coalesce(c.stage, 'live') <> 'key_destroyed' THEN 1 END) \
                  FROM spent AS s LEFT JOIN answers AS a ON a.number = s.answer \
                  LEFT JOIN keyset_counts AS c ON c.number = s.keyset";
    let row = session.one(select, &[]).await?;
    let mut totals = SpentTotals {
        rows: column::value(&row, 0)?,
        distinct: column::value(&row, 1)?,
        answered: column::value(&row, 2)?,
        kept: column::value(&row, 3)?,
        ..SpentTotals::default()
    };
    let select = "SELECT number FROM keyset_counts WHERE stage = 'key_destroyed'";
    let mut dropped = BTreeSet::new();
    for row in session.rows(select, &[]).await? {
        dropped.insert(column::value::<i32>(&row, 0)?);
    }
    let select = "SELECT number, lead, inputs FROM answers \
                  WHERE number > $1 ORDER BY number LIMIT $2";
    let mut after = i64::MIN;
    loop {
        let rows = session.rows(select, &[&after, &PAGE]).await?;
        let mut listed = Listed::default();
        for row in &rows {
            after = column::value(row, 0)?;
            totals.answers = totals.answers.saturating_add(1);
            let lead = Nullifier::new(column::fixed(row, 1)?);
            let Some(tokens) = listing::read(lead, column::value(row, 2)?) else {
                continue;
            };
            totals.readable = totals.readable.saturating_add(1);
            for (keyset, nullifier) in tokens {
                if !dropped.contains(&keyset.get()) {
                    listed.add(keyset.get(), nullifier, after);
                }
            }
        }
        if rows.is_empty() {
            return Ok(totals);
        }
        let count = i64::try_from(listed.keysets.len()).unwrap_or(i64::MAX);
        totals.listed = totals.listed.saturating_add(count);
        totals.found = totals.found.saturating_add(listed.found(session).await?);
    }
}

/// Tokens that answers list, with the number of the answer.
#[derive(Default)]
struct Listed {
    keysets: Vec<i32>,
    nullifiers: Vec<Nullifier>,
    answers: Vec<i64>,
}

impl Listed {
    fn add(&mut self, keyset: i32, nullifier: Nullifier, answer: i64) {
        self.keysets.push(keyset);
        self.nullifiers.push(nullifier);
        self.answers.push(answer);
    }

    /// How many of them have a spent row that names the answer.
    async fn found(&self, session: &Session) -> Result<i64, Broken> {
        let nullifiers: Vec<&[u8]> = self
            .nullifiers
            .iter()
            .map(|n| n.bytes().as_slice())
            .collect();
        let select = "SELECT count(*) \
                      FROM unnest($1::INT4[], $2::BYTEA[], $3::BIGINT[]) \
                      AS t (keyset, nullifier, answer) \
                      JOIN spent AS s ON s.keyset = t.keyset AND s.nullifier = t.nullifier \
                      AND s.answer = t.answer";
        let params: Params<'_> = &[&self.keysets, &nullifiers, &self.answers];
        column::value(&session.one(select, params).await?, 0)
    }
}
