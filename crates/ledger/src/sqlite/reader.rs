//! Readers: each a thread with a connection of its own, which sees the last commit.

use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// A unit of reading. It answers its caller itself.
pub(super) type Reading = Box<dyn FnOnce(&Connection) + Send>;

/// The queue that all readers share.
pub(super) type Queue = Arc<Mutex<mpsc::Receiver<Reading>>>;

/// Works until all senders are gone.
pub(super) fn run(conn: &Connection, queue: &Queue) {
    loop {
        // Whoever holds the lock waits for the next reading; the others wait for the lock.
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(reading) = next else { return };
        reading(conn);
    }
}
