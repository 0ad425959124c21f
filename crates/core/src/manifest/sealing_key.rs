//! A key to which publishers seal content keys.

use crate::json::{Object, Writer};
use crate::jwk::Kid;
use crate::point::Point;
use crate::time::Timestamp;

/// A key to which publishers seal content keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealingKey {
    kid: Kid,
    public_key: Point,
    seal_until: Timestamp,
    open_until: Timestamp,
}

impl SealingKey {
    /// `None` unless seal_until ≤ open_until.
    #[must_use]
    pub fn new(public_key: Point, seal_until: Timestamp, open_until: Timestamp) -> Option<Self> {
        let kid = Kid::of(&public_key);
        (seal_until <= open_until).then_some(Self {
            kid,
            public_key,
            seal_until,
            open_until,
        })
    }

    pub(super) fn read(object: &mut Object) -> Option<Self> {
        let kid = Kid::named(object.bytes("kid"));
        let public_key = object.point("public_key");
        let (seal_until, open_until) = (object.time("seal_until"), object.time("open_until"));
        let key = Self::new(public_key?, seal_until, open_until);
        object.some("kid", key.filter(|key| key.kid == kid))
    }

    pub(super) fn to_json(&self) -> Writer {
        Writer::new()
            .text("kid", &self.kid.to_text())
            .b64u("public_key", self.public_key.bytes())
            .integer("seal_until", self.seal_until.get())
            .integer("open_until", self.open_until.get())
    }

    /// Its thumbprint.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// The key.
    #[must_use]
    pub const fn public_key(&self) -> &Point {
        &self.public_key
    }

    /// Until when publishers may seal to it.
    #[must_use]
    pub const fn seal_until(&self) -> Timestamp {
        self.seal_until
    }

    /// Until when the issuer opens what was sealed to it.
    #[must_use]
    pub const fn open_until(&self) -> Timestamp {
        self.open_until
    }
}
