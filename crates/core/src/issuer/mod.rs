//! Secret-key code of an issuer. Behind the feature `issuer`; a check shows that the browser file has none of it.

mod keyset_secret;
mod proof_randomness;
pub mod steps;

pub use keyset_secret::{KeysetSecret, TokenInvalid};
