//! A connection with its prepared statements, and transactions on it.

use super::broken::{Broken, Trouble};
use std::cell::RefCell;
use std::collections::HashMap;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

/// What a statement is given.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection. One piece of work at a time.
pub(super) struct Session {
    client: Client,
    statements: RefCell<HashMap<&'static str, Statement>>,
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            statements: RefCell::default(),
        }
    }

    async fn prepared(&self, sql: &'static str) -> Result<Statement, Broken> {
        let known = self.statements.borrow().get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.borrow_mut().insert(sql, statement.clone());
        Ok(statement)
    }

    /// Runs statements without parameters, one after the other.
    pub(super) async fn batch(&self, sql: &str) -> Result<(), Broken> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Every row of a query.
    pub(super) async fn rows(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<Vec<Row>, Broken> {
        let statement = self.prepared(sql).await?;
        Ok(self.client.query(&statement, params).await?)
    }

    /// The row of a query, if there is one.
    pub(super) async fn row(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<Option<Row>, Broken> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// The row of a query that always has one.
    pub(super) async fn one(&self, sql: &'static str, params: Params<'_>) -> Result<Row, Broken> {
        let row = self.row(sql, params).await?;
        row.ok_or_else(|| Broken::inconsistent("a row that is always there is missing"))
    }

    /// Runs a statement; gives the number of rows it changed.
    pub(super) async fn execute(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<u64, Broken> {
        let statement = self.prepared(sql).await?;
        Ok(self.client.execute(&statement, params).await?)
    }

    /// Runs a statement that was made for a table of the list of those that are moved.
    #[cfg(feature = "sqlite")]
    pub(super) async fn execute_made(&self, sql: &str, params: Params<'_>) -> Result<u64, Broken> {
        Ok(self.client.execute(sql, params).await?)
    }

    /// The rows of such a statement, as they come.
    #[cfg(feature = "sqlite")]
    pub(super) async fn stream(&self, sql: &str) -> Result<tokio_postgres::RowStream, Broken> {
        let params: Params<'_> = &[];
        let params = params.iter().copied();
        Ok(self.client.query_raw(sql, params).await?)
    }

    /// Runs a statement that must change one row.
    pub(super) async fn execute_one(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<(), Broken> {
        match self.execute(sql, params).await? {
            1 => Ok(()),
            n => Err(Broken::Failed(format!(
                "a statement changed {n} rows instead of one"
            ))),
        }
    }

    /// Runs an insertion that leaves out rows whose key is there. One left out was written by another transaction since
    /// this one looked.
    pub(super) async fn insert(
        &self,
        sql: &'static str,
        params: Params<'_>,
        rows: usize,
    ) -> Result<(), Broken> {
        let inserted = self.execute(sql, params).await?;
        if usize::try_from(inserted) == Ok(rows) {
            Ok(())
        } else {
            Err(Broken::Contended("another issuer was first".into()))
        }
    }

    /// Runs `work` in a transaction of its own, and commits it unless it failed.
    ///
    /// INVARIANT: `work` passes every failed statement on. A `COMMIT` after one that was swallowed would be a rollback
    /// that looks like a commit.
    pub(super) async fn transaction<T, E>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, Trouble<E>>,
    ) -> Result<T, Trouble<E>> {
        // What is decided here is decided by keys and row locks, so the weakest isolation does; any stronger one,
        // which some databases put in its place, does as well, with repetitions.
        self.batch("START TRANSACTION ISOLATION LEVEL READ COMMITTED")
            .await?;
        match work(self).await {
            Ok(result) => {
                self.batch("COMMIT").await?;
                Ok(result)
            }
            // There is nothing to say it to; the server rolls back by itself.
            Err(Trouble::Broken(Broken::Lost(text))) => Err(Broken::Lost(text).into()),
            Err(trouble) => {
                self.batch("ROLLBACK").await?;
                Err(trouble)
            }
        }
    }

    /// Reads in one snapshot, and returns when a standby that commits wait for has what was read.
    pub(super) async fn snapshot<T>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, Broken>,
    ) -> Result<T, Broken> {
        self.batch("START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await?;
        let result = match work(self).await {
            // There is nothing to say it to; the server rolls back by itself.
            Err(Broken::Lost(text)) => return Err(Broken::Lost(text)),
            result => result,
        };
        self.batch("COMMIT").await?;
        let result = result?;
        self.confirm().await?;
        Ok(result)
    }

    /// Makes the commit of this transaction wait for what it read to be as durable as what it wrote.
    ///
    /// A server that fell and came back shows commits that no standby has confirmed. Whoever repeats an answer from one
    /// of those would repeat something that a failover undoes.
    pub(super) async fn confirm(&self) -> Result<(), Broken> {
        self.execute_one("UPDATE replication_mark SET n = n + 1 WHERE id = 1", &[])
            .await
    }
}
