//! Publishers and withdrawals of their offers.

use super::sql;
use crate::{Publisher, PutPublisherError, StoreError, Withdrawal};
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::time::Timestamp;
use rusqlite::{Connection, Row};

const COLUMNS: &str = "origin, name, keys, max_price, fee_basis_points, offers_valid_from";

/// Reads an origin, which was admitted when it was registered.
pub(super) fn origin(row: &Row<'_>, index: usize) -> rusqlite::Result<PublisherId> {
    sql::column(row, index, |text: String| {
        PublisherId::parse(&text, OriginPolicy::LoopbackHttp)
    })
}

pub(super) fn timestamp(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    sql::column(row, index, |seconds: i64| {
        Timestamp::new(u64::try_from(seconds).ok()?)
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Publisher> {
    Ok(Publisher {
        origin: origin(row, 0)?,
        name: row.get(1)?,
        keys: row.get(2)?,
        max_price: sql::micro(row, 3)?,
        fee_basis_points: row.get(4)?,
        offers_valid_from: timestamp(row, 5)?,
        withdrawals: Vec::new(),
    })
}

fn withdrawals(conn: &Connection, publisher: &mut Publisher) -> Result<(), StoreError> {
    let select =
        "SELECT path, offers_valid_from FROM offer_withdrawals WHERE origin = ?1 ORDER BY path";
    publisher.withdrawals = sql::all(conn, select, (publisher.origin.as_str(),), |row| {
        Ok(Withdrawal {
            path: row.get(0)?,
            offers_valid_from: timestamp(row, 1)?,
        })
    })?;
    Ok(())
}

pub(super) fn put(conn: &Connection, publisher: &Publisher) -> Result<(), PutPublisherError> {
    if publisher.fee_basis_points > 10_000 {
        return Err(PutPublisherError::FeeTooHigh);
    }
    let origin = publisher.origin.as_str();
    let put = "INSERT INTO publishers (origin, name, keys, max_price, fee_basis_points, offers_valid_from) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
               ON CONFLICT (origin) DO UPDATE SET name = excluded.name, keys = excluded.keys, \
               max_price = excluded.max_price, fee_basis_points = excluded.fee_basis_points, \
               offers_valid_from = max(offers_valid_from, excluded.offers_valid_from)";
    let max_price = publisher.max_price.signed();
    let from = sql::signed(publisher.offers_valid_from.get());
    let fee = publisher.fee_basis_points;
    sql::execute_one(
        conn,
        put,
        (
            origin,
            &publisher.name,
            &publisher.keys,
            max_price,
            fee,
            from,
        ),
    )?;
    let put = "INSERT INTO offer_withdrawals (origin, path, offers_valid_from) VALUES (?1, ?2, ?3) \
               ON CONFLICT (origin, path) DO UPDATE SET \
               offers_valid_from = max(offers_valid_from, excluded.offers_valid_from)";
    for withdrawal in &publisher.withdrawals {
        let from = sql::signed(withdrawal.offers_valid_from.get());
        sql::execute_one(conn, put, (origin, &withdrawal.path, from))?;
    }
    Ok(())
}

pub(super) fn find(
    conn: &Connection,
    origin: &PublisherId,
) -> Result<Option<Publisher>, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM publishers WHERE origin = ?1");
    let mut publisher = sql::optional(conn, &select, (origin.as_str(),), read)?;
    if let Some(publisher) = &mut publisher {
        withdrawals(conn, publisher)?;
    }
    Ok(publisher)
}

pub(super) fn all(conn: &Connection) -> Result<Vec<Publisher>, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM publishers ORDER BY origin");
    let mut publishers = sql::all(conn, &select, (), read)?;
    for publisher in &mut publishers {
        withdrawals(conn, publisher)?;
    }
    Ok(publishers)
}
