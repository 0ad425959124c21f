//! A past for the books: redemptions that never happened, written straight into the store.
//!
//! An issuer that has spent ten million tokens cannot be waited for. The rows are copies of real ones that the store
//! holds already (at least one redemption must have been made), with keys of their own: three spent tokens, five issued
//! elements (three that were drawn, two of change), an answer and a journal entry for each redemption, the counters moved
//! along. So they are as large as real rows, in whatever tables the schema has them. What they are not is a chain: the
//! journal's hashes are made up and its sums do not fit, so a grown store serves and is measured, but is not audited.

mod database;
mod file;

pub use database::{grow_database, sizes_of_database};
pub use file::{grow_file, sizes_of_file};

use farthing_core::bytes::sha256;

/// The order in which rows come, as far as the store's trees see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By key: the fastest to write. Pages are filled as the store fills them then.
    Ascending,
    /// By chance, as redemptions come: pages are as full as they get in use.
    Chance,
}

/// Spent tokens of a redemption.
const INPUTS: u64 = 3;

impl Order {
    /// The key of row `i` of `rows` in a table of that name: 32 bytes.
    fn key(self, table: &str, i: u64, rows: u64) -> [u8; 32] {
        let mut key = made_up(table, i);
        if self == Self::Ascending {
            let place = (u64::MAX / rows.max(1)) * i;
            key[..8].copy_from_slice(&place.to_be_bytes());
        }
        key
    }
}

/// 32 bytes that depend on nothing but name and number.
fn made_up(name: &str, i: u64) -> [u8; 32] {
    let mut bytes = [0; 40];
    let name = name.as_bytes();
    let length = name.len().min(32);
    bytes[..length].copy_from_slice(&name[..length]);
    bytes[32..].copy_from_slice(&i.to_be_bytes());
    sha256(&bytes)
}
