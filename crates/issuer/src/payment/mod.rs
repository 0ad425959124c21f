//! Payment providers: who collects the money of an order and says so.
//!
//! The sandbox's provider is part of the issuer and collects nothing; its notices are real ones, signed and sent over
//! HTTP, and the issuer takes them as it would anybody's.

mod notice;
mod sandbox;
pub mod signature;

pub use notice::Notice;
pub use sandbox::{Delivery, Sandbox};
