//! The short form: which request uses up a token or a pouch, on disk before the ledger is asked to.
//!
//! An entry is a byte, the record key and the binding: 0 before the ledger is asked, 1 when it has refused. What waits is
//! written together.

use super::SHORT;
use super::write::WitnessLog;
use crate::clock::Clock;
use farthing_ledger::{Reservation, StoreError};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

/// An entry's bytes.
pub(super) const ENTRY: usize = 65;
pub(super) const ASKED: u8 = 0;
pub(super) const REFUSED: u8 = 1;
/// How many wait to be written together at most.
const TOGETHER: usize = 1_024;

struct Waiting {
    entries: Vec<u8>,
    written: oneshot::Sender<Result<(), StoreError>>,
}

/// The log of one process, written by a thread of its own, which ends with the last clone.
#[derive(Clone)]
pub struct ShortWitness {
    queue: mpsc::Sender<Waiting>,
}

impl fmt::Debug for ShortWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShortWitness").finish_non_exhaustive()
    }
}

fn takes_nothing() -> StoreError {
    StoreError::Unavailable("the witness log takes nothing".to_owned())
}

impl ShortWitness {
    /// The log in that folder, which is made if it is not there.
    ///
    /// # Errors
    /// If the folder cannot be made, or there is no thread.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let mut log = WitnessLog::of_form(folder, SHORT, clock)?;
        let (queue, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new().name("witness".to_owned());
        thread.spawn(move || write(&mut log, &waiting))?;
        Ok(Self { queue })
    }

    /// Records that these are about to be used up, and waits for the disk.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it is not on disk: nothing may be used up then.
    pub(crate) async fn asked(&self, used: &[Reservation]) -> Result<(), StoreError> {
        self.record(ASKED, used).await
    }

    /// Records that the ledger refused: these were not used up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it is not on disk.
    pub(crate) async fn refused(&self, used: &[Reservation]) -> Result<(), StoreError> {
        self.record(REFUSED, used).await
    }

    async fn record(&self, kind: u8, used: &[Reservation]) -> Result<(), StoreError> {
        let mut entries = Vec::with_capacity(used.len().saturating_mul(ENTRY));
        for Reservation { key, binding } in used {
            entries.push(kind);
            entries.extend_from_slice(key.bytes());
            entries.extend_from_slice(binding.bytes());
        }
        let (written, waiting) = oneshot::channel();
        let sent = self.queue.send(Waiting { entries, written });
        sent.map_err(|_| takes_nothing())?;
        waiting.await.map_err(|_| takes_nothing())?
    }
}

/// Writes what waits, and tells those who wait.
fn write(log: &mut WitnessLog, waiting: &mpsc::Receiver<Waiting>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < TOGETHER {
            let Ok(next) = waiting.try_recv() else { break };
            group.push(next);
        }
        let body: Vec<u8> = group.iter().flat_map(|w| &w.entries).copied().collect();
        let written = log.append_bytes(&body).map_err(|error| {
            tracing::error!(%error, "the witness log takes nothing: nothing is accepted");
            takes_nothing()
        });
        for waiting in group {
            // Who asked may have gone; what is recorded and was not done is reserved in vain, for the same request.
            let _ = waiting.written.send(written.clone());
        }
    }
}
