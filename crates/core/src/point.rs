//! Points of P-256 in compressed form (spec section 1): checked once, when parsed.

use core::fmt;
use p256::elliptic_curve::sec1::ToSec1Point;

/// Whether 33 bytes say that they are a compressed point: not the identity, the hybrid or the compact form.
pub(crate) const fn is_compressed(bytes: &[u8; 33]) -> bool {
    matches!(bytes, [2 | 3, ..])
}

/// A P-256 public key: on the curve, not the identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Point {
    bytes: [u8; 33],
    key: p256::PublicKey,
}

impl Point {
    /// Decompresses and checks; `None` for anything that is no such point.
    #[must_use]
    pub fn parse(bytes: [u8; 33]) -> Option<Self> {
        if !is_compressed(&bytes) {
            return None;
        }
        let key = p256::PublicKey::from_sec1_bytes(&bytes).ok()?;
        Some(Self { bytes, key })
    }

    /// From an uncompressed point's coordinates, as a JWK carries them.
    #[must_use]
    pub fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Option<Self> {
        let mut sec1 = [4_u8; 65];
        let (_, rest) = sec1.split_first_mut()?;
        let (left, right) = rest.split_at_mut_checked(32)?;
        left.copy_from_slice(x);
        right.copy_from_slice(y);
        p256::PublicKey::from_sec1_bytes(&sec1)
            .ok()
            .and_then(Self::from_key)
    }

    pub(crate) fn from_key(key: p256::PublicKey) -> Option<Self> {
        let bytes = key.to_sec1_point(true).as_bytes().try_into().ok()?;
        Some(Self { bytes, key })
    }

    pub(crate) const fn key(&self) -> &p256::PublicKey {
        &self.key
    }

    /// The compressed form.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 33] {
        &self.bytes
    }

    /// The uncompressed form, 65 bytes, as HPKE wants it.
    #[must_use]
    pub fn uncompressed(&self) -> [u8; 65] {
        self.key
            .to_sec1_point(false)
            .as_bytes()
            .try_into()
            .unwrap_or([0; 65])
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Point(")?;
        f.write_str(&crate::bytes::to_b64u(&self.bytes))?;
        f.write_str(")")
    }
}
