//! The core's own arithmetic: what the browser has, and what the native implementation is compared with.

use super::{CheckError, KeyOps, OpeningKey, OpsFailed, SigningKey, TokenKey};
use farthing_core::content::ContentKey;
use farthing_core::hpke::{self, SealedKey, SealingSecret};
use farthing_core::id::{Binding, KeysetId, Mac, Nonce};
use farthing_core::issuer::KeysetSecret;
use farthing_core::jws::verify_es256;
use farthing_core::origin::IssuerId;
use farthing_core::point::Point;
use farthing_core::request::Evaluation;
use farthing_core::sign::SecretKey;
use farthing_core::token::Output;
use farthing_core::voprf::BlindedElement;
use std::sync::Arc;

/// The curve in Rust.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference;

/// A secret of the core with its public half.
#[derive(Debug)]
struct Pair<S> {
    public: Point,
    secret: S,
}

fn pair<S>(
    secret: Option<S>,
    public: impl FnOnce(&S) -> Option<Point>,
) -> Result<Arc<Pair<S>>, CheckError> {
    let secret = secret.ok_or(CheckError::Invalid)?;
    let public = public(&secret).ok_or(CheckError::Invalid)?;
    Ok(Arc::new(Pair { public, secret }))
}

impl KeyOps for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn token_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn TokenKey>, CheckError> {
        Ok(pair(
            KeysetSecret::from_bytes(secret),
            KeysetSecret::public_key,
        )?)
    }

    fn signing_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn SigningKey>, CheckError> {
        Ok(pair(SecretKey::from_bytes(secret), SecretKey::public)?)
    }

    fn opening_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn OpeningKey>, CheckError> {
        Ok(pair(
            SealingSecret::from_bytes(secret),
            SealingSecret::public,
        )?)
    }

    fn seal(
        &self,
        to: &Point,
        info: &[u8],
        key: &ContentKey,
        ikm: &[u8; 32],
    ) -> Result<SealedKey, OpsFailed> {
        let mut enough = true;
        let mut given = |bytes: &mut [u8]| match ikm.get(..bytes.len()) {
            Some(ikm) => bytes.copy_from_slice(ikm),
            None => enough = false,
        };
        let sealed = hpke::seal(to, info, key, &mut given);
        sealed.ok().filter(|_| enough).ok_or(OpsFailed)
    }

    fn verify(&self, key: &Point, message: &[u8], signature: &[u8; 64]) -> Result<bool, OpsFailed> {
        Ok(verify_es256(key, message, signature))
    }
}

impl TokenKey for Pair<KeysetSecret> {
    fn public_key(&self) -> &Point {
        &self.public
    }

    fn evaluate(
        &self,
        keyset: &KeysetId,
        binding: &Binding,
        elements: &[&BlindedElement],
    ) -> Result<Evaluation, OpsFailed> {
        let evaluated = self.secret.evaluate(keyset, binding, elements);
        evaluated.ok_or(OpsFailed)
    }

    fn recognise(
        &self,
        issuer: &IssuerId,
        keyset: &KeysetId,
        nonce: &Nonce,
        binding: &Binding,
        mac: &Mac,
    ) -> Result<Output, CheckError> {
        let output = self
            .secret
            .authenticate(issuer, keyset, nonce, binding, mac);
        output.map_err(|_| CheckError::Invalid)
    }
}

impl SigningKey for Pair<SecretKey> {
    fn public_key(&self) -> &Point {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], OpsFailed> {
        Ok(self.secret.sign(message))
    }
}

impl OpeningKey for Pair<SealingSecret> {
    fn public_key(&self) -> &Point {
        &self.public
    }

    fn open(&self, info: &[u8], sealed: &SealedKey) -> Result<ContentKey, CheckError> {
        let opened = self.secret.open(info, sealed);
        opened.map_err(|_| CheckError::Invalid)
    }
}
