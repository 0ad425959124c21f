//! Starter tokens: what a publisher gives away, worth something only there (spec section 7.3).
//!
//! A wallet works with them by the same functions as with money, on the body that [`PromoManifest::body_over`] gives: it
//! lists that publisher's keysets and no other, so that a payment is wholly of the one or wholly of the other.

mod body;
mod head;
mod walk;

pub use body::{MAX_DENOMINATIONS, PromoBody};
pub use head::PromoHead;
pub use walk::{PromoManifest, walk};
