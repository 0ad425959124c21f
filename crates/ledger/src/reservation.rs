//! What may be done once more after a restore, and by which request.

use farthing_core::bytes::Transcript;
use farthing_core::id::{Binding, GrantId, Nullifier, OrderId};

/// What an operation uses up: a token, the number of a pouch, or a gift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey([u8; 32]);

impl RecordKey {
    /// From the bytes that a record has.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Of a token.
    #[must_use]
    pub const fn token(nullifier: &Nullifier) -> Self {
        Self(*nullifier.bytes())
    }

    /// Of a pouch of an order.
    #[must_use]
    pub fn pouch(order: OrderId, pouch: u32) -> Self {
        let label = Transcript::new("farthing/v1/pouch-record");
        Self(label.fixed(order.bytes()).be32(pouch).hash())
    }

    /// Of a gift that is bound to another key.
    #[must_use]
    pub fn rebind(grant: &GrantId) -> Self {
        let label = Transcript::new("farthing/v1/rebind-record");
        Self(label.fixed(grant.bytes()).hash())
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What may only be used up by the request with this binding, or by one of several reserved for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reservation {
    /// What.
    pub key: RecordKey,
    /// By which request.
    pub binding: Binding,
}
