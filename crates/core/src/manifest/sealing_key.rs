//! A key to which publishers seal content keys.

use crate::json::{Malformed, Object, Writer};
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

    pub(super) fn parse(mut object: Object) -> Result<Self, Malformed> {
        let kid = object.parsed("kid", Kid::parse)?;
        let public_key =
            Point::parse(object.bytes("public_key")?).ok_or(Malformed("public_key"))?;
        let seal_until = object.number("seal_until", Timestamp::new)?;
        let open_until = object.number("open_until", Timestamp::new)?;
        object.finish()?;
        let key = Self::new(public_key, seal_until, open_until).ok_or(Malformed("open_until"))?;
        if key.kid == kid {
            Ok(key)
        } else {
            Err(Malformed("kid"))
        }
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
