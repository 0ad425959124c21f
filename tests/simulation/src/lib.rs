//! A simulation of many clients, a bad network and a machine whose power fails, against the oracle.
//!
//! A run is a list of [`Step`]s, made from a seed by [`schedule::schedule`] or read from a file. [`run::run`] sends them
//! to a [`Store`] and to the memory ledger, one after the other on one thread: the same list gives the same run. What
//! breaks a promise is a [`Violation`]; [`shrink::shrink`] makes its list short, and [`reproduction`] keeps it for good.
//!
//! Kept honest by stores that are wrong on purpose (`tests/finds.rs`).

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a simulation: small numbers of its own, and what fails here is a test"
)]

pub mod ask;
pub mod campaign;
mod dice;
pub mod disk;
mod mint;
mod promises;
pub mod reproduction;
pub mod run;
pub mod schedule;
pub mod shrink;
mod sqlite;
mod step;
mod store;
mod violation;

pub use sqlite::SqliteStore;
pub use step::{FORGED, Fate, Request, Shown, Step};
pub use store::{Marks, Replying, Store};
pub use violation::Violation;
