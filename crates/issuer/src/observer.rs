//! What stands beside the writer of a ledger: the witness log before each commit, the mark after it.

use crate::gate::Gate;
use crate::outside::MarkFile;
use crate::witness::WitnessLog;
use farthing_ledger::witness::{Group, Observer};
use farthing_ledger::{Standing, StoreError};
use std::sync::{Arc, Mutex, PoisonError};

/// The mark, once there is one, shared by whoever writes it.
pub type SharedMark = Arc<Mutex<Option<MarkFile>>>;

/// Keeps witness log and mark.
#[derive(Debug)]
pub struct Keeping {
    /// The witness log, if there is one.
    pub witness: Option<WitnessLog>,
    /// The mark.
    pub mark: SharedMark,
    /// While it is closed the mark stays where it is.
    pub gate: Gate,
}

impl Observer for Keeping {
    fn committing(&mut self, group: &Group) -> Result<(), StoreError> {
        let Some(witness) = &mut self.witness else {
            return Ok(());
        };
        witness.append(group).map_err(|error| {
            tracing::error!(%error, "the witness log takes nothing: nothing is committed");
            StoreError::Unavailable("the witness log takes nothing".to_owned())
        })
    }

    fn committed(&mut self, standing: &Standing) {
        let mut mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mark) = mark.as_mut().filter(|_| self.gate.is_open()) else {
            return;
        };
        // The books are committed and whole. A mark that stays behind weakens only what it is compared with later.
        if let Err(error) = mark.advance(standing) {
            tracing::error!(%error, "the mark of where the ledger stands was not written");
        }
    }
}
