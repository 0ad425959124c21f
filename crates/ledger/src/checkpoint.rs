//! Checkpoints as the ledger keeps them.

use crate::Heads;

/// A checkpoint. The issuer made and signed it; the ledger keeps the bytes, and what its audit compares with the journals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its number, from 1.
    pub n: u64,
    /// Where the journals stood when it was made.
    pub heads: Heads,
    /// The signed head, compact JWS.
    pub head: String,
    /// Hash of the head's signing input.
    pub head_hash: [u8; 32],
    /// The body's exact bytes.
    pub body: Vec<u8>,
    /// Hash of the body.
    pub body_hash: [u8; 32],
}
