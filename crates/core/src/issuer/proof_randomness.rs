//! The random scalar of a proof, which depends on nothing but the secret key and the request (R12).

use crate::bytes::Transcript;
use crate::id::{Binding, KeysetId};
use crate::voprf::BlindedElement;
use core::convert::Infallible;
use hmac::{Hmac, KeyInit, Mac as _};
use rand_core::{TryCryptoRng, TryRng};
use sha2::Sha256;
use zeroize::Zeroizing;

/// HMAC-SHA-256 in counter mode.
pub(super) struct ProofRandomness {
    key: Zeroizing<[u8; 32]>,
    counter: u32,
}

impl ProofRandomness {
    pub(super) fn new(
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
