//! A head: the signed link between a number, the head before it and a body, of one publisher's chain.

use crate::id::{BodyHash, HeadHash};
use crate::json::{Malformed, Writer};
use crate::jwk::{Kid, PublicJwk};
use crate::jws::{self, JwsError, Signed, Unverified};
use crate::origin::{IssuerId, PublisherId};
use crate::time::Timestamp;
use alloc::string::String;

/// A parsed head whose signature is checked by the walk.
#[derive(Clone, Debug)]
pub struct PromoHead {
    signed: Signed,
    pub(super) issuer: IssuerId,
    pub(super) publisher: PublisherId,
    pub(super) n: u64,
    pub(super) previous: HeadHash,
    pub(super) body: BodyHash,
    pub(super) iat: Timestamp,
}

impl PromoHead {
    /// Parses a head.
    ///
    /// # Errors
    /// [`Malformed`] if it is not a JWS of that type with exactly a head's members.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let Unverified { payload, signed } = Unverified::parse(text, jws::PROMO_MANIFEST)?;
        payload.read(|payload| {
            let n = payload.integer("n");
            let previous = HeadHash::new(payload.bytes("prev"));
            payload.check("n", n > 0);
            payload.check("prev", n > 1 || *previous.bytes() == [0; 32]);
            Some(Self {
                issuer: payload.parsed("iss", IssuerId::named),
                publisher: payload.parsed("publisher", PublisherId::named),
                n,
                previous,
                body: BodyHash::new(payload.bytes("body")),
                iat: payload.time("iat"),
                signed,
            })
        })
    }

    /// The payload of a new head, to be signed.
    #[must_use]
    pub fn payload(
        issuer: &IssuerId,
        publisher: &PublisherId,
        n: u64,
        previous: &HeadHash,
        body: &BodyHash,
        iat: Timestamp,
    ) -> String {
        Writer::new()
            .text("iss", issuer.as_str())
            .text("publisher", publisher.as_str())
            .integer("n", n)
            .b64u("prev", previous.bytes())
            .b64u("body", body.bytes())
            .integer("iat", iat.get())
            .finish()
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`JwsError::Signature`] if it is not by that key.
    pub fn verify(&self, key: &PublicJwk) -> Result<(), JwsError> {
        self.signed.verify(key)
    }

    /// Its number, from 1.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// Its own hash.
    #[must_use]
    pub fn hash(&self) -> HeadHash {
        HeadHash::new(self.signed.hash())
    }

    /// The body it signs.
    #[must_use]
    pub const fn body(&self) -> &BodyHash {
        &self.body
    }

    /// The key that claims to have signed.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.signed.kid()
    }
}
