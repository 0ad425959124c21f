//! Manifests as the ledger keeps them.

use farthing_core::id::{BodyHash, HeadHash};

/// A manifest to be appended. The issuer made and signed it; the ledger keeps the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewManifest {
    /// Its number, from 1.
    pub n: u64,
    /// The signed head, compact JWS.
    pub head: String,
    /// Hash of the head's signing input.
    pub head_hash: HeadHash,
    /// The body's exact bytes.
    pub body: Vec<u8>,
    /// Hash of the body.
    pub body_hash: BodyHash,
}

/// A manifest as kept, without its body, which [`crate::Ledger::manifest_body`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredManifest {
    /// Its number, from 1.
    pub n: u64,
    /// The signed head, compact JWS.
    pub head: String,
    /// Hash of the head's signing input.
    pub head_hash: HeadHash,
    /// Hash of the body.
    pub body_hash: BodyHash,
}
