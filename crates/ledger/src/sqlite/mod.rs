//! The embedded store: one SQLite file in write-ahead mode, one writer, a few readers.
//!
//! Every commit is synced to disk before anybody is answered (`synchronous = FULL`); requests that wait together are
//! committed together. Another process may read the file at the same time, and may even write: the transaction,
//! not the thread, keeps the contract.

mod answers;
mod archive;
mod audit;
mod backup;
mod checkpoints;
mod draw;
mod ending;
mod expiry;
mod frozen;
mod journal;
mod keysets;
mod ledger;
mod ledger_time;
mod manifests;
#[cfg(feature = "postgres")]
mod moving;
mod open;
mod orders;
mod promo_manifests;
mod publishers;
mod reader;
mod rebinds;
mod redeem;
mod refunds;
mod reserved;
mod schema;
mod spent;
mod sql;
mod standing;
mod writer;

#[cfg(test)]
mod tests;

pub use backup::{BackupError, backup};
#[cfg(feature = "postgres")]
pub(crate) use moving::MovingFile;
pub use open::{SqliteLedger, audit_file};
#[cfg(test)]
pub(crate) use schema::MIGRATIONS;
pub use schema::{OpenError, SCHEMA_VERSION};
