//! A signing key that the issuer took back, as after a leak.

use crate::json::{Object, Writer};
use crate::jwk::PublicJwk;

/// A signing key that is not trusted from a manifest on. What it signed before is known again by it: the heads before that
/// manifest, and grants that readers own already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedKey {
    /// The key.
    pub key: PublicJwk,
    /// The number of the first manifest whose head it may not have signed.
    pub from: u64,
}

impl RevokedKey {
    pub(super) fn read(object: &mut Object) -> Option<Self> {
        Some(Self {
            from: object.integer("from"),
            key: object.object("key", PublicJwk::read)?,
        })
    }

    pub(super) fn to_json(&self) -> Writer {
        Writer::new()
            .object("key", self.key.to_json())
            .integer("from", self.from)
    }
}
