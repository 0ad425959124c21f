//! The few ways in which statements are run, with every failure told apart once.

use crate::{StoreError, promo};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;
use rusqlite::types::Type;
use rusqlite::{Connection, Error, ErrorCode, OptionalExtension, Params, Row};

/// What the triggers of a file say from which a ledger was moved.
const MOVED: &str = "the ledger has moved";

/// Tells a store that cannot work now from one that holds what it must not.
pub(super) fn store_error(error: &Error) -> StoreError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::NoLargeFileSupport
            | ErrorCode::OperationAborted
            | ErrorCode::OperationInterrupted
            | ErrorCode::OutOfMemory
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::SchemaChanged
            | ErrorCode::SystemIoFailure,
        ) => StoreError::Unavailable(text),
        // Asked again, it will be answered by whoever serves from where it went.
        Some(ErrorCode::ConstraintViolation) if text.contains(MOVED) => {
            StoreError::Unavailable(text)
        }
        _ => StoreError::Inconsistent(text),
    }
}

/// Runs a statement; gives the number of rows it changed.
pub(super) fn execute(
    conn: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<usize, StoreError> {
    conn.prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params))
        .map_err(|error| store_error(&error))
}

/// Runs a statement that must not miss.
pub(super) fn execute_one(
    conn: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<(), StoreError> {
    match execute(conn, sql, params)? {
        1 => Ok(()),
        n => Err(StoreError::Inconsistent(format!(
            "a statement changed {n} rows instead of one"
        ))),
    }
}

/// The one row of a query.
pub(super) fn row<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T, StoreError> {
    conn.prepare_cached(sql)
        .and_then(|mut statement| statement.query_row(params, read))
        .map_err(|error| store_error(&error))
}

/// The row of a query, if there is one.
pub(super) fn optional<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    conn.prepare_cached(sql)
        .and_then(|mut statement| statement.query_row(params, read).optional())
        .map_err(|error| store_error(&error))
}

/// Hands every row of a query to `each`.
pub(super) fn each(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let run = || {
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    };
    run().map_err(|error: Error| store_error(&error))
}

/// Every row of a query.
pub(super) fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut rows = Vec::new();
    each(conn, sql, params, |row| {
        rows.push(read(row)?);
        Ok(())
    })?;
    Ok(rows)
}

/// A number that is kept signed because SQLite has no other; all of ours are below 2^63.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads a column whose value must pass `parse`.
pub(super) fn column<T, V: rusqlite::types::FromSql>(
    row: &Row<'_>,
    index: usize,
    parse: impl FnOnce(V) -> Option<T>,
) -> rusqlite::Result<T> {
    let damaged = || {
        let cause = "the column does not hold what it should".into();
        Error::FromSqlConversionFailure(index, Type::Null, cause)
    };
    parse(row.get(index)?).ok_or_else(damaged)
}

/// Reads an amount.
pub(super) fn micro(row: &Row<'_>, index: usize) -> rusqlite::Result<Micro> {
    column(row, index, Micro::from_signed)
}

/// Reads a currency.
/// Whose starter value something is; `None` for money.
pub(super) fn promo(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<PublisherId>> {
    column(row, index, |text: String| promo::parse(&text))
}

pub(super) fn currency(row: &Row<'_>, index: usize) -> rusqlite::Result<Currency> {
    column(row, index, |text: String| Currency::parse(&text))
}

/// Reads a number that is not negative.
pub(super) fn unsigned(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    column(row, index, |number: i64| u64::try_from(number).ok())
}
