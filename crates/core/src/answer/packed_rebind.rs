//! What is kept of a rebind: the signature of the grant that it gave. The rest follows from the request.

use crate::bytes::{Reader, Transcript};
use crate::grant::GrantClaims;
use crate::id::Binding;
use crate::jwk::Kid;
use crate::jws;
use crate::request::MemoryKey;
use crate::time::Timestamp;
use alloc::{string::String, vec::Vec};

/// When and by which key a rebound grant was signed, and the signature: the key is rotated, and grants stand as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedRebind {
    kid: Kid,
    signature: [u8; 64],
    iat: Timestamp,
}

impl PackedRebind {
    /// Signs the new grant by `sign`, which has the key of that name. `None` if it does not sign.
    pub fn sign(
        claims: &GrantClaims,
        kid: Kid,
        sign: impl FnOnce(&[u8]) -> Option<[u8; 64]>,
    ) -> Option<Self> {
        let input = jws::signing_input(&kid, jws::GRANT, &claims.to_json());
        Some(Self {
            kid,
            signature: sign(input.as_bytes())?,
            iat: claims.iat,
        })
    }

    /// When the grant was given.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.iat
    }

    /// The grant's text with these claims.
    #[must_use]
    pub fn text(&self, claims: &GrantClaims) -> String {
        let input = jws::signing_input(&self.kid, jws::GRANT, &claims.to_json());
        jws::with_signature(input, &self.signature)
    }

    /// Sealed under the wallet's memory key. `None` cannot happen.
    #[must_use]
    pub fn seal(&self, memory: &MemoryKey, binding: &Binding) -> Option<Vec<u8>> {
        use aes_gcm::aead::{Aead, KeyInit};

        let packed = Transcript::default()
            .fixed(self.kid.bytes())
            .fixed(&self.signature)
            .number(self.iat.get())
            .bytes();
        let key = memory.answer_key(binding);
        let cipher = aes_gcm::Aes256Gcm::new_from_slice(key.as_ref()).ok()?;
        cipher.encrypt(&super::NONCE.into(), packed.as_slice()).ok()
    }

    /// Opens what [`Self::seal`] made; `None` if memory key or binding is another, or it was changed.
    #[must_use]
    pub fn open(memory: &MemoryKey, binding: &Binding, sealed: &[u8]) -> Option<Self> {
        use crate::decryption::Decryption;

        let key = memory.answer_key(binding);
        let packed = Decryption::of_one(key, super::NONCE, sealed).open()?;
        let mut reader = Reader::new(&packed);
        let read = Self {
            kid: Kid::named(reader.array()?),
            signature: reader.array()?,
            iat: Timestamp::new(reader.number()?)?,
        };
        reader.end().map(|()| read)
    }
}
