//! Where the ledger stands, and what a checkpoint says of it.

use super::{archive, checkpoints, journal, sql};
use crate::journal::Book;
use crate::{Balance, Heads, KeysetCounts, Snapshot, Standing, StoreError};
use farthing_core::id::KeysetId;
use farthing_core::money::Currency;
use rusqlite::Connection;
use std::collections::BTreeMap;

pub(super) fn heads(conn: &Connection) -> Result<Heads, StoreError> {
    Ok(Heads {
        funding: journal::head(conn, Book::Funding)?,
        usage: journal::head(conn, Book::Use)?,
    })
}

/// What went through the control account, per currency. By key, because the use book has an account for each publisher;
/// CROSS keeps SQLite from beginning there.
fn tokens(conn: &Connection, book: Book) -> Result<BTreeMap<Currency, i64>, StoreError> {
    let select = match book {
        Book::Funding => {
            "SELECT b.currency, b.amount FROM (SELECT DISTINCT currency FROM keyset_counts) AS c \
             CROSS JOIN funding_balances AS b ON b.currency = c.currency AND b.account = 'tokens'"
        }
        Book::Use => {
            "SELECT b.currency, b.amount FROM (SELECT DISTINCT currency FROM keyset_counts) AS c \
             CROSS JOIN use_balances AS b ON b.currency = c.currency AND b.account = 'tokens'"
        }
    };
    let rows = sql::all(conn, select, (), |row| {
        let amount: i64 = row.get(1)?;
        Ok((sql::currency(row, 0)?, amount.saturating_abs()))
    })?;
    Ok(rows.into_iter().collect())
}

pub(super) fn standing(conn: &Connection) -> Result<Standing, StoreError> {
    Ok(Standing {
        heads: heads(conn)?,
        drawn: tokens(conn, Book::Funding)?,
        spent: tokens(conn, Book::Use)?,
    })
}

pub(super) fn head_at(
    conn: &Connection,
    book: Book,
    seq: u64,
) -> Result<Option<[u8; 32]>, StoreError> {
    if seq == 0 {
        return Ok(Some(book.genesis()));
    }
    let select = match book {
        Book::Funding => "SELECT head FROM funding_journal WHERE seq = ?1",
        Book::Use => "SELECT head FROM use_journal WHERE seq = ?1",
    };
    sql::optional(conn, select, (sql::signed(seq),), |row| row.get(0))
}

pub(super) fn snapshot(conn: &Connection) -> Result<Snapshot, StoreError> {
    let select =
        "SELECT keyset, currency, denomination, issued, spent FROM keyset_counts ORDER BY keyset";
    let keysets = sql::all(conn, select, (), |row| {
        Ok(KeysetCounts {
            keyset: KeysetId::new(row.get(0)?),
            currency: sql::currency(row, 1)?,
            denomination: row.get(2)?,
            issued: row.get(3)?,
            spent: row.get(4)?,
        })
    })?;
    let mut balances = Vec::new();
    for book in [Book::Funding, Book::Use] {
        let first = balances.len();
        journal::balances(conn, book, |currency, account, amount| {
            balances.push(Balance {
                book: book.name(),
                currency,
                account: account.to_owned(),
                amount,
            });
        })?;
        if let Some(of_book) = balances.get_mut(first..) {
            of_book.sort_by(|a, b| (a.currency, &a.account).cmp(&(b.currency, &b.account)));
        }
    }
    Ok(Snapshot {
        standing: standing(conn)?,
        keysets,
        balances,
        archives: archive::roots(conn)?,
        newest: checkpoints::newest(conn)?,
    })
}
