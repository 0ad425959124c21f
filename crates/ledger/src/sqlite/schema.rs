//! Migrations: numbered, upwards only, each in one transaction. A file of a version that this program does not know is
//! not touched.

use super::{frozen, sql};
use crate::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use thiserror::Error;

/// Every migration in order; number n stands at place n − 1. Only ever appended to.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_ledger.sql"),
    include_str!("../../migrations/sqlite/0002_archive.sql"),
    include_str!("../../migrations/sqlite/0003_breaker.sql"),
    include_str!("../../migrations/sqlite/0004_checkpoints.sql"),
    include_str!("../../migrations/sqlite/0005_rows.sql"),
    include_str!("../../migrations/sqlite/0006_told_time_and_reservations.sql"),
    include_str!("../../migrations/sqlite/0007_rebinds.sql"),
    include_str!("../../migrations/sqlite/0008_promo.sql"),
    include_str!("../../migrations/sqlite/0009_refunds.sql"),
];

/// The schema version this program works with.
pub const SCHEMA_VERSION: u32 = 9;

/// From this version on freezes stand in the journal.
const FREEZES_JOURNALLED: u32 = 5;

/// Why a file was not opened as a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The ledger was moved to another store; the file is only read since.
    #[error("the ledger has moved from this file to a database")]
    Moved,
    /// The file is an SQLite database of something else.
    #[error("the file is not a ledger")]
    NotALedger,
    /// The file could not be opened, read or migrated.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A newer program made or migrated the file (or, when only reading, an older one did).
    #[error("the ledger has schema version {found}, this program knows {known}")]
    UnknownSchema {
        /// Of the file.
        found: u32,
        /// Of this program.
        known: u32,
    },
    /// The file's place does not allow write-ahead logging, without which readers would wait for the writer.
    #[error("the ledger's file system does not allow write-ahead logging")]
    WriteAheadLog,
}

/// The schema version of the file; 0 if it is empty.
pub(super) fn version(conn: &Connection) -> Result<u32, OpenError> {
    let tables = "SELECT count(*), count(*) FILTER (WHERE name = 'meta') FROM sqlite_schema";
    let (all, meta) = sql::row(conn, tables, (), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    })?;
    if all == 0 {
        return Ok(0);
    }
    if meta == 0 {
        return Err(OpenError::NotALedger);
    }
    let text = "SELECT value FROM meta WHERE name = 'schema_version'";
    let version = sql::optional(conn, text, (), |row| row.get::<_, String>(0));
    match version {
        Ok(Some(version)) => version.parse().map_err(|_| OpenError::NotALedger),
        Ok(None) | Err(StoreError::Inconsistent(_)) => Err(OpenError::NotALedger),
        Err(error) => Err(error.into()),
    }
}

/// Whether the ledger was moved to another store.
pub(super) fn has_moved(conn: &Connection) -> Result<bool, StoreError> {
    let select = "SELECT 1 FROM meta WHERE name = 'moved'";
    Ok(sql::optional(conn, select, (), |_| Ok(()))?.is_some())
}

/// Refuses a file that is not exactly of this program's version.
pub(super) fn expect_current(conn: &Connection) -> Result<(), OpenError> {
    match version(conn)? {
        0 => Err(OpenError::NotALedger),
        SCHEMA_VERSION => Ok(()),
        found => Err(OpenError::UnknownSchema {
            found,
            known: SCHEMA_VERSION,
        }),
    }
}

/// Brings the file to this program's version.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), OpenError> {
    // The version is read again under the write lock: another process may be migrating.
    let transaction = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| sql::store_error(&error))?;
    let found = version(&transaction)?;
    if found > SCHEMA_VERSION {
        return Err(OpenError::UnknownSchema {
            found,
            known: SCHEMA_VERSION,
        });
    }
    let done = usize::try_from(found).unwrap_or(usize::MAX);
    for migration in MIGRATIONS.iter().skip(done) {
        transaction
            .execute_batch(migration)
            .map_err(|error| sql::store_error(&error))?;
    }
    if found < FREEZES_JOURNALLED {
        frozen::journal_freezes(&transaction)?;
    }
    if found != SCHEMA_VERSION {
        let set = "INSERT INTO meta (name, value) VALUES ('schema_version', ?1) \
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        sql::execute(&transaction, set, (SCHEMA_VERSION.to_string(),))?;
    }
    Ok(transaction
        .commit()
        .map_err(|error| sql::store_error(&error))?)
}
