//! The issuer's ledger: what was paid in, what was issued, what was spent, and the books over all of it.
//!
//! [`Ledger`] is the contract; its documentation says what is atomic, what a crash may leave behind and what a caller
//! may conclude from silence. [`memory::MemoryLedger`] is the contract in its plainest form and the oracle of the tests;
//! `sqlite::SqliteLedger` is the embedded store, `postgres::PostgresLedger` the one that many issuers share. Each passes the one suite of `conformance`.
//!
//! The crate reads no clock and draws no randomness: times are arguments. It knows no HTTP, no keys and no policy: the
//! issuer checks macs, offers and prices first and hands over what is to become true.
//!
//! Features: `sqlite` (default) the embedded store; `postgres` (default) the shared one; `conformance` the suite, for the tests of a backend.

#![deny(clippy::arithmetic_side_effects)]

mod account;
mod answer;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod answer_number;
mod archive;
mod audit;
mod breaker;
mod checkpoint;
mod commitment;
mod commits;
#[cfg(feature = "conformance")]
pub mod conformance;
mod contract;
mod draw;
mod effect;
mod error;
mod event;
mod hour;
pub mod journal;
mod keyset_end;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod keyset_number;
mod ledger_time;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod listing;
mod manifest;
pub mod memory;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod migrate;
mod order;
#[cfg(feature = "postgres")]
pub mod postgres;
mod promo;
mod publisher;
mod rebind;
mod redemption;
mod refund;
mod reservation;
mod rules;
mod settlement;
mod spend;
mod spent;
mod split;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod standing;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod stored_postings;
mod swap;
#[cfg(all(test, feature = "postgres", feature = "sqlite"))]
mod version_4;
pub mod witness;

pub use account::Account;
pub use answer::{Answer, AnswerState, Operation, SealedAnswer};
pub use archive::ArchiveRoot;
pub use audit::{AuditCheck, AuditReport, ChainHead};
pub use breaker::{Freeze, Frozen};
pub use checkpoint::Checkpoint;
pub use commitment::Commitment;
pub use commits::Commits;
pub use contract::Ledger;
pub use draw::{Draw, Drawn, Element};
pub use effect::Effect;
pub use error::{
    AnswerError, AppendCheckpointError, AppendManifestError, CreateOrderError, DeclineError,
    DrawError, PutPublisherError, RedeemError, SettleError, StoreError, StoredAnswerError,
    SwapError, TimeError,
};
pub use hour::Hour;
pub use keyset_end::{DropRowsError, EndKeysetError, EndedKeyset, KeyDestroyedError, KeysetEnd};
pub use ledger_time::{LedgerTime, TimeStep};
pub use manifest::{NewManifest, StoredManifest};
pub use order::{ClaimKey, Created, NewOrder, Order, OrderAccount, OrderState, Quote, Transition};
pub use promo::{GrantPromoError, PromoGrant};
pub use publisher::{Publisher, Withdrawal};
pub use rebind::{Rebind, RebindError, Rebound};
pub use redemption::{Input, Redeemed, Redemption};
pub use refund::{Refund, RefundError};
pub use reservation::{RecordKey, Reservation};
pub use settlement::Settlement;
pub use spent::SpentError;
pub use split::Split;
pub use standing::{Balance, Heads, KeysetCounts, Snapshot, Standing};
pub use swap::Swap;
