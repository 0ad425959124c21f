//! What an entry of the use journal commits to.

use core::fmt;

/// Commits an entry of the use journal to the operation that it is of, without naming it: a hash keyed with the secret of
/// the lead token (spec section 9, *entry commitment*). Who has the token can find the entry; who has the ledger's rows
/// cannot, nor can who has the issuer's keys besides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Commitment([u8; 16]);

impl Commitment {
    /// Takes the bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It is what joins a request to the journal's order.
        f.write_str("Commitment")
    }
}
