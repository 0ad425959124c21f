//! Opening a file, and the threads that work on it.

use super::reader::{self, Reading};
use super::schema::{self, OpenError};
use super::writer::{self, Job};
use super::{audit, sql};
use crate::{AuditReport, Commits, StoreError};
use core::fmt;
use core::time::Duration;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use tokio::sync::{mpsc, oneshot};

/// How long a connection waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
/// How many requests may wait for the writer before callers wait to hand over theirs.
const QUEUE: usize = 1024;
const READERS: usize = 3;
/// Pages kept in memory, in KiB: the inner pages of tables with tens of millions of rows, and those written last.
const WRITER_CACHE: u32 = 24 * 1_024;
/// The same for each reader.
const READER_CACHE: u32 = 6 * 1_024;
/// Pages of 4 KiB in the log after which the writer copies them into the file. Rows come at places of chance, so a page
/// that is written for every few of them is copied once for many; more would make the pause of the copying longer.
const CHECKPOINT: u32 = 2_000;

/// A ledger in an SQLite file. Clones share the file and its threads; the last one to go closes it.
#[derive(Clone)]
pub struct SqliteLedger(Arc<Inner>);

struct Inner {
    path: PathBuf,
    // Taken when the ledger is dropped: a closed queue ends its threads.
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    readings: Option<mpsc::Sender<Reading>>,
    commits: Arc<Commits>,
    threads: Vec<JoinHandle<()>>,
}

impl SqliteLedger {
    /// Opens the file, creating it (readable by its owner only) or migrating it if need be.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: the file is something else, of a newer schema, or cannot be opened. Nothing is changed then.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        create_private(path)?;
        let mut conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Before the first change of the file, its log mode included.
        let found = schema::version(&conn)?;
        if found > schema::SCHEMA_VERSION {
            return Err(OpenError::UnknownSchema {
                found,
                known: schema::SCHEMA_VERSION,
            });
        }
        if found > 0 && schema::has_moved(&conn)? {
            return Err(OpenError::Moved);
        }
        let mode: String = sql::row(&conn, "PRAGMA journal_mode = WAL", (), |row| row.get(0))?;
        if mode != "wal" {
            return Err(OpenError::WriteAheadLog);
        }
        conn.execute_batch(&format!(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA cache_size = -{WRITER_CACHE}; PRAGMA wal_autocheckpoint = {CHECKPOINT}"
        ))
        .map_err(|error| sql::store_error(&error))?;
        schema::migrate(&mut conn)?;

        let (jobs, mut waiting) = mpsc::channel(QUEUE);
        let (readings, queue) = mpsc::channel(QUEUE);
        let queue: reader::Queue = Arc::new(Mutex::new(queue));
        // Made one by one, so that what was started ends if a later step fails.
        let mut inner = Inner {
            path: path.to_owned(),
            jobs: Some(jobs),
            readings: Some(readings),
            commits: Arc::default(),
            threads: Vec::new(),
        };
        let commits = Arc::clone(&inner.commits);
        let write = move || writer::run(&conn, &mut waiting, &commits);
        inner.spawn("ledger-writer", write)?;
        for _ in 0..READERS {
            let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            conn.execute_batch(&format!("PRAGMA cache_size = -{READER_CACHE}"))
                .map_err(|error| sql::store_error(&error))?;
            let queue = Arc::clone(&queue);
            inner.spawn("ledger-reader", move || reader::run(&conn, &queue))?;
        }
        Ok(Self(Arc::new(inner)))
    }

    /// What the writer has committed.
    pub(super) fn committed(&self) -> Arc<Commits> {
        Arc::clone(&self.0.commits)
    }

    /// Runs `work` in the writer's next transaction; the result comes after its commit.
    pub(super) async fn write<T, E, W>(&self, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (job, result) = writer::job(work);
        let jobs = self.0.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(job).await.map_err(|_| stopped())?;
        result.await.map_err(|_| stopped())?
    }

    /// Runs `work` on a reader.
    pub(super) async fn read<T, E, W>(&self, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (caller, result) = oneshot::channel();
        let reading: Reading = Box::new(move |conn| {
            // The caller may have gone.
            let _ = caller.send(in_snapshot(conn, work));
        });
        let readings = self.0.readings.as_ref().ok_or_else(stopped)?;
        readings.send(reading).await.map_err(|_| stopped())?;
        result.await.map_err(|_| stopped())?
    }
}

impl fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLedger")
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn spawn(
        &mut self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), StoreError> {
        let thread = thread::Builder::new().name(name.into()).spawn(work);
        self.threads
            .push(thread.map_err(|error| StoreError::Unavailable(error.to_string()))?);
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The writer was started first and ends last: only the last connection to close copies the log into the file, and
        // a reader's cannot write.
        self.readings = None;
        for thread in self.threads.drain(1.min(self.threads.len())..) {
            // A thread that panicked has nothing left to close.
            let _ = thread.join();
        }
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Audits a file without changing it: beside a running issuer, or a copy.
///
/// # Errors
///
/// [`OpenError`]: the file is no ledger, of another schema version, or cannot be read.
pub fn audit_file(path: &Path) -> Result<AuditReport, OpenError> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    schema::expect_current(&conn)?;
    Ok(in_snapshot(&conn, audit::audit)?)
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the ledger is shutting down".into())
}

/// Runs `work` on one consistent view of the file.
fn in_snapshot<T, E: From<StoreError>>(
    conn: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = conn
        .unchecked_transaction()
        .map_err(|error| sql::store_error(&error))?;
    work(&transaction)
}

pub(super) fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(BUSY)?;
        conn.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")?;
        conn.set_prepared_statement_cache_capacity(64);
        Ok(conn)
    };
    open().map_err(|error| sql::store_error(&error))
}

/// Creates the file, if it is not there, so that only its owner can read it; the log beside it inherits that.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    opened
        .map(|_| ())
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}
