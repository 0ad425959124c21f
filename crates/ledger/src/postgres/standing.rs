//! Where the ledger stands, and what a checkpoint says of it.

use super::broken::Broken;
use super::session::Session;
use super::{archive, checkpoints, column, journal};
use crate::journal::Book;
use crate::{Balance, Heads, KeysetCounts, Snapshot, Standing};
use farthing_core::id::KeysetId;
use farthing_core::money::Currency;
use std::collections::BTreeMap;

/// What went through the control account, per currency. By key, because the use book has an account for each publisher.
async fn tokens(session: &Session, book: Book) -> Result<BTreeMap<Currency, i64>, Broken> {
    let select = match book {
        Book::Funding => {
            "SELECT b.currency, b.amount FROM funding_balances AS b WHERE b.account = 'tokens' \
             AND b.currency IN (SELECT currency FROM keyset_counts)"
        }
        Book::Use => {
            "SELECT b.currency, b.amount FROM use_balances AS b WHERE b.account = 'tokens' \
             AND b.currency IN (SELECT currency FROM keyset_counts)"
        }
    };
    let rows = session.rows(select, &[]).await?;
    let of = |row| {
        let amount: i64 = column::value(row, 1)?;
        Ok((column::currency(row, 0)?, amount.saturating_abs()))
    };
    rows.iter().map(of).collect()
}

async fn here(session: &Session) -> Result<Standing, Broken> {
    Ok(Standing {
        heads: Heads {
            funding: journal::head(session, Book::Funding).await?,
            usage: journal::head(session, Book::Use).await?,
        },
        drawn: tokens(session, Book::Funding).await?,
        spent: tokens(session, Book::Use).await?,
    })
}

pub(super) async fn standing(session: &Session) -> Result<Standing, Broken> {
    session.snapshot(here).await
}

pub(super) async fn head_at(
    session: &Session,
    book: Book,
    seq: u64,
) -> Result<Option<[u8; 32]>, Broken> {
    if seq == 0 {
        return Ok(Some(book.genesis()));
    }
    let select = match book {
        Book::Funding => "SELECT head FROM funding_journal WHERE seq = $1",
        Book::Use => "SELECT head FROM use_journal WHERE seq = $1",
    };
    let row = session.row(select, &[&column::signed(seq)]).await?;
    row.map(|row| column::fixed(&row, 0)).transpose()
}

pub(super) async fn snapshot(session: &Session) -> Result<Snapshot, Broken> {
    session.snapshot(all).await
}

async fn all(session: &Session) -> Result<Snapshot, Broken> {
    let select =
        "SELECT keyset, currency, denomination, issued, spent FROM keyset_counts ORDER BY keyset";
    let rows = session.rows(select, &[]).await?;
    let counts = |row| {
        Ok::<_, Broken>(KeysetCounts {
            keyset: KeysetId::new(column::fixed(row, 0)?),
            currency: column::currency(row, 1)?,
            denomination: column::value(row, 2)?,
            issued: column::value(row, 3)?,
            spent: column::value(row, 4)?,
        })
    };
    let keysets = rows.iter().map(counts).collect::<Result<_, _>>()?;
    let mut balances = Vec::new();
    for book in [Book::Funding, Book::Use] {
        let mut of_book = Vec::new();
        journal::balances(session, book, |currency, account, amount| {
            of_book.push(Balance {
                book: book.name(),
                currency,
                account: account.to_owned(),
                amount,
            });
        })
        .await?;
        // Here and not by the database, whose order depends on its locale.
        of_book.sort_by(|a, b| (a.currency, &a.account).cmp(&(b.currency, &b.account)));
        balances.append(&mut of_book);
    }
    Ok(Snapshot {
        standing: here(session).await?,
        keysets,
        balances,
        archives: archive::roots(session).await?,
        newest: checkpoints::newest(session).await?,
    })
}
