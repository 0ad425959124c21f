//! Pouches to be drawn, and their elements.

use core::fmt;
use farthing_core::bytes::{sha256, to_b64u};
use farthing_core::id::{Binding, KeysetId, OrderId};
use farthing_core::manifest::RIGHTS;
use farthing_core::money::Micro;
use farthing_core::time::Timestamp;

/// A blinded element that is to be evaluated, by the hash under which it is known for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    /// The keyset it is evaluated under.
    pub keyset: KeysetId,
    /// That keyset's denomination.
    pub denomination: Micro,
    hash: [u8; 32],
}

impl Element {
    /// Takes the blinded element as sent: a compressed point.
    #[must_use]
    pub fn new(keyset: KeysetId, denomination: Micro, blinded: &[u8; 33]) -> Self {
        Self {
            keyset,
            denomination,
            hash: sha256(blinded),
        }
    }

    /// Takes the hash under which it is known.
    pub(crate) const fn from_hash(keyset: KeysetId, denomination: Micro, hash: [u8; 32]) -> Self {
        Self {
            keyset,
            denomination,
            hash,
        }
    }

    /// H(blinded element): what the issued table keeps.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Element({:?}, {:?}, {})",
            self.keyset,
            self.denomination,
            to_b64u(&self.hash)
        )
    }
}

/// A pouch to be drawn from an order. Its value is the sum of its elements' denominations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Which order.
    pub order: OrderId,
    /// The pouch's number, from 0 without gaps.
    pub pouch: u32,
    /// The mix's name; empty for the remainder, which then must be all that is unminted (R31).
    pub mix: String,
    /// Over the whole request.
    pub binding: Binding,
    /// What is to be evaluated, in the order sent.
    pub elements: Vec<Element>,
    /// The issuer's clock.
    pub now: Timestamp,
}

impl Draw {
    /// Whether it is of rights, and not of money (R55).
    #[must_use]
    pub fn is_of_rights(&self) -> bool {
        self.mix == RIGHTS
    }
}

/// Whether a pouch was drawn now or before. Either way the issuer evaluates the request's elements and answers; the
/// bytes are the same because the proof's randomness derives from the binding (R12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// The same request drew it before; nothing changed.
    AlreadyDone,
    /// It was drawn now.
    Done,
}
