//! A file whose ledger is being moved elsewhere.

use super::schema::{self, OpenError};
use super::{audit, open, sql};
use crate::{AuditReport, StoreError};
use rusqlite::{Connection, OpenFlags, Row};
use std::path::Path;

/// Refuses every write, for issuers that still run: each that moves money adds to a journal, each that drops something
/// takes answers out or changes a keyset's row.
const CLOSE: &str = "CREATE TRIGGER funding_has_moved BEFORE INSERT ON funding_journal \
                     BEGIN SELECT raise(ABORT, 'the ledger has moved'); END; \
                     CREATE TRIGGER use_has_moved BEFORE INSERT ON use_journal \
                     BEGIN SELECT raise(ABORT, 'the ledger has moved'); END; \
                     CREATE TRIGGER publishers_have_moved BEFORE INSERT ON publishers \
                     BEGIN SELECT raise(ABORT, 'the ledger has moved'); END; \
                     CREATE TRIGGER manifests_have_moved BEFORE INSERT ON manifests \
                     BEGIN SELECT raise(ABORT, 'the ledger has moved'); END; \
                     CREATE TRIGGER answers_have_moved BEFORE DELETE ON answers \
                     BEGIN SELECT raise(ABORT, 'the ledger has moved'); END; \
                     CREATE TRIGGER keysets_have_moved BEFORE UPDATE ON keyset_counts \
                     BEGIN SELECT raise(ABORT, 'the ledger has moved'); END; \
                     INSERT INTO meta (name, value) VALUES ('moved', 'postgres')";

/// A ledger's file under the write lock, until it is dropped.
pub(crate) struct MovingFile {
    conn: Connection,
    closed: bool,
}

impl MovingFile {
    /// Waits some seconds for whoever writes, then keeps everybody else from it.
    pub(crate) fn lock(path: &Path) -> Result<Self, OpenError> {
        let conn = open::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.execute_batch("PRAGMA synchronous = FULL; BEGIN IMMEDIATE")
            .map_err(|error| sql::store_error(&error))?;
        schema::expect_current(&conn)?;
        let closed = schema::has_moved(&conn)?;
        Ok(Self { conn, closed })
    }

    pub(crate) fn audit(&self) -> Result<AuditReport, StoreError> {
        audit::audit(&self.conn)
    }

    pub(crate) fn each(
        &self,
        select: &str,
        each: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        sql::each(&self.conn, select, (), each)
    }

    pub(crate) const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes that it has moved, and syncs it. The lock is taken again at once, for what is left to do.
    pub(crate) fn close(&self) -> Result<(), StoreError> {
        let close = if self.closed { "" } else { CLOSE };
        self.conn
            .execute_batch(&format!("{close}; COMMIT; BEGIN IMMEDIATE"))
            .map_err(|error| sql::store_error(&error))
    }
}
