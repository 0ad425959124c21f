//! Appending to the journals, and reading them back.

use super::sql;
use crate::journal::{Book, Entry, Event, Postings};
use crate::{ChainHead, StoreError, stored_postings};
use farthing_core::id::OrderId;
use farthing_core::money::Currency;
use rusqlite::{Connection, Row};

/// The statements of one book. Two sets, not one with the table's name filled in: each can be found by searching.
struct Statements {
    head: &'static str,
    set_head: &'static str,
    add_balance: &'static str,
    balances: &'static str,
    entries: &'static str,
}

const FUNDING: Statements = Statements {
    head: "SELECT seq, head FROM funding_head",
    set_head: "INSERT INTO funding_head (id, seq, head) VALUES (1, ?1, ?2) \
               ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, head = excluded.head",
    add_balance: "INSERT INTO funding_balances (currency, account, amount) VALUES (?1, ?2, ?3) \
                  ON CONFLICT (currency, account) DO UPDATE SET amount = amount + excluded.amount",
    balances: "SELECT currency, account, amount FROM funding_balances",
    entries: "SELECT seq, head, event, at, currency, postings, order_id, detail \
              FROM funding_journal ORDER BY seq",
};

const USE: Statements = Statements {
    head: "SELECT seq, head FROM use_head",
    set_head: "INSERT INTO use_head (id, seq, head) VALUES (1, ?1, ?2) \
               ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, head = excluded.head",
    add_balance: "INSERT INTO use_balances (currency, account, amount) VALUES (?1, ?2, ?3) \
                  ON CONFLICT (currency, account) DO UPDATE SET amount = amount + excluded.amount",
    balances: "SELECT currency, account, amount FROM use_balances",
    entries: "SELECT seq, head, event, hour, currency, postings, detail \
              FROM use_journal ORDER BY seq",
};

const fn statements(book: Book) -> &'static Statements {
    match book {
        Book::Funding => &FUNDING,
        Book::Use => &USE,
    }
}

/// Where the store believes that the journal stands.
pub(super) fn head(conn: &Connection, book: Book) -> Result<ChainHead, StoreError> {
    let stored = sql::optional(conn, statements(book).head, (), |row| {
        Ok(ChainHead {
            seq: sql::unsigned(row, 0)?,
            head: row.get(1)?,
        })
    })?;
    Ok(stored.unwrap_or_else(|| ChainHead {
        seq: 0,
        head: book.genesis(),
    }))
}

/// Appends an entry and moves the balances.
pub(super) fn append(conn: &Connection, entry: &Entry) -> Result<(), StoreError> {
    let book = entry.event.book();
    let at = head(conn, book)?;
    let seq = at.seq.saturating_add(1);
    let head = entry.head(seq, &at.head);
    let (event, currency) = (entry.event, entry.currency.as_str());
    let (number, time) = (sql::signed(seq), sql::signed(entry.time));
    match book {
        Book::Funding => {
            let insert = "INSERT INTO funding_journal \
                          (seq, event, at, currency, order_id, detail, postings, head) \
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            let order = entry.order.as_ref().map(|order| order.bytes());
            let row = (
                number,
                event.word(),
                time,
                currency,
                order,
                &entry.detail,
                entry.postings.to_bytes(),
                head,
            );
            sql::execute_one(conn, insert, row)?;
        }
        Book::Use => {
            let insert = "INSERT INTO use_journal \
                          (seq, hour, event, currency, postings, head, detail) \
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let postings = stored_postings::write(&entry.postings);
            let detail = (!entry.detail.is_empty()).then_some(&entry.detail);
            let event = event.number();
            let row = (number, time, event, currency, postings, head, detail);
            sql::execute_one(conn, insert, row)?;
        }
    }
    sql::execute_one(conn, statements(book).set_head, (number, head))?;
    for line in entry.postings.lines() {
        // A sum beyond 64 bits would become a floating-point number, which a STRICT table refuses.
        let values = (currency, line.account.to_string(), line.amount);
        sql::execute_one(conn, statements(book).add_balance, values)?;
    }
    Ok(())
}

/// An entry, or `None` if its columns do not hold one.
fn entry(book: Book, row: &Row<'_>) -> Option<Entry> {
    let postings: Vec<u8> = row.get(5).ok()?;
    let (time, currency) = (sql::unsigned(row, 3).ok()?, sql::currency(row, 4).ok()?);
    Some(match book {
        Book::Funding => Entry {
            event: Event::parse(&row.get::<_, String>(2).ok()?)?,
            time,
            currency,
            postings: Postings::parse(&postings)?,
            order: Some(OrderId::new(row.get(6).ok()?)),
            detail: row.get(7).ok()?,
        },
        Book::Use => Entry {
            event: Event::from_number(row.get(2).ok()?)?,
            time,
            currency,
            postings: stored_postings::read(&postings)?,
            order: None,
            detail: row.get::<_, Option<Vec<u8>>>(6).ok()?.unwrap_or_default(),
        },
    })
}

/// Hands over every entry from the first on, with its number and the chain's hash.
pub(super) fn entries(
    conn: &Connection,
    book: Book,
    mut each: impl FnMut(u64, Option<&Entry>, [u8; 32]),
) -> Result<(), StoreError> {
    sql::each(conn, statements(book).entries, (), |row| {
        each(
            sql::unsigned(row, 0)?,
            entry(book, row).as_ref(),
            row.get(1)?,
        );
        Ok(())
    })
}

/// Hands over every stored balance.
pub(super) fn balances(
    conn: &Connection,
    book: Book,
    mut each: impl FnMut(Currency, &str, i64),
) -> Result<(), StoreError> {
    sql::each(conn, statements(book).balances, (), |row| {
        each(
            sql::currency(row, 0)?,
            &row.get::<_, String>(1)?,
            row.get(2)?,
        );
        Ok(())
    })
}
