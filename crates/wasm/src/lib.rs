//! The browser shell of `farthing-core`: takes what JavaScript gives, calls the core, gives back what it says.
//!
//! One file per noun. There is no state here, no network and no storage. A class is a handle to a value that the core
//! verified; JavaScript gets one only from the function that verifies. What the core refuses is thrown as an `Error`
//! with a `code` of `docs/spec.md` section 11, what the caller got wrong as a `TypeError`.
//!
//! Features: `publisher` adds sealing and signing for the command line tool, `purse` phrases, swaps and restores for the
//! purse's pages. The page's file has neither.

#[cfg(target_family = "wasm")]
mod allocator;
pub mod answer;
mod argument;
pub mod decryption;
pub mod errors;
pub mod load;
pub mod manifest;
pub mod offer;
pub mod pay;
mod platform;
#[cfg(feature = "purse")]
pub mod purse;
mod random;
pub mod read;
mod record;
#[cfg(feature = "publisher")]
pub mod seal;
pub mod token;
