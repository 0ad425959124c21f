//! ES256 public keys as JWK (RFC 7517), named by their thumbprint (RFC 7638).

use crate::bytes::{array_from_b64u, sha256, to_b64u};
use crate::json::{Object, Writer};
use crate::point::Point;
use alloc::string::String;
use core::fmt;

/// RFC 7638 SHA-256 thumbprint of a P-256 key; its text has 43 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(4))]
pub struct Kid([u8; 32]);

impl Kid {
    /// The thumbprint of a key.
    #[must_use]
    pub fn of(point: &Point) -> Self {
        Self(sha256(jwk_members(point).finish().as_bytes()))
    }

    /// A thumbprint as somebody names it. Only a key of that thumbprint shows that there is one.
    pub(crate) const fn named(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the text; `None` unless it is strict base64url of 32 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        array_from_b64u(text).map(Self)
    }

    /// The thumbprint's bytes.
    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 43 characters.
    #[must_use]
    pub fn to_text(&self) -> String {
        to_b64u(&self.0)
    }
}

impl fmt::Debug for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// The required members in the order that RFC 7638 section 3.3 hashes them.
fn jwk_members(point: &Point) -> Writer {
    let sec1 = point.uncompressed();
    let (x, y) = sec1.split_at_checked(33).unwrap_or_default();
    let x = x.split_first().map(|(_, x)| x).unwrap_or_default();
    Writer::new()
        .text("crv", "P-256")
        .text("kty", "EC")
        .b64u("x", x)
        .b64u("y", y)
}

/// An ES256 public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicJwk {
    point: Point,
    kid: Kid,
}

impl PublicJwk {
    /// Wraps a key.
    #[must_use]
    pub fn new(point: Point) -> Self {
        Self {
            point,
            kid: Kid::of(&point),
        }
    }

    /// The thumbprint.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// The key.
    #[must_use]
    pub const fn point(&self) -> &Point {
        &self.point
    }

    /// Reads a key of a key list: `kty`, `crv`, `x`, `y`, `kid`, `alg`, `use`, and the `kid` must be the thumbprint.
    pub fn read(object: &mut Object) -> Option<Self> {
        let kid = Kid::named(object.bytes("kid"));
        object.word("alg", "ES256");
        object.word("use", "sig");
        let key = Self::new(Self::read_bare(object)?);
        object.check("kid", key.kid == kid);
        Some(key)
    }

    /// Reads a bare key as in `cnf`: `kty`, `crv`, `x`, `y`.
    pub(crate) fn read_bare(object: &mut Object) -> Option<Point> {
        object.word("kty", "EC");
        object.word("crv", "P-256");
        let (x, y) = (object.bytes("x"), object.bytes("y"));
        object.some("x", Point::from_coordinates(&x, &y))
    }

    /// The key as a member of a key list.
    #[must_use]
    pub fn to_json(&self) -> Writer {
        self.to_bare_json()
            .text("kid", &self.kid.to_text())
            .text("alg", "ES256")
            .text("use", "sig")
    }

    /// The key as in `cnf`.
    #[must_use]
    pub fn to_bare_json(&self) -> Writer {
        jwk_members(&self.point)
    }
}
