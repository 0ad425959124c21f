//! Gifts: what a gift link holds, and the list of grants that are no longer good because somebody claimed them (spec
//! section 13).

mod link;
mod revoked;
mod secret;

pub use link::{FRAGMENT, GiftLink, MAX_FRAGMENT};
pub use revoked::{RevokedClaims, RevokedList, list_hash, list_json};
pub use secret::GiftSecret;
