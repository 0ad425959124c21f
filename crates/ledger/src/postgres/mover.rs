//! The database that a ledger is moved to: one transaction over everything.

use super::broken::Broken;
use super::connect::{Connector, Use};
use super::schema::{self, OpenError};
use super::session::Session;
use super::url::DatabaseUrl;
use super::{audit, column, open};
use crate::migrate::{Digest, Kind, Table, Value};
use crate::{AuditReport, StoreError};
use core::pin::pin;
use std::future::poll_fn;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// A transaction on a database of this program's schema.
pub(crate) struct Mover {
    runtime: Runtime,
    set: LocalSet,
    session: Session,
}

impl Mover {
    /// Connects, makes the tables if there are none, and begins.
    pub(crate) fn connect(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let connector = Connector::new(url, Use::Move)?;
        let (runtime, set) = (open::runtime()?, LocalSet::new());
        let session = set.block_on(&runtime, async {
            let session = connector.connect().await?;
            schema::migrate(&session).await?;
            session
                .batch("START TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                .await?;
            Ok::<_, OpenError>(session)
        })?;
        Ok(Self {
            runtime,
            set,
            session,
        })
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, Broken>>) -> Result<T, StoreError> {
        Ok(self.set.block_on(&self.runtime, work)?)
    }

    /// Whether nothing was ever written to it. Other issuers are kept from writing until the end.
    pub(crate) fn is_empty(&self) -> Result<bool, StoreError> {
        self.wait(async {
            let lock = "SELECT f.seq + u.seq FROM funding_head AS f, use_head AS u FOR UPDATE";
            let entries: i64 = column::value(&self.session.one(lock, &[]).await?, 0)?;
            let others =
                "SELECT (SELECT count(*) FROM publishers) + (SELECT count(*) FROM manifests) \
                 + (SELECT count(*) FROM checkpoints) + (SELECT count(*) FROM ledger_time)";
            let others: i64 = column::value(&self.session.one(others, &[]).await?, 0)?;
            if entries == 0 && others == 0 {
                // The heads of the file take their place.
                self.session
                    .execute_one("DELETE FROM funding_head", &[])
                    .await?;
                self.session
                    .execute_one("DELETE FROM use_head", &[])
                    .await?;
                return Ok(true);
            }
            Ok(false)
        })
    }

    /// Writes rows of a table.
    pub(crate) fn write(&self, table: &Table, rows: &[Vec<Value>]) -> Result<(), StoreError> {
        let columns: Vec<Box<dyn ToSql + Sync>> = (0..)
            .zip(table.columns)
            .map(|(index, (_, kind))| column_of(rows, index, *kind))
            .collect();
        let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| &**c).collect();
        self.wait(async {
            let written = self.session.execute_made(&table.insert(), &params).await?;
            if usize::try_from(written) == Ok(rows.len()) {
                Ok(())
            } else {
                Err(Broken::inconsistent("rows were not written"))
            }
        })
    }

    /// What the table holds now.
    pub(crate) fn digest(&self, table: &Table) -> Result<Digest, StoreError> {
        self.wait(async {
            let stream = self.session.stream(&table.select()).await?;
            let mut stream = pin!(stream);
            let mut digest = Digest::default();
            while let Some(row) =
                poll_fn(|context| futures_core::Stream::poll_next(stream.as_mut(), context)).await
            {
                digest.add(&[values(&row?, table)?]);
            }
            Ok(digest)
        })
    }

    pub(crate) fn audit(&self) -> Result<AuditReport, StoreError> {
        self.wait(audit::read(&self.session))
    }

    pub(crate) fn commit(self) -> Result<(), StoreError> {
        self.wait(self.session.batch("COMMIT"))
    }
}

/// One column of many rows, as an array.
fn column_of(rows: &[Vec<Value>], index: usize, kind: Kind) -> Box<dyn ToSql + Sync> {
    let values = || rows.iter().filter_map(move |row| row.get(index));
    match kind {
        Kind::Bytes => Box::new(
            values()
                .filter_map(|value| match value {
                    Value::Bytes(bytes) => Some(bytes.clone()),
                    _ => None,
                })
                .collect::<Vec<_>>(),
        ),
        Kind::Flag => Box::new(
            values()
                .filter_map(|value| match value {
                    Value::Flag(flag) => Some(*flag),
                    _ => None,
                })
                .collect::<Vec<_>>(),
        ),
        Kind::Number => Box::new(
            values()
                .filter_map(|value| match value {
                    Value::Number(number) => Some(*number),
                    _ => None,
                })
                .collect::<Vec<_>>(),
        ),
        Kind::Small => Box::new(
            values()
                .filter_map(|value| match value {
                    Value::Small(number) => Some(*number),
                    _ => None,
                })
                .collect::<Vec<_>>(),
        ),
        Kind::Text => Box::new(
            values()
                .filter_map(|value| match value {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                })
                .collect::<Vec<_>>(),
        ),
    }
}

fn values(row: &Row, table: &Table) -> Result<Vec<Value>, Broken> {
    (0..)
        .zip(table.columns)
        .map(|(index, (_, kind))| {
            Ok(match kind {
                Kind::Bytes => Value::Bytes(column::value(row, index)?),
                Kind::Flag => Value::Flag(column::value(row, index)?),
                Kind::Number => Value::Number(column::value(row, index)?),
                Kind::Small => Value::Small(column::value(row, index)?),
                Kind::Text => Value::Text(column::value(row, index)?),
            })
        })
        .collect()
}
