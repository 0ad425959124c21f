//! The three kinds of keys.

use super::super::{CheckError, OpeningKey, OpsFailed, SigningKey, TokenKey};
use super::curve::{Curve, Secret};
use super::hpke;
use farthing_core::content::ContentKey;
use farthing_core::hpke::SealedKey;
use farthing_core::id::{Binding, KeysetId, Mac, Nonce};
use farthing_core::issuer::steps::{
    self, ProofSteps, SecretScalar, hash_to_group, proof_scalar, signing_nonce,
};
use farthing_core::origin::IssuerId;
use farthing_core::point::Point;
use farthing_core::request::Evaluation;
use farthing_core::token::{Output, voprf_input};
use farthing_core::voprf::{BlindedElement, EvaluatedElement, MAX_BATCH, Proof};
use openssl::ec::EcPoint;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A secret scalar: as the library's number to multiply with, and as bytes to derive from.
pub(super) struct Key {
    pub(super) curve: Arc<Curve>,
    pub(super) scalar: Secret,
    bytes: SecretScalar,
    public: Point,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    pub(super) fn new(curve: Arc<Curve>, bytes: &[u8; 32]) -> Result<Self, CheckError> {
        if !steps::is_key(bytes) {
            return Err(CheckError::Invalid);
        }
        let scalar = Secret::new(bytes)?;
        let public = curve.compressed(&*curve.generator_times(&scalar)?)?;
        Ok(Self {
            public: Point::parse(public).ok_or(OpsFailed)?,
            bytes: Zeroizing::new(*bytes),
            scalar,
            curve,
        })
    }

    pub(super) const fn public(&self) -> &Point {
        &self.public
    }
}

/// A keyset's key.
#[derive(Debug)]
pub(super) struct Evaluating {
    pub(super) key: Key,
    pub(super) proofs: ProofSteps,
}

impl TokenKey for Evaluating {
    fn public_key(&self) -> &Point {
        self.key.public()
    }

    fn evaluate(
        &self,
        keyset: &KeysetId,
        binding: &Binding,
        elements: &[&BlindedElement],
    ) -> Result<Evaluation, OpsFailed> {
        if elements.len() > MAX_BATCH {
            return Err(OpsFailed);
        }
        let r = proof_scalar(&self.key.bytes, keyset, binding, elements);
        let (evaluated, proof) = self.prove(elements, &r.ok_or(OpsFailed)?)?;
        Ok(Evaluation {
            keyset: *keyset,
            evaluated,
            proof,
        })
    }

    fn recognise(
        &self,
        issuer: &IssuerId,
        keyset: &KeysetId,
        nonce: &Nonce,
        binding: &Binding,
        mac: &Mac,
    ) -> Result<Output, CheckError> {
        let output = self.output(&voprf_input(issuer, keyset, nonce))?;
        if output.authenticates(binding, mac) {
            Ok(output)
        } else {
            Err(CheckError::Invalid)
        }
    }
}

impl Evaluating {
    /// The elements times the key, and the proof of it with the random scalar r (RFC 9497, `GenerateProof`).
    fn prove(
        &self,
        elements: &[&BlindedElement],
        r: &SecretScalar,
    ) -> Result<(Vec<EvaluatedElement>, Proof), OpsFailed> {
        let Key {
            curve,
            scalar,
            bytes,
            ..
        } = &self.key;
        let mut evaluated = Vec::with_capacity(elements.len());
        let mut weighted: Option<EcPoint> = None;
        for (index, element) in elements.iter().enumerate() {
            let blinded = curve.point(&element.point().uncompressed())?;
            let product = curve.compressed(&*curve.times(&blinded, scalar)?)?;
            let weight = self.proofs.weight(index, element, &product);
            let more = curve.times_public(&blinded, &weight.ok_or(OpsFailed)?)?;
            weighted = Some(match weighted {
                Some(sum) => curve.sum(&sum, &more)?,
                None => more,
            });
            evaluated.push(EvaluatedElement::computed(product).ok_or(OpsFailed)?);
        }
        let m = weighted.ok_or(OpsFailed)?;
        let z = curve.compressed(&*curve.times(&m, scalar)?)?;
        let random = Secret::new(r)?;
        let t2 = curve.compressed(&*curve.generator_times(&random)?)?;
        let t3 = curve.compressed(&*curve.times(&m, &random)?)?;
        let m = curve.compressed(&m)?;
        let challenge = self.proofs.challenge([&m, &z, &t2, &t3]);
        let proof = steps::proof(bytes, r, &challenge.ok_or(OpsFailed)?);
        Ok((evaluated, proof.ok_or(OpsFailed)?))
    }

    /// The output of any input (RFC 9497, `Evaluate`).
    fn output(&self, input: &[u8]) -> Result<Output, OpsFailed> {
        let Key { curve, scalar, .. } = &self.key;
        let hashed = curve.point(&hash_to_group(input).ok_or(OpsFailed)?)?;
        let issued = Zeroizing::new(curve.compressed(&*curve.times(&hashed, scalar)?)?);
        steps::output(input, &issued).ok_or(OpsFailed)
    }
}

/// A key that signs.
#[derive(Debug)]
pub(super) struct Signing(pub(super) Key);

impl SigningKey for Signing {
    fn public_key(&self) -> &Point {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], OpsFailed> {
        let Key { curve, bytes, .. } = &self.0;
        let (nonce, hash) = signing_nonce(bytes, message);
        let x = curve.x(&*curve.generator_times(&Secret::new(&nonce)?)?)?;
        steps::signature(bytes, &nonce, &x, &hash).ok_or(OpsFailed)
    }
}

/// A key that opens.
#[derive(Debug)]
pub(super) struct Opening(pub(super) Key);

impl OpeningKey for Opening {
    fn public_key(&self) -> &Point {
        self.0.public()
    }

    fn open(&self, info: &[u8], sealed: &SealedKey) -> Result<ContentKey, CheckError> {
        hpke::open(&self.0, info, sealed)
    }
}

#[cfg(test)]
mod tests;
