//! The ledger's own time: a mark that only an operator ever moves back.

use farthing_core::time::Timestamp;

/// What the ledger knows of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerTime {
    /// Ledger time when this was written.
    pub mark: Timestamp,
    /// In which run of a machine it was written: readings of different eras cannot be compared.
    pub era: String,
    /// What that machine's monotonic clock said, in seconds.
    pub reading: u64,
    /// The latest ledger time by which something was deleted because its time was over; the epoch if nothing was.
    pub deleted_under: Timestamp,
    /// How often an operator decided what time it is.
    pub decision: u64,
    /// The latest ledger time that an issuer may have told: whoever starts tells none before it, whoever runs none after.
    pub told_until: Timestamp,
}

/// What is to be done about the ledger's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeStep {
    /// An operator says what time it is, which may be earlier.
    Decide {
        /// The time.
        mark: Timestamp,
        /// In which run of the machine.
        era: String,
        /// What its monotonic clock says.
        reading: u64,
    },
    /// Something is about to be deleted because its time is over at that ledger time.
    Deleting(Timestamp),
    /// Time has gone on. Nothing is written if an operator decided otherwise since decision number `decision`.
    Keep {
        /// The time; an earlier one than the mark does not move it.
        mark: Timestamp,
        /// In which run of the machine.
        era: String,
        /// What its monotonic clock says.
        reading: u64,
        /// The last decision that is known to whoever asks.
        decision: u64,
        /// Until when time is to be told from now on; an earlier one than before does not shorten it.
        until: Timestamp,
    },
    /// Nothing, only tell.
    Look,
}
