//! HPKE base mode for one 32-byte content key (RFC 9180; spec section 2).

mod derived;
#[cfg(feature = "cipher")]
mod seal;

#[cfg(feature = "cipher")]
pub use seal::seal;

use crate::bytes::Transcript;
#[cfg(feature = "cipher")]
use crate::content::ContentKey;
use crate::decryption::Decryption;
use crate::id::{Binding, OfferHash};
use crate::jwk::Kid;
use crate::origin::IssuerId;
use crate::point::Point;
use alloc::vec::Vec;
use core::fmt;
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

    /// What opens a sealed key. It does not open if it was sealed to another key or under another info, or was changed.
    ///
    /// # Errors
    /// [`OpenError`] if there is no point of the curve at its beginning.
    pub fn decryption<'a>(
        &self,
        info: &[u8],
        sealed: &'a SealedKey,
    ) -> Result<Decryption<'a>, OpenError> {
        let (enc, ciphertext) = sealed.split_at_checked(ENC_LEN).ok_or(OpenError)?;
        let scalar = Zeroizing::new(self.0.to_bytes());
        let (key, nonce) = derived::key_and_nonce(&scalar, enc, info).ok_or(OpenError)?;
        Ok(Decryption::of_one(key, nonce, ciphertext))
    }

    /// Opens a sealed key with the AES in Rust.
    ///
    /// # Errors
    /// [`OpenError`] if it does not open.
    #[cfg(feature = "cipher")]
    pub fn open(&self, info: &[u8], sealed: &SealedKey) -> Result<ContentKey, OpenError> {
        let opened = self.decryption(info, sealed)?.open().map(Zeroizing::new);
        let key = opened.and_then(|key| ContentKey::from_slice(&key));
        key.ok_or(OpenError)
    }
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
