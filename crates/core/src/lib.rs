//! Farthing's one core: what the browser checks and what the issuer checks.
//!
//! No IO, no clock, no randomness of its own: time, keys and random bytes are arguments. Rule numbers (R1 …) and
//! section numbers are those of `docs/spec.md`.
//!
//! Features: `issuer` adds secret-key code of an issuer (evaluating, signing, opening wraps), `publisher` that of a
//! publisher (sealing, signing offers), `phrase` the recovery phrase with its list of words, `promo` claiming and paying
//! with starter tokens, `undo` rights and refunds. The page's build has none.

#![no_std]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

pub mod answer;
pub mod bytes;
pub mod content;
pub mod decryption;
pub mod disclosure;
mod gather;
#[cfg(feature = "gift")]
pub mod gift;
pub mod grant;
pub mod hpke;
pub mod id;
#[cfg(feature = "issuer")]
pub mod issuer;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod keyset;
pub mod manifest;
pub mod money;
pub mod offer;
mod order;
pub mod origin;
pub mod point;
pub mod promo;
#[cfg(feature = "publisher")]
pub mod publisher;
pub mod publisher_document;
pub mod request;
pub mod resource;
pub mod sign;
pub mod spent;
mod text;
pub mod time;
pub mod token;
pub mod voprf;
pub mod wallet;
