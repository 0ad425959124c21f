//! What is done with the issuer's secret keys, and where: nothing else in this crate computes with one.
//!
//! [`KeyOps`] takes keys in and gives handles out; a handle does what its kind of key is for and never gives the key
//! back. Two implementations give the same bytes: `reference`, the core's own arithmetic, which the browser has too, and
//! `native`, which multiplies by the platform's OpenSSL in a quarter of the time (docs/adr/0015-key-operations.md). A hardware module
//! would be a third, with handles to keys that it keeps.

mod native;
mod reference;
#[cfg(test)]
mod tests;

pub use native::Native;
pub use reference::Reference;

use farthing_core::content::ContentKey;
use farthing_core::hpke::SealedKey;
use farthing_core::id::{Binding, KeysetId, Mac, Nonce};
use farthing_core::origin::IssuerId;
use farthing_core::point::Point;
use farthing_core::request::Evaluation;
use farthing_core::token::Output;
use farthing_core::voprf::BlindedElement;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// The operation was not done: library or module failed. It says nothing of what was to be made or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a key operation failed")]
pub struct OpsFailed;

/// Why a check did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CheckError {
    /// What was checked is not genuine.
    #[error("not genuine")]
    Invalid,
    /// It was not checked.
    #[error(transparent)]
    Failed(#[from] OpsFailed),
}

/// Takes keys in, and does what needs none of ours.
pub trait KeyOps: Send + Sync + fmt::Debug + 'static {
    /// `native`, `reference`, …: for the operator.
    fn name(&self) -> &'static str;

    /// A keyset's key.
    ///
    /// # Errors
    /// [`CheckError::Invalid`] for zero or a number not below the group order.
    fn token_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn TokenKey>, CheckError>;

    /// A key that signs manifests, disclosures and grants.
    ///
    /// # Errors
    /// As of [`KeyOps::token_key`].
    fn signing_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn SigningKey>, CheckError>;

    /// A key to which publishers seal.
    ///
    /// # Errors
    /// As of [`KeyOps::token_key`].
    fn opening_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn OpeningKey>, CheckError>;

    /// Seals a content key to a reader, with the ephemeral key of `DeriveKeyPair` (RFC 9180, section 7.1.3) from 32 secret
    /// bytes: equal calls give equal bytes.
    ///
    /// # Errors
    /// [`OpsFailed`].
    fn seal(
        &self,
        to: &Point,
        info: &[u8],
        key: &ContentKey,
        ikm: &[u8; 32],
    ) -> Result<SealedKey, OpsFailed>;

    /// Whether r ‖ s is an ES256 signature over a message.
    ///
    /// # Errors
    /// [`OpsFailed`] if that was not found out.
    fn verify(&self, key: &Point, message: &[u8], signature: &[u8; 64]) -> Result<bool, OpsFailed>;
}

/// The key of one keyset.
pub trait TokenKey: Send + Sync + fmt::Debug {
    /// Its public half.
    fn public_key(&self) -> &Point;

    /// Evaluates 1 to 64 elements under one proof; the same call gives the same bytes (R12).
    ///
    /// # Errors
    /// [`OpsFailed`], and for no elements or too many.
    fn evaluate(
        &self,
        keyset: &KeysetId,
        binding: &Binding,
        elements: &[&BlindedElement],
    ) -> Result<Evaluation, OpsFailed>;

    /// Recomputes a token's output and compares the mac in constant time (R11).
    ///
    /// # Errors
    /// [`CheckError::Invalid`] if it was not made with this key, or its mac is for another request.
    fn recognise(
        &self,
        issuer: &IssuerId,
        keyset: &KeysetId,
        nonce: &Nonce,
        binding: &Binding,
        mac: &Mac,
    ) -> Result<Output, CheckError>;
}

/// A key that signs.
pub trait SigningKey: Send + Sync + fmt::Debug {
    /// Its public half.
    fn public_key(&self) -> &Point;

    /// r ‖ s over a message with the nonce of RFC 6979: equal calls give equal bytes.
    ///
    /// # Errors
    /// [`OpsFailed`].
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], OpsFailed>;
}

/// A key that opens what was sealed to it.
pub trait OpeningKey: Send + Sync + fmt::Debug {
    /// Its public half.
    fn public_key(&self) -> &Point;

    /// Opens a content key.
    ///
    /// # Errors
    /// [`CheckError::Invalid`] if it was sealed to another key or under another info, or was changed.
    fn open(&self, info: &[u8], sealed: &SealedKey) -> Result<ContentKey, CheckError>;
}

/// Which implementation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operations {
    /// By the platform's OpenSSL.
    #[default]
    Native,
    /// By the core's own arithmetic.
    Reference,
}

impl Operations {
    /// Makes it ready.
    ///
    /// # Errors
    /// [`OpsFailed`] if the library has no P-256.
    pub fn open(self) -> Result<Arc<dyn KeyOps>, OpsFailed> {
        Ok(match self {
            Self::Native => Arc::new(Native::new()?),
            Self::Reference => Arc::new(Reference),
        })
    }
}
