//! The one writer: takes what waits, runs it in one transaction, commits once, then answers.
//!
//! Each job runs in a savepoint of its own, so that a refusal undoes that job only. Nobody is answered before the
//! commit: a refusal may rest on what another job of the group wrote, and stands or falls with it.

use super::{sql, standing};
use crate::witness::{Group, Observer};
use crate::{Commits, Effect, StoreError};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

/// How many jobs share one commit at most. Bounds how long the first of them waits.
const GROUP: usize = 256;

/// A unit of work with its result and the caller that waits for it.
pub(super) trait Job: Send {
    /// Does the work. `true`: what it wrote shall stay.
    fn run(&mut self, conn: &Connection) -> bool;
    /// What it changed, once, for whoever keeps a record outside.
    fn effect(&mut self) -> Option<Effect>;
    /// Tells the caller, with `failure` instead of the result if the group was not committed.
    fn answer(self: Box<Self>, failure: Option<&StoreError>);
}

struct Task<T, E, W> {
    work: Option<W>,
    result: Option<Result<T, E>>,
    effect: Option<Effect>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<T, E, W> Job for Task<T, E, W>
where
    T: Send,
    E: From<StoreError> + Send,
    W: FnOnce(&Connection) -> Result<(T, Option<Effect>), E> + Send,
{
    fn run(&mut self, conn: &Connection) -> bool {
        let result = self.work.take().map(|work| work(conn));
        self.result = result.map(|result| {
            result.map(|(value, effect)| {
                self.effect = effect;
                value
            })
        });
        matches!(self.result, Some(Ok(_)))
    }

    fn effect(&mut self) -> Option<Effect> {
        self.effect.take()
    }

    fn answer(self: Box<Self>, failure: Option<&StoreError>) {
        let result = match (failure, self.result) {
            (None, Some(result)) => result,
            (Some(failure), _) => Err(failure.clone().into()),
            (None, None) => Err(StoreError::Unavailable("the request was not run".into()).into()),
        };
        // The caller may have gone; what was committed stays.
        let _ = self.caller.send(result);
    }
}

/// Makes a job of `work`, and the receiver of its result.
pub(super) fn job<T, E, W>(work: W) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    W: FnOnce(&Connection) -> Result<(T, Option<Effect>), E> + Send + 'static,
{
    let (caller, result) = oneshot::channel();
    (
        Box::new(Task {
            work: Some(work),
            result: None,
            effect: None,
            caller,
        }),
        result,
    )
}

/// Works until all senders are gone.
pub(super) fn run(
    conn: &Connection,
    jobs: &mut mpsc::Receiver<Box<dyn Job>>,
    commits: &Commits,
    mut observer: Option<Box<dyn Observer>>,
) {
    while let Some(first) = jobs.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            let Ok(next) = jobs.try_recv() else { break };
            group.push(next);
        }
        commit(conn, group, commits, &mut observer);
    }
}

/// Runs statements without values. They are kept prepared: parsing them each time costs more than they do.
fn batch(conn: &Connection, statements: &str) -> Result<(), StoreError> {
    statements
        .split(';')
        .try_for_each(|statement| sql::execute(conn, statement.trim(), ()).map(drop))
}

fn commit(
    conn: &Connection,
    mut group: Vec<Box<dyn Job>>,
    commits: &Commits,
    observer: &mut Option<Box<dyn Observer>>,
) {
    let outcome = transact(conn, &mut group, observer);
    if outcome.is_ok() {
        commits.committed(group.len());
    }
    if outcome.is_err() && !conn.is_autocommit() {
        // If even this fails, the next BEGIN fails too, and tells.
        let _ = batch(conn, "ROLLBACK");
    }
    for job in group {
        job.answer(outcome.as_ref().err());
    }
}

fn transact(
    conn: &Connection,
    group: &mut [Box<dyn Job>],
    observer: &mut Option<Box<dyn Observer>>,
) -> Result<(), StoreError> {
    batch(conn, "BEGIN IMMEDIATE")?;
    let before = match observer {
        Some(_) => Some(standing::heads(conn)?),
        None => None,
    };
    let mut effects = Vec::new();
    for job in group {
        batch(conn, "SAVEPOINT job")?;
        let keep = job.run(conn);
        if conn.is_autocommit() {
            // A full disk or a failed write makes SQLite roll back everything, the jobs before this one included.
            return Err(StoreError::Unavailable(
                "the transaction was rolled back".into(),
            ));
        }
        batch(
            conn,
            if keep {
                "RELEASE job"
            } else {
                "ROLLBACK TO job; RELEASE job"
            },
        )?;
        effects.extend(job.effect());
    }
    let (Some(observer), Some(before), false) = (observer, before, effects.is_empty()) else {
        return batch(conn, "COMMIT");
    };
    let after = standing::standing(conn)?;
    let group = Group {
        before,
        after: after.heads,
        effects,
    };
    observer.committing(&group)?;
    batch(conn, "COMMIT")?;
    observer.committed(&after);
    Ok(())
}
