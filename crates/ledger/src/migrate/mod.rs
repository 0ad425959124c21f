//! Moving a ledger from its SQLite file into a PostgreSQL database, whole or not at all.
//!
//! The file is locked first, so that nobody writes while it is read; then every row goes into one transaction of the
//! database; then both sides are audited and compared row by row; then the file is closed to writing for ever; and only
//! then the database's transaction is committed. At no moment can both be written. A move that was broken off is
//! begun again with the same call.

mod file;
mod rows;
mod tables;

#[cfg(test)]
mod tests;

pub(crate) use rows::{Digest, Value};
#[cfg(test)]
pub(crate) use tables::statements;
pub(crate) use tables::{Kind, Table};

use crate::postgres::{DatabaseUrl, Mover};
use crate::sqlite;
use crate::{AuditReport, StoreError, postgres};
use file::File;
use std::path::Path;
use tables::TABLES;
use thiserror::Error;

/// Why a ledger was not moved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MigrateError {
    /// The file's own books do not balance: an incident to be understood where it happened.
    #[error("the books of the file do not balance; nothing was moved")]
    Unbalanced,
    /// What was written is not what was read. The database was left as it was.
    #[error("{0} differs between file and database; nothing was moved")]
    Unequal(String),
    /// The database holds a ledger already, and not this one.
    #[error("the database holds a ledger already, and not this one")]
    Occupied,
    /// The database cannot be used.
    #[error(transparent)]
    Postgres(#[from] postgres::OpenError),
    /// The file cannot be used.
    #[error(transparent)]
    Sqlite(#[from] sqlite::OpenError),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was moved, or had been moved before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The books, which are the same on both sides.
    pub report: AuditReport,
    /// Every table with its rows on both sides.
    pub rows: Vec<(&'static str, u64)>,
}

/// Moves the ledger of the file at `path` into an empty database. No issuer can write to the file from then on; those
/// that run are refused with every write. The file stays, to be read.
///
/// # Errors
///
/// [`MigrateError`]. After [`MigrateError::Store`] it is unknown how far it came: call again with the same arguments.
pub fn migrate(path: &Path, url: &DatabaseUrl) -> Result<Migrated, MigrateError> {
    let file = File::lock(path)?;
    let books = file.audit()?;
    if books.difference() != 0 {
        return Err(MigrateError::Unbalanced);
    }
    let mover = Mover::connect(url)?;
    if mover.is_empty()? {
        for table in TABLES {
            file.each_batch(table, |rows| mover.write(table, rows))?;
        }
        let moved = compare(&file, &mover, books)?;
        file.close()?;
        mover.commit()?;
        return Ok(moved);
    }
    // Perhaps the answer to an earlier move was lost: then this database holds this very ledger, and the file is closed.
    match compare(&file, &mover, books) {
        Ok(moved) if file.is_closed() => Ok(moved),
        Ok(_) | Err(MigrateError::Unequal(_)) => Err(MigrateError::Occupied),
        Err(error) => Err(error),
    }
}

/// Both sides, table by table and book by book.
fn compare(file: &File, mover: &Mover, books: AuditReport) -> Result<Migrated, MigrateError> {
    let mut rows = Vec::new();
    for table in TABLES {
        let mut here = Digest::default();
        file.each_batch(table, |batch| {
            here.add(batch);
            Ok::<_, StoreError>(())
        })?;
        if mover.digest(table)? != here {
            return Err(MigrateError::Unequal(format!("table {}", table.name)));
        }
        rows.push((table.name, here.rows()));
    }
    if mover.audit()? != books {
        return Err(MigrateError::Unequal("the audit".into()));
    }
    Ok(Migrated {
        report: books,
        rows,
    })
}
