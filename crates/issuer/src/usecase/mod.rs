//! What the issuer does: each operation from a parsed request to its answer or its refusal. No HTTP here.

pub mod answer;
pub mod destroy;
pub mod draw;
pub mod expire;
pub mod find;
mod grant_keys;
pub mod order;
pub mod promo;
pub mod rebind;
pub mod redeem;
pub mod refund;
pub mod restore;
pub mod revocations;
pub mod settle;
pub mod spent;
pub mod swap;
