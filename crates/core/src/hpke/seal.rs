//! Sealing a content key, with the AES in Rust.

use super::{OpenError, SEALED_KEY_LEN, SealedKey};
use crate::content::ContentKey;
use crate::point::Point;
use alloc::vec::Vec;
use core::convert::Infallible;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{DhP256HkdfSha256, Kem};
use hpke::{Deserializable, OpModeS, Serializable};
use rand_core::{TryCryptoRng, TryRng};

/// Hands the caller's random bytes to the one place in HPKE that draws some: the ephemeral key.
struct GivenRandomness<'a>(&'a mut dyn FnMut(&mut [u8]));

impl TryRng for GivenRandomness<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        (self.0)(dst);
        Ok(())
    }
}

impl TryCryptoRng for GivenRandomness<'_> {}

/// Seals a content key to a public key with fresh randomness from `random`.
///
/// # Errors
/// [`OpenError`] only if the key exchange fails, which a checked [`Point`] does not let happen.
pub fn seal(
    to: &Point,
    info: &[u8],
    key: &ContentKey,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<SealedKey, OpenError> {
    let public = <DhP256HkdfSha256 as Kem>::PublicKey::from_bytes(&to.uncompressed());
    let (enc, ciphertext) =
        hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
            &OpModeS::Base,
            &public.map_err(|_| OpenError)?,
            info,
            key.bytes(),
            b"",
            &mut GivenRandomness(random),
        )
        .map_err(|_| OpenError)?;
    let mut sealed = Vec::with_capacity(SEALED_KEY_LEN);
    sealed.extend_from_slice(&enc.to_bytes());
    sealed.extend_from_slice(&ciphertext);
    sealed.try_into().map_err(|_| OpenError)
}
