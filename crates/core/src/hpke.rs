//! HPKE base mode for one 32-byte content key (RFC 9180; spec section 2).

use crate::bytes::Transcript;
use crate::content::ContentKey;
use crate::id::{Binding, OfferHash};
use crate::jwk::Kid;
use crate::origin::IssuerId;
use crate::point::Point;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{DhP256HkdfSha256, Kem};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

/// enc (65) ‖ ciphertext with tag (48).
pub const SEALED_KEY_LEN: usize = 113;
const ENC_LEN: usize = 65;

/// A content key sealed to somebody.
pub type SealedKey = [u8; SEALED_KEY_LEN];

/// The sealed key does not open with this key and info.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenError;

/// The private half of a sealing key: a scalar of P-256.
pub struct SealingSecret(p256::SecretKey);

impl fmt::Debug for SealingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingSecret(…)")
    }
}

impl SealingSecret {
    /// `None` for zero or a number not below the group order.
    #[must_use]
    pub fn from_bytes(scalar: &[u8; 32]) -> Option<Self> {
        p256::SecretKey::from_slice(scalar).ok().map(Self)
    }

    pub(crate) const fn from_key(key: p256::SecretKey) -> Self {
        Self(key)
    }

    /// The public half. `None` cannot happen for a valid scalar.
    #[must_use]
    pub fn public(&self) -> Option<Point> {
        Point::from_key(self.0.public_key())
    }

    /// Opens a sealed key.
    ///
    /// # Errors
    /// [`OpenError`] if it was sealed to another key or under another info, or was changed.
    pub fn open(&self, info: &[u8], sealed: &SealedKey) -> Result<ContentKey, OpenError> {
        let (enc, ciphertext) = sealed.split_at_checked(ENC_LEN).ok_or(OpenError)?;
        let scalar = Zeroizing::new(self.0.to_bytes());
        let secret = <DhP256HkdfSha256 as Kem>::PrivateKey::from_bytes(&scalar);
        let enc = <DhP256HkdfSha256 as Kem>::EncappedKey::from_bytes(enc);
        let (Ok(secret), Ok(enc)) = (secret, enc) else {
            return Err(OpenError);
        };
        let opened = hpke::single_shot_open::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
            &OpModeR::Base,
            &secret,
            &enc,
            info,
            ciphertext,
            b"",
        );
        let opened = Zeroizing::new(opened.map_err(|_| OpenError)?);
        opened
            .as_slice()
            .try_into()
            .map(ContentKey::new)
            .map_err(|_| OpenError)
    }
}

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

/// Info of a wrap: for one issuer, one sealing key, one offer (spec section 7).
#[must_use]
pub fn wrap_info(issuer: &IssuerId, kid: &Kid, offer: &OfferHash) -> Vec<u8> {
    Transcript::new("farthing/v1/wrap")
        .lp(issuer.bytes())
        .lp(kid.to_text().as_bytes())
        .fixed(offer.bytes())
        .bytes()
}

/// Info of a key release: for one redemption (spec section 9).
#[must_use]
pub fn key_info(binding: &Binding) -> Vec<u8> {
    Transcript::new("farthing/v1/key")
        .fixed(binding.bytes())
        .bytes()
}
