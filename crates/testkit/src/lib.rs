//! Fixtures for the tests of Farthing: a dev-dependency, never part of what is shipped.
//!
//! [`TestIssuer`], [`TestPublisher`] and [`TestReader`] are made from fixed bytes and a fixed clock, so that every run
//! gives the same bytes. The issuer answers requests as text, through the core's own parsers; [`vectors`] writes down
//! what a stranger's client is tested against (`tests/vectors/v1`).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "fixtures: what fails here is a test, and should say so at once"
)]

mod fixed;
mod issuer;
mod ledger;
#[cfg(all(unix, feature = "load"))]
pub mod load;
pub mod parsers;
// Its clusters are processes of a user of their own; the tests in a browser have none.
#[cfg(unix)]
pub mod postgres;
#[cfg(unix)]
pub mod process;
mod publisher;
mod reader;
mod serve;
pub mod vectors;

pub use fixed::{
    DAY, Deterministic, NOW, currency, fixed_bytes, issuer_id, page, publisher_id, time,
};
pub use issuer::TestIssuer;
pub use ledger::OrderState;
pub use publisher::{Article, SealedArticle, TestPublisher};
pub use reader::{Bought, TestReader};
pub use serve::Refusal;
