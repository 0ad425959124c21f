//! PostgreSQL servers of a test's own: made in a temporary folder, reached by a socket in it, gone with the test.
//!
//! Nothing of the machine's own servers is used or touched. Where PostgreSQL is missing the test fails and says what
//! to do; it is never skipped.

mod cluster;
mod database;
mod machine;
mod wire;

pub use cluster::Cluster;
pub use database::Database;
pub use wire::{Break, Wire};

/// The password of the servers' one user, which no log may show.
pub const PASSWORD: &str = "a-password-that-no-log-shows";
