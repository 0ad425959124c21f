//! The file that is left: locked while it is read, closed when it was moved.

use super::rows::Value;
use super::tables::{Kind, Table};
use crate::sqlite::{MovingFile, OpenError};
use crate::{AuditReport, StoreError};
use rusqlite::Row;
use std::path::Path;

/// How many rows are handed on at a time.
const BATCH: usize = 1_000;

/// A ledger's file that nobody else writes to.
pub(super) struct File(MovingFile);

fn value(row: &Row<'_>, index: usize, kind: Kind) -> rusqlite::Result<Value> {
    Ok(match kind {
        Kind::Bytes => Value::Bytes(row.get(index)?),
        Kind::Flag => Value::Flag(row.get(index)?),
        Kind::Number => Value::Number(row.get(index)?),
        Kind::Small => Value::Small(row.get(index)?),
        Kind::Text => Value::Text(row.get(index)?),
    })
}

impl File {
    pub(super) fn lock(path: &Path) -> Result<Self, OpenError> {
        MovingFile::lock(path).map(Self)
    }

    pub(super) fn audit(&self) -> Result<AuditReport, StoreError> {
        self.0.audit()
    }

    /// Hands over every row of a table, some at a time.
    pub(super) fn each_batch<E: From<StoreError>>(
        &self,
        table: &Table,
        mut each: impl FnMut(&[Vec<Value>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut batch = Vec::with_capacity(BATCH);
        let mut result = Ok(());
        self.0.each(&table.select(), |row| {
            if result.is_err() {
                return Ok(());
            }
            let columns = (0..).zip(table.columns);
            let values = columns.map(|(index, (_, kind))| value(row, index, *kind));
            batch.push(values.collect::<rusqlite::Result<Vec<_>>>()?);
            if batch.len() == BATCH {
                result = each(&batch);
                batch.clear();
            }
            Ok(())
        })?;
        result?;
        if batch.is_empty() {
            Ok(())
        } else {
            each(&batch)
        }
    }

    /// Whether an earlier move closed it.
    pub(super) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Closes it for ever, durably.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        self.0.close()
    }
}
