//! ES256 signing: claim keys in the wallet; issuers and publishers behind their features.

use crate::point::Point;
use core::fmt;
use p256::ecdsa::Signature;
use p256::ecdsa::signature::Signer;

/// An ES256 private key.
#[derive(Clone)]
pub struct SecretKey(p256::ecdsa::SigningKey);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl SecretKey {
    /// `None` for zero or a number not below the group order.
    #[must_use]
    pub fn from_bytes(scalar: &[u8; 32]) -> Option<Self> {
        p256::ecdsa::SigningKey::from_slice(scalar).ok().map(Self)
    }

    pub(crate) fn from_key(key: &p256::SecretKey) -> Self {
        Self(key.into())
    }

    /// The public half. `None` cannot happen for a valid scalar.
    #[must_use]
    pub fn public(&self) -> Option<Point> {
        Point::from_key(self.0.verifying_key().into())
    }

    /// r ‖ s over a message, with the nonce of RFC 6979: equal calls give equal bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().into()
    }

    /// Signs a payload as compact JWS of that `typ` (R4).
    #[cfg(any(feature = "issuer", feature = "publisher"))]
    #[must_use]
    pub fn sign_jws(&self, typ: &str, payload: &str) -> Option<alloc::string::String> {
        let kid = crate::jwk::Kid::of(&self.public()?);
        crate::jws::sign_with(&kid, typ, payload, |input| Some(self.sign(input)))
    }
}
