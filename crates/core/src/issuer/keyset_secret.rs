//! A keyset's secret key: evaluates blinded elements, recomputes a token's output.

use super::proof_randomness::ProofRandomness;
use crate::id::{Binding, KeysetId, Mac, Nonce};
use crate::origin::IssuerId;
use crate::point::Point;
use crate::request::Evaluation;
use crate::token::{Output, voprf_input};
use crate::voprf::{BlindedElement, EvaluatedElement, MAX_BATCH, Proof, compress};
use alloc::vec::Vec;
use core::fmt;
use p256::NistP256;
use voprf_ng::VoprfServer;
use zeroize::Zeroizing;

/// The token was not made under this key, or its mac is for another request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenInvalid;

/// The VOPRF private key of one keyset.
pub struct KeysetSecret {
    scalar: Zeroizing<[u8; 32]>,
    server: VoprfServer<NistP256>,
}

impl fmt::Debug for KeysetSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeysetSecret(…)")
    }
}

impl KeysetSecret {
    /// `None` for zero or a number not below the group order.
    #[must_use]
    pub fn from_bytes(scalar: &[u8; 32]) -> Option<Self> {
        let server = VoprfServer::new_with_key(scalar).ok()?;
        Some(Self {
            scalar: Zeroizing::new(*scalar),
            server,
        })
    }

    /// The keyset's public key.
    #[must_use]
    pub fn public_key(&self) -> Option<Point> {
        Point::parse(compress(&self.server.get_public_key())?)
    }

    /// Evaluates a batch under one proof. The proof's random scalar comes from key, keyset, binding and elements, so that
    /// a repeated answer has equal bytes (R12) and no scalar ever serves two challenges, which would give the key away.
    /// `None` for an empty or oversize batch.
    #[must_use]
    pub fn evaluate(
        &self,
        keyset: &KeysetId,
        binding: &Binding,
        elements: &[&BlindedElement],
    ) -> Option<Evaluation> {
        if elements.is_empty() || elements.len() > MAX_BATCH {
            return None;
        }
        let mut rng = ProofRandomness::new(&self.scalar, keyset, binding, elements)?;
        let elements: Option<Vec<_>> = elements.iter().map(|element| element.inner()).collect();
        let elements = elements?;
        let result = self.server.batch_blind_evaluate(&mut rng, &elements).ok()?;
        let evaluated = result
            .messages
            .iter()
            .map(|message| EvaluatedElement::computed(message.serialize().into()));
        Some(Evaluation {
            keyset: *keyset,
            evaluated: evaluated.collect::<Option<_>>()?,
            proof: Proof::parse(result.proof.serialize().into())?,
        })
    }

    /// The output of any input (RFC 9497, `Evaluate`). `None` for an input of more than 65,535 bytes.
    #[must_use]
    pub fn output(&self, input: &[u8]) -> Option<Output> {
        let y = self.server.evaluate(input).ok()?;
        Some(Output::new(Zeroizing::new(y.into())))
    }

    /// Recomputes a token's output and compares the mac in constant time (R11).
    ///
    /// # Errors
    /// [`TokenInvalid`].
    pub fn authenticate(
        &self,
        issuer: &IssuerId,
        keyset: &KeysetId,
        nonce: &Nonce,
        binding: &Binding,
        mac: &Mac,
    ) -> Result<Output, TokenInvalid> {
        let output = self.output(&voprf_input(issuer, keyset, nonce));
        let output = output.ok_or(TokenInvalid)?;
        if output.authenticates(binding, mac) {
            Ok(output)
        } else {
            Err(TokenInvalid)
        }
    }
}
