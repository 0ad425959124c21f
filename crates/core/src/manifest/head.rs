//! A head: the signed link between a number, the head before it and a body.

use crate::id::{BodyHash, HeadHash};
use crate::json::{Malformed, Writer};
use crate::jwk::{Kid, PublicJwk};
use crate::jws::{self, JwsError, Unverified};
use crate::origin::IssuerId;
use crate::time::Timestamp;
use alloc::string::String;

/// A parsed head whose signature is checked by the walk.
#[derive(Clone, Debug)]
pub struct Head {
    unverified: Unverified,
    issuer: IssuerId,
    n: u64,
    previous: HeadHash,
    body: BodyHash,
    iat: Timestamp,
}

impl Head {
    /// Parses a head.
    ///
    /// # Errors
    /// [`Malformed`] if it is not a JWS of that type with exactly a head's members.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let unverified = Unverified::parse(text, jws::MANIFEST)?;
        let mut payload = unverified.peek().clone();
        let head = Self {
            issuer: payload.parsed("iss", IssuerId::named)?,
            n: payload.number("n", |n| (n > 0).then_some(n))?,
            previous: payload.parsed("prev", HeadHash::parse)?,
            body: payload.parsed("body", BodyHash::parse)?,
            iat: payload.number("iat", Timestamp::new)?,
            unverified,
        };
        payload.finish()?;
        let first_has_none = head.n > 1 || *head.previous.bytes() == [0; 32];
        if first_has_none {
            Ok(head)
        } else {
            Err(Malformed("prev"))
        }
    }

    /// The payload of a new head, to be signed.
    #[must_use]
    pub fn payload(
        issuer: &IssuerId,
        n: u64,
        previous: &HeadHash,
        body: &BodyHash,
        iat: Timestamp,
    ) -> String {
        Writer::new()
            .text("iss", issuer.as_str())
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
        self.unverified.clone().verify(key).map(|_| ())
    }

    /// Whose head it says it is.
    #[must_use]
    pub const fn issuer(&self) -> &IssuerId {
        &self.issuer
    }

    /// Its number, from 1.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// Its own hash.
    #[must_use]
    pub fn hash(&self) -> HeadHash {
        HeadHash::new(self.unverified.hash())
    }

    /// The hash of the head before it.
    #[must_use]
    pub const fn previous(&self) -> &HeadHash {
        &self.previous
    }

    /// The body it signs.
    #[must_use]
    pub const fn body(&self) -> &BodyHash {
        &self.body
    }

    /// When it was made.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.iat
    }

    /// The key that claims to have signed.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.unverified.kid()
    }
}
