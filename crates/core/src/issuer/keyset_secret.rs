//! A keyset's secret key: evaluates blinded elements, recomputes a token's output.

use crate::bytes::Transcript;
use crate::id::{Binding, KeysetId, Mac, Nonce};
use crate::origin::IssuerId;
use crate::point::Point;
use crate::request::Evaluation;
use crate::token::{Output, voprf_input};
use crate::voprf::{BlindedElement, EvaluatedElement, MAX_BATCH, Proof, compress};
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;
use hmac::{Hmac, KeyInit, Mac as _};
use p256::NistP256;
use rand_core::{TryCryptoRng, TryRng};
use sha2::Sha256;
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
        let elements: Vec<_> = elements
            .iter()
            .map(|element| element.inner.clone())
            .collect();
        let result = self.server.batch_blind_evaluate(&mut rng, &elements).ok()?;
        let evaluated = result
            .messages
            .iter()
            .map(|message| EvaluatedElement::parse(message.serialize().into()));
        Some(Evaluation {
            keyset: *keyset,
            evaluated: evaluated.collect::<Option<_>>()?,
            proof: Proof::parse(result.proof.serialize().into())?,
        })
    }

    /// The output of any input, as RFC 9497 names it: for its vectors.
    #[cfg(test)]
    pub(crate) fn output(&self, input: &[u8]) -> Option<[u8; 32]> {
        self.server.evaluate(input).ok().map(Into::into)
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
        let y = self.server.evaluate(&voprf_input(issuer, keyset, nonce));
        let output = Output::new(Zeroizing::new(y.map_err(|_| TokenInvalid)?.into()));
        if output.authenticates(binding, mac) {
            Ok(output)
        } else {
            Err(TokenInvalid)
        }
    }
}

/// Random bytes that depend on nothing but the secret key and the request: HMAC-SHA-256 in counter mode.
struct ProofRandomness {
    key: Zeroizing<[u8; 32]>,
    counter: u32,
}

impl ProofRandomness {
    fn new(
        scalar: &[u8; 32],
        keyset: &KeysetId,
        binding: &Binding,
        elements: &[&BlindedElement],
    ) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        let info = Transcript::new("farthing/v1/proof")
            .fixed(binding.bytes())
            .count(elements.len());
        let info = elements
            .iter()
            .fold(info, |info, element| info.fixed(element.bytes()))
            .bytes();
        hkdf::Hkdf::<Sha256>::new(Some(keyset.bytes()), scalar)
            .expand(&info, &mut *key)
            .ok()?;
        Some(Self { key, counter: 0 })
    }
}

impl TryRng for ProofRandomness {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for piece in dst.chunks_mut(32) {
            let block = Hmac::<Sha256>::new_from_slice(self.key.as_ref()).map(|mut mac| {
                mac.update(&self.counter.to_be_bytes());
                Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()))
            });
            self.counter = self.counter.wrapping_add(1);
            for (to, from) in piece.iter_mut().zip(block.unwrap_or_default().iter()) {
                *to = *from;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for ProofRandomness {}
