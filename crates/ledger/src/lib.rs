//! The issuer's ledger: what was paid in, what was issued, what was spent, and the books over all of it.
//!
//! [`Ledger`] is the contract; its documentation says what is atomic, what a crash may leave behind and what a caller
//! may conclude from silence. [`memory::MemoryLedger`] is the contract in its plainest form and the oracle of the tests;
//! `sqlite::SqliteLedger` is the embedded store. Each passes the one suite of `conformance`.
//!
//! The crate reads no clock and draws no randomness: times are arguments. It knows no HTTP, no keys and no policy: the
//! issuer checks macs, offers and prices first and hands over what is to become true.
//!
//! Features: `sqlite` (default) the embedded store; `conformance` the suite, for the tests of a backend.

#![deny(clippy::arithmetic_side_effects)]

mod account;
mod audit;
mod command;
#[cfg(feature = "conformance")]
pub mod conformance;
mod contract;
mod error;
mod event;
mod hour;
pub mod journal;
pub mod memory;
mod order;
mod publisher;
mod rules;
#[cfg(feature = "sqlite")]
pub mod sqlite;

pub use account::Account;
pub use audit::{AuditCheck, AuditReport, ChainHead};
pub use command::{
    Answer, AnswerState, Draw, Drawn, Element, Input, NewManifest, Operation, Redeemed, Redemption,
    SealedAnswer, Settlement, Split, StoredManifest,
};
pub use contract::Ledger;
pub use error::{
    AnswerError, AppendManifestError, CreateOrderError, DeclineError, DrawError, PutPublisherError,
    RedeemError, SettleError, StoreError, StoredAnswerError,
};
pub use hour::Hour;
pub use order::{ClaimKey, Created, NewOrder, Order, OrderAccount, OrderState, Quote, Transition};
pub use publisher::{Publisher, Withdrawal};
