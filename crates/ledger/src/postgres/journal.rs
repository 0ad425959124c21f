//! Appending to the journals, and reading them back.
//!
//! All issuers on one database write one chain for each book. Whoever appends locks the row with the head, which is the
//! last thing a transaction does before its commit; so the entries of a group follow each other, and the number of an
//! entry is never given out and lost again.

use super::broken::Broken;
use super::column;
use super::session::{Params, Session};
use crate::journal::{Book, Entry, Event, Postings};
use crate::{ChainHead, Hour, StoreError, stored_postings};
use farthing_core::id::OrderId;
use farthing_core::money::Currency;
use std::collections::BTreeMap;
use tokio_postgres::Row;

/// The statements of one book. Two sets, not one with the table's name filled in: each can be found by searching.
struct Statements {
    head: &'static str,
    lock_head: &'static str,
    set_head: &'static str,
    add_balances: &'static str,
    balances: &'static str,
    entries: &'static str,
}

const FUNDING: Statements = Statements {
    head: "SELECT seq, head FROM funding_head WHERE id = 1",
    lock_head: "SELECT seq, head FROM funding_head WHERE id = 1 FOR UPDATE",
    set_head: "UPDATE funding_head SET seq = $1, head = $2 WHERE id = 1",
    add_balances: "INSERT INTO funding_balances (currency, account, amount) \
                   SELECT b.currency, b.account, b.amount \
                   FROM unnest($1::TEXT[], $2::TEXT[], $3::BIGINT[]) AS b (currency, account, amount) \
                   ON CONFLICT (currency, account) DO UPDATE SET \
                   amount = funding_balances.amount + excluded.amount",
    balances: "SELECT currency, account, amount FROM funding_balances",
    entries: "SELECT seq, head, event, at, currency, postings, order_id, detail FROM funding_journal \
              WHERE seq > $1 ORDER BY seq LIMIT $2",
};

const USE: Statements = Statements {
    head: "SELECT seq, head FROM use_head WHERE id = 1",
    lock_head: "SELECT seq, head FROM use_head WHERE id = 1 FOR UPDATE",
    set_head: "UPDATE use_head SET seq = $1, head = $2 WHERE id = 1",
    add_balances: "INSERT INTO use_balances (currency, account, amount) \
                   SELECT b.currency, b.account, b.amount \
                   FROM unnest($1::TEXT[], $2::TEXT[], $3::BIGINT[]) AS b (currency, account, amount) \
                   ON CONFLICT (currency, account) DO UPDATE SET \
                   amount = use_balances.amount + excluded.amount",
    balances: "SELECT currency, account, amount FROM use_balances",
    entries: "SELECT seq, head, event, hour, currency, postings, detail FROM use_journal \
              WHERE seq > $1 ORDER BY seq LIMIT $2",
};

const fn statements(book: Book) -> &'static Statements {
    match book {
        Book::Funding => &FUNDING,
        Book::Use => &USE,
    }
}

fn chain_head(row: &Row) -> Result<ChainHead, Broken> {
    Ok(ChainHead {
        seq: column::unsigned(row, 0)?,
        head: column::fixed(row, 1)?,
    })
}

/// Where the store believes that the journal stands. A head that is missing is that of an empty journal.
pub(super) async fn head(session: &Session, book: Book) -> Result<ChainHead, Broken> {
    let row = session.row(statements(book).head, &[]).await?;
    let genesis = ChainHead {
        seq: 0,
        head: book.genesis(),
    };
    row.map_or(Ok(genesis), |row| chain_head(&row))
}

/// Makes other issuers wait that would append to this book, until the transaction ends.
pub(super) async fn lock(session: &Session, book: Book) -> Result<(), Broken> {
    session.one(statements(book).lock_head, &[]).await?;
    Ok(())
}

/// Appends entries of one book in their order and moves the balances. From here on other issuers wait.
pub(super) async fn append(
    session: &Session,
    book: Book,
    entries: &[&Entry],
) -> Result<(), Broken> {
    let row = session.one(statements(book).lock_head, &[]).await?;
    let mut at = chain_head(&row)?;
    let mut numbers = Vec::with_capacity(entries.len());
    let mut heads = Vec::with_capacity(entries.len());
    for entry in entries {
        let seq = at.seq.saturating_add(1);
        at = ChainHead {
            seq,
            head: entry.head(seq, &at.head),
        };
        numbers.push(column::signed(seq));
        heads.push(at.head);
    }
    insert(session, book, entries, &numbers, &heads).await?;
    let (seq, head) = (column::signed(at.seq), at.head.as_slice());
    session
        .execute_one(statements(book).set_head, &[&seq, &head])
        .await?;
    add_balances(session, book, entries).await
}

async fn insert(
    session: &Session,
    book: Book,
    entries: &[&Entry],
    numbers: &[i64],
    heads: &[[u8; 32]],
) -> Result<(), Broken> {
    let currencies: Vec<&str> = entries.iter().map(|e| e.currency.as_str()).collect();
    let heads: Vec<&[u8]> = heads.iter().map(|head| head.as_slice()).collect();
    match book {
        Book::Funding => {
            let events: Vec<&str> = entries.iter().map(|entry| entry.event.word()).collect();
            let times: Vec<i64> = entries.iter().map(|e| column::signed(e.time)).collect();
            let postings = entries.iter().map(|e| e.postings.to_bytes());
            let postings: Vec<Vec<u8>> = postings.collect();
            let orders: Vec<Option<&[u8]>> = entries
                .iter()
                .map(|entry| entry.order.as_ref().map(|order| order.bytes().as_slice()))
                .collect();
            let details: Vec<&[u8]> = entries.iter().map(|e| e.detail.as_slice()).collect();
            let insert = "INSERT INTO funding_journal \
                          (seq, event, at, currency, order_id, detail, postings, head) \
                          SELECT e.seq, e.event, e.at, e.currency, e.order_id, e.detail, e.postings, e.head \
                          FROM unnest($1::BIGINT[], $2::TEXT[], $3::BIGINT[], $4::TEXT[], $5::BYTEA[], \
                          $6::BYTEA[], $7::BYTEA[], $8::BYTEA[]) \
                          AS e (seq, event, at, currency, order_id, detail, postings, head)";
            let params: Params<'_> = &[
                &numbers,
                &events,
                &times,
                &currencies,
                &orders,
                &details,
                &postings,
                &heads,
            ];
            session.insert(insert, params, entries.len()).await
        }
        Book::Use => {
            let hours: Vec<i32> = entries
                .iter()
                .map(|e| column::hour(Hour::new(e.time)))
                .collect();
            let events: Vec<i32> = entries.iter().map(|e| e.event.number()).collect();
            let postings = entries.iter().map(|e| stored_postings::write(&e.postings));
            let postings: Vec<Vec<u8>> = postings.collect();
            let details = entries
                .iter()
                .map(|e| (!e.detail.is_empty()).then_some(e.detail.as_slice()));
            let details: Vec<Option<&[u8]>> = details.collect();
            let insert = "INSERT INTO use_journal (seq, hour, event, currency, postings, head, detail) \
                          SELECT e.seq, e.hour, e.event, e.currency, e.postings, e.head, e.detail \
                          FROM unnest($1::BIGINT[], $2::INT4[], $3::INT4[], $4::TEXT[], $5::BYTEA[], \
                          $6::BYTEA[], $7::BYTEA[]) \
                          AS e (seq, hour, event, currency, postings, head, detail)";
            let params: Params<'_> = &[
                &numbers,
                &hours,
                &events,
                &currencies,
                &postings,
                &heads,
                &details,
            ];
            session.insert(insert, params, entries.len()).await
        }
    }
}

async fn add_balances(session: &Session, book: Book, entries: &[&Entry]) -> Result<(), Broken> {
    let mut sums: BTreeMap<(Currency, String), i64> = BTreeMap::new();
    for entry in entries {
        for line in entry.postings.lines() {
            let sum = sums
                .entry((entry.currency, line.account.to_string()))
                .or_default();
            *sum = sum
                .checked_add(line.amount)
                .ok_or_else(|| Broken::inconsistent("a balance is too large"))?;
        }
    }
    if sums.is_empty() {
        return Ok(());
    }
    let currencies: Vec<&str> = sums.keys().map(|(currency, _)| currency.as_str()).collect();
    let accounts: Vec<&str> = sums.keys().map(|(_, account)| account.as_str()).collect();
    let amounts: Vec<i64> = sums.values().copied().collect();
    // A sum beyond 64 bits is an error of the database.
    let params: Params<'_> = &[&currencies, &accounts, &amounts];
    session
        .insert(statements(book).add_balances, params, sums.len())
        .await
}

/// An entry, or `None` if its columns do not hold one.
fn entry(book: Book, row: &Row) -> Option<Entry> {
    let currency = column::currency(row, 4).ok()?;
    Some(match book {
        Book::Funding => Entry {
            event: column::parsed(row, 2, Event::parse).ok()?,
            time: column::unsigned(row, 3).ok()?,
            currency,
            postings: column::parsed(row, 5, Postings::parse).ok()?,
            order: Some(OrderId::new(column::fixed(row, 6).ok()?)),
            detail: column::value(row, 7).ok()?,
        },
        Book::Use => Entry {
            event: column::parsed(row, 2, Event::from_number).ok()?,
            time: column::hour_of(row, 3).ok()?.number(),
            currency,
            postings: column::parsed(row, 5, stored_postings::read).ok()?,
            order: None,
            detail: column::value::<Option<Vec<u8>>>(row, 6)
                .ok()?
                .unwrap_or_default(),
        },
    })
}

/// How many entries are fetched at a time.
const PAGE: i64 = 5_000;

/// Hands over every entry from the first on, with its number and the chain's hash.
pub(super) async fn entries(
    session: &Session,
    book: Book,
    mut each: impl FnMut(u64, Option<&Entry>, [u8; 32]),
) -> Result<(), Broken> {
    // Numbers below 1 have no place in a journal, and would be a difference; so they are read too.
    let mut after = i64::MIN;
    loop {
        let rows = session
            .rows(statements(book).entries, &[&after, &PAGE])
            .await?;
        for row in &rows {
            after = column::value(row, 0)?;
            let head = column::fixed(row, 1)?;
            each(
                u64::try_from(after).unwrap_or_default(),
                entry(book, row).as_ref(),
                head,
            );
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// Hands over every stored balance.
pub(super) async fn balances(
    session: &Session,
    book: Book,
    mut each: impl FnMut(Currency, &str, i64),
) -> Result<(), Broken> {
    for row in session.rows(statements(book).balances, &[]).await? {
        each(
            column::currency(&row, 0)?,
            column::value(&row, 1)?,
            column::value(&row, 2)?,
        );
    }
    Ok(())
}

/// Puts the heads of two empty journals in place.
pub(super) async fn begin(session: &Session) -> Result<(), Broken> {
    let (funding, usage) = (Book::Funding.genesis(), Book::Use.genesis());
    let insert = "INSERT INTO funding_head (id, seq, head) VALUES (1, 0, $1)";
    session.execute_one(insert, &[&funding.as_slice()]).await?;
    let insert = "INSERT INTO use_head (id, seq, head) VALUES (1, 0, $1)";
    session.execute_one(insert, &[&usage.as_slice()]).await
}

/// One entry of the funding book.
pub(super) async fn append_funding(
    session: &Session,
    entry: Result<Entry, StoreError>,
) -> Result<(), Broken> {
    // INVARIANT: an entry that cannot be made is a fault of ours, never of the database.
    let entry = entry.map_err(|error| Broken::Failed(error.to_string()))?;
    append(session, Book::Funding, &[&entry]).await
}
