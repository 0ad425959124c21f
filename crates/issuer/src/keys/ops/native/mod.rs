//! The platform's OpenSSL multiplies; everything else is the core's, in the same steps.

mod curve;
mod hpke;
mod keys;

use super::{CheckError, KeyOps, OpeningKey, OpsFailed, SigningKey, TokenKey};
use crate::keys::ops::native::keys::Key;
use curve::Curve;
use farthing_core::content::ContentKey;
use farthing_core::hpke::SealedKey;
use farthing_core::issuer::steps::ProofSteps;
use farthing_core::point::Point;
use std::sync::Arc;

/// OpenSSL's P-256.
#[derive(Clone, Debug)]
pub struct Native(Arc<Curve>);

impl Native {
    /// Finds the curve in the library.
    ///
    /// # Errors
    /// [`OpsFailed`] if it is not there.
    pub fn new() -> Result<Self, OpsFailed> {
        Curve::new().map(Arc::new).map(Self)
    }

    fn key(&self, secret: &[u8; 32]) -> Result<Key, CheckError> {
        Key::new(Arc::clone(&self.0), secret)
    }
}

impl KeyOps for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn token_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn TokenKey>, CheckError> {
        let key = self.key(secret)?;
        let proofs = ProofSteps::new(key.public());
        Ok(Arc::new(keys::Evaluating { key, proofs }))
    }

    fn signing_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn SigningKey>, CheckError> {
        Ok(Arc::new(keys::Signing(self.key(secret)?)))
    }

    fn opening_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn OpeningKey>, CheckError> {
        Ok(Arc::new(keys::Opening(self.key(secret)?)))
    }

    fn seal(
        &self,
        to: &Point,
        info: &[u8],
        key: &ContentKey,
        ikm: &[u8; 32],
    ) -> Result<SealedKey, OpsFailed> {
        hpke::seal(&self.0, to, info, key, ikm)
    }

    fn verify(&self, key: &Point, message: &[u8], signature: &[u8; 64]) -> Result<bool, OpsFailed> {
        self.0.verify(key, message, signature)
    }
}
