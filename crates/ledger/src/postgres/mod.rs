//! The shared store: one PostgreSQL database, any number of issuers on it.
//!
//! Every write is one transaction, and nobody is answered before its `COMMIT` returned. Purchases that wait together are
//! written together, as in SQLite; the primary keys, not this program, decide which of two replicas is first. A
//! transaction that another one was in the way of is run again, and so is one whose commit was lost with the
//! connection: running it again finds what it wrote, if it did, by nullifier and binding.
//!
//! The work is done on one thread with a runtime of its own, so the ledger needs none of its caller's.

mod answers;
mod archive;
mod audit;
mod broken;
mod checkpoints;
mod column;
mod connect;
mod decide;
mod draw;
mod ending;
mod errand;
mod expiry;
mod frozen;
mod group;
mod journal;
mod keysets;
mod known;
mod ledger;
mod ledger_time;
mod manifests;
#[cfg(feature = "sqlite")]
mod mover;
mod open;
mod orders;
mod patience;
mod promo_manifests;
mod publishers;
mod rebinds;
mod redeem;
mod refunds;
mod reserved;
mod schema;
mod session;
mod spent;
mod standing;
mod url;

#[cfg(test)]
mod tests;

#[cfg(feature = "sqlite")]
pub(crate) use mover::Mover;
pub use open::{PostgresLedger, audit_database};
pub use schema::{OpenError, SCHEMA_VERSION};
pub use url::DatabaseUrl;
