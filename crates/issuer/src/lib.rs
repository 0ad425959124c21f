//! The issuer: sells prepaid tokens blindly, redeems them for grants and content keys, keeps the books.
//!
//! `usecase` holds the operations, each from a parsed request to its answer or its refusal; `http` carries them;
//! `payment` is who collects money; `keys`, `config` and `manifest` are what an issuer is made of. Everything is generic
//! over [`farthing_ledger::Ledger`], and neither clock nor randomness is read except through [`clock::Clock`] and
//! [`random::Random`].

pub mod admin;
pub mod amount;
pub mod books;
pub mod checkpoint;
pub mod cli;
pub mod clock;
pub mod compute;
pub mod config;
mod date;
pub mod gate;
pub mod guarded;
pub mod http;
pub mod in_force;
pub mod issuer;
pub mod keeper;
pub mod keys;
pub mod ledger_clock;
pub mod log;
pub mod manifest;
pub mod metrics;
pub mod monotonic;
pub mod observer;
mod open_files;
pub mod outbound;
pub mod outside;
pub mod payment;
mod promo_manifest;
mod publisher_keys;
pub mod random;
mod recent;
pub mod reload;
pub mod renewal;
pub mod restore;
mod terms;
pub mod usecase;
pub mod wallet_pages;
pub mod witness;
