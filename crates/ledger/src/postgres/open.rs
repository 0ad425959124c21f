//! Opening a database, and the thread that works on it.

use super::audit;
use super::broken::{Broken, Trouble};
use super::connect::{Connector, Use};
use super::errand::{self, Errand, Line, errand};
use super::group::{self, Waiting};
use super::patience::Patience;
use super::schema::{self, OpenError};
use super::session::Session;
use super::url::DatabaseUrl;
use crate::spend::Spend;
use crate::{AuditReport, Commits, Redeemed, StoreError, SwapError};
use core::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::LocalSet;

/// How many requests may wait before callers wait to hand over theirs.
const QUEUE: usize = 1024;
/// How many requests are worked on at a time, beside the group of purchases.
const LINES: usize = 4;

/// A ledger in a PostgreSQL database. Clones share its connections; the last one to go closes them.
#[derive(Clone)]
pub struct PostgresLedger(Arc<Inner>);

struct Inner {
    url: DatabaseUrl,
    // Taken when the ledger is dropped: closed queues end the thread.
    errands: Option<mpsc::Sender<Box<dyn Errand>>>,
    purchases: Option<mpsc::Sender<Waiting>>,
    commits: Arc<Commits>,
    thread: Option<JoinHandle<()>>,
}

impl PostgresLedger {
    /// Opens the database, making its tables or migrating them if need be.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: the database is something else, of a newer schema, cannot be reached, or its server forgets what it
    /// commits. Nothing is changed then.
    pub fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let connector = Connector::new(url, Use::Requests)?;
        let (errands, errand_queue) = mpsc::channel(QUEUE);
        let (purchases, purchase_queue) = mpsc::channel(QUEUE);
        let (opened, open) = std::sync::mpsc::channel();
        let commits = Arc::new(Commits::default());
        let counted = Arc::clone(&commits);
        let thread = move || {
            let runtime = match runtime() {
                Ok(runtime) => runtime,
                Err(error) => return drop(opened.send(Err(error.into()))),
            };
            let set = LocalSet::new();
            let first = set.block_on(&runtime, first_session(&connector));
            let (first, result) = match first {
                Ok(session) => (Some(session), Ok(())),
                Err(error) => (None, Err(error)),
            };
            let failed = result.is_err();
            // Whoever opens it may have gone.
            let _ = opened.send(result);
            if !failed {
                let queue = Rc::new(Mutex::new(errand_queue));
                let lines = work(&connector, first, queue, purchase_queue, &counted);
                set.block_on(&runtime, lines);
            }
        };
        let thread = spawn("ledger-postgres", thread)?;
        let inner = Inner {
            url: url.clone(),
            errands: Some(errands),
            purchases: Some(purchases),
            commits,
            thread: Some(thread),
        };
        open.recv().map_err(|_| stopped())??;
        Ok(Self(Arc::new(inner)))
    }

    /// Runs `work` on a connection, again where that helps. What it returns was committed.
    pub(super) async fn ask<T, E, W>(&self, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: AsyncFn(&Session) -> Result<T, Trouble<E>> + Send + 'static,
    {
        let (errand, result) = errand(work);
        let errands = self.0.errands.as_ref().ok_or_else(stopped)?;
        errands.send(errand).await.map_err(|_| stopped())?;
        result.await.map_err(|_| stopped())?
    }

    /// Puts an operation that spends tokens into the next group.
    pub(super) async fn spend(&self, spend: Spend) -> Result<Redeemed, SwapError> {
        let (caller, result) = oneshot::channel();
        let purchases = self.0.purchases.as_ref().ok_or_else(stopped)?;
        let waiting = Waiting { spend, caller };
        purchases.send(waiting).await.map_err(|_| stopped())?;
        result.await.map_err(|_| stopped())?
    }

    /// How purchases were grouped.
    pub(super) fn committed(&self) -> Arc<Commits> {
        Arc::clone(&self.0.commits)
    }

    /// Audits on a thread of its own, so that no request waits for it.
    pub(super) async fn audited(&self) -> Result<AuditReport, StoreError> {
        let (caller, result) = oneshot::channel();
        let url = self.0.url.clone();
        spawn("ledger-audit", move || {
            let report = audit_database(&url);
            let _ = caller.send(report);
        })?;
        match result.await.map_err(|_| stopped())? {
            Ok(report) => Ok(report),
            Err(OpenError::Store(error)) => Err(error),
            Err(other) => Err(StoreError::Inconsistent(other.to_string())),
        }
    }
}

impl fmt::Debug for PostgresLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresLedger")
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.errands = None;
        self.purchases = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to close.
            let _ = thread.join();
        }
    }
}

/// Audits a database without changing it: beside running issuers, or a standby.
///
/// # Errors
///
/// [`OpenError`]: the database is no ledger, of another schema version, or cannot be read.
pub fn audit_database(url: &DatabaseUrl) -> Result<AuditReport, OpenError> {
    let connector = Connector::new(url, Use::Audit)?;
    let work = async {
        let session = connector.connect().await?;
        schema::expect_current(&session).await?;
        Ok(audit::audit(&session).await?)
    };
    LocalSet::new().block_on(&runtime()?, work)
}

async fn first_session(connector: &Connector) -> Result<Session, OpenError> {
    let mut patience = Patience::new();
    let mut line = Line::new(connector.clone(), None);
    loop {
        let attempt = line.attempt(&patience, async |session| {
            match schema::begin_or_wait(session).await {
                Ok(is_current) => Ok(Ok(is_current)),
                Err(Trouble::Refused(error)) => Ok(Err(error)),
                Err(Trouble::Broken(broken)) => Err(broken),
            }
        });
        match attempt.await {
            Ok(Ok(true)) => break,
            // As long as it takes: every row of an older ledger may be written anew.
            Ok(Ok(false)) => {
                let session = connector.for_everything().connect().await?;
                schema::migrate(&session).await?;
            }
            Ok(Err(error)) => return Err(error),
            Err(Broken::Failed(text)) => return Err(Broken::Failed(text).into()),
            Err(broken) if !patience.wait().await => return Err(broken.into()),
            Err(_) => {}
        }
    }
    line.into_session()
        .ok_or_else(|| OpenError::Store(stopped()))
}

/// Works until the ledger is dropped and both queues are empty.
async fn work(
    connector: &Connector,
    first: Option<Session>,
    errands: errand::Queue,
    purchases: mpsc::Receiver<Waiting>,
    commits: &Commits,
) {
    let mut tasks = Vec::with_capacity(LINES);
    for _ in 0..LINES {
        let line = Line::new(connector.clone(), None);
        let queue = Rc::clone(&errands);
        tasks.push(tokio::task::spawn_local(errand::serve(line, queue)));
    }
    group::serve(Line::new(connector.clone(), first), purchases, commits).await;
    for task in tasks {
        // A task that panicked has nothing left to do.
        let _ = task.await;
    }
}

pub(super) fn runtime() -> Result<Runtime, StoreError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let thread = thread::Builder::new().name(name.into()).spawn(work);
    thread.map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the ledger is shutting down".into())
}
