//! JSON Web Signatures, ES256 only, `alg` and `typ` pinned (R4).

use crate::bytes::{array_from_b64u, from_b64u, sha256, to_b64u};
use crate::json::{MAX_JWS, Malformed, Object, parse_object};
use crate::jwk::{Kid, PublicJwk};
use crate::text::{cut_at_first, cut_at_last};
use alloc::{string::String, vec::Vec};
use core::fmt;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

/// `typ` of a manifest head.
pub const MANIFEST: &str = "farthing-manifest+jwt";
/// `typ` of a head of a publisher's starter tokens.
pub const PROMO_MANIFEST: &str = "farthing-promo-manifest+jwt";
/// `typ` of an offer.
pub const OFFER: &str = "farthing-offer+jwt";
/// `typ` of a grant.
pub const GRANT: &str = "farthing-grant+jwt";
/// `typ` of a checkpoint of the ledger.
pub const CHECKPOINT: &str = "farthing-checkpoint+jwt";
/// `typ` of a list of spent tokens.
pub const SPENT: &str = "farthing-spent+jwt";
/// `typ` of a list of revoked grants.
pub const REVOKED: &str = "farthing-revoked+jwt";
/// `typ` of a disclosure.
pub const DISCLOSURE: &str = "farthing-disclosure+jwt";

/// Why a JWS is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwsError {
    /// Not a compact JWS of the pinned shape.
    Malformed(Malformed),
    /// The key is not the one named, or the signature does not verify.
    Signature,
}

impl From<Malformed> for JwsError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}

impl JwsError {
    /// One line for developers; not stable.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.words(),
            Self::Signature => "the signature does not verify",
        }
    }
}

impl fmt::Display for JwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl core::error::Error for JwsError {}

/// A parsed JWS whose signature nobody has checked yet.
#[derive(Clone, Debug)]
pub struct Unverified {
    /// What it says, whoever says it.
    pub(crate) payload: Object,
    pub(crate) signed: Signed,
}

/// What a signature is over, and by whom it claims to be.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    kid: Kid,
    input: Vec<u8>,
    signature: [u8; 64],
}

impl Unverified {
    /// Parses a compact JWS of that `typ`.
    ///
    /// # Errors
    /// [`Malformed`] if it is too long, has another header, or its payload is no strict JSON object.
    pub fn parse(text: &str, typ: &'static str) -> Result<Self, Malformed> {
        const SHAPE: Malformed = Malformed("not a compact JWS");
        if text.len() > MAX_JWS {
            return Err(Malformed("longer than allowed"));
        }
        let (input, signature) = cut_at_last(text, b'.').ok_or(SHAPE)?;
        let (header, payload) = cut_at_first(input, b'.').ok_or(SHAPE)?;
        let object = |part: &str| parse_object(&from_b64u(part).ok_or(SHAPE)?, MAX_JWS);
        let kid = object(header)?.read(|header| {
            header.word("alg", "ES256");
            header.word("typ", typ);
            Some(Kid::named(header.bytes("kid")))
        })?;
        let signed = Signed {
            kid,
            input: input.as_bytes().to_vec(),
            signature: array_from_b64u(signature).ok_or(SHAPE)?,
        };
        let payload = object(payload)?;
        Ok(Self { payload, signed })
    }

    /// The key that claims to have signed.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.signed.kid
    }

    /// H(signing input): the identity of the object, which two valid signatures of one text share (R2).
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        self.signed.hash()
    }

    /// Checks the signature and gives the payload.
    ///
    /// # Errors
    /// [`JwsError::Signature`] if this is not the key named or the signature is not its.
    pub fn verify(self, key: &PublicJwk) -> Result<Object, JwsError> {
        self.signed.verify(key).map(|()| self.payload)
    }

    /// Checks the signature with whichever of the keys is named, by `verify`, which is told key, message and signature.
    ///
    /// # Errors
    /// [`JwsError::Signature`] if none is named or the signature is not its.
    #[cfg(feature = "issuer")]
    pub(crate) fn verify_by(
        self,
        keys: &[PublicJwk],
        verify: impl FnOnce(&crate::point::Point, &[u8], &[u8; 64]) -> bool,
    ) -> Result<Object, JwsError> {
        let Signed {
            kid,
            input,
            signature,
        } = &self.signed;
        let key = keys.iter().find(|key| key.kid() == *kid);
        if key.is_some_and(|key| verify(key.point(), input, signature)) {
            Ok(self.payload)
        } else {
            Err(JwsError::Signature)
        }
    }

    /// Checks the signature with whichever of the keys is named.
    ///
    /// # Errors
    /// [`JwsError::Signature`] if none is named or the signature is not its.
    pub fn verify_with_any(self, keys: &[PublicJwk]) -> Result<Object, JwsError> {
        let key = keys.iter().find(|key| key.kid() == self.signed.kid);
        self.verify(key.ok_or(JwsError::Signature)?)
    }
}

impl Signed {
    pub(crate) const fn kid(&self) -> Kid {
        self.kid
    }

    pub(crate) const fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        sha256(&self.input)
    }

    pub(crate) fn verify(&self, key: &PublicJwk) -> Result<(), JwsError> {
        if key.kid() == self.kid && verify_es256(key.point(), &self.input, &self.signature) {
            Ok(())
        } else {
            Err(JwsError::Signature)
        }
    }
}

/// A payload as compact JWS of that `typ` (R4), signed by `sign`, which has the key of that name. `None` if it does not sign.
#[cfg(any(feature = "issuer", feature = "publisher"))]
pub fn sign_with(
    kid: &Kid,
    typ: &str,
    payload: &str,
    sign: impl FnOnce(&[u8]) -> Option<[u8; 64]>,
) -> Option<String> {
    let input = signing_input(kid, typ, payload);
    let signature = sign(input.as_bytes())?;
    Some(with_signature(input, &signature))
}

/// What is signed of a payload: header and payload.
pub(crate) fn signing_input(kid: &Kid, typ: &str, payload: &str) -> String {
    let header = crate::json::Writer::new()
        .text("alg", "ES256")
        .text("typ", typ)
        .text("kid", &kid.to_text());
    let mut text = to_b64u(header.finish().as_bytes());
    text.push('.');
    text.push_str(&to_b64u(payload.as_bytes()));
    text
}

/// The compact JWS of a signing input.
pub(crate) fn with_signature(mut input: String, signature: &[u8; 64]) -> String {
    input.push('.');
    input.push_str(&to_b64u(signature));
    input
}

/// ES256 over a message with the fixed-length signature r ‖ s.
#[must_use]
pub fn verify_es256(key: &crate::point::Point, message: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from(key.key());
    Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
}
