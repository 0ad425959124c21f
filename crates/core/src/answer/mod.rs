//! The stored answer: readable only with the lead token (spec section 9).

mod packed;
mod packed_grant;
#[cfg(feature = "issuer")]
mod packed_rebind;

pub use packed::{PackedAnswer, is_body};
pub use packed_grant::PackedGrant;
#[cfg(feature = "issuer")]
pub use packed_rebind::PackedRebind;

use crate::decryption::Decryption;
use crate::id::Binding;
use crate::token::Output;
#[cfg(feature = "cipher")]
use alloc::vec::Vec;

/// The key is used once, so the nonce can be fixed.
const NONCE: [u8; 12] = [0; 12];

/// Seals an answer, packed, under the lead's output. `None` only if it is longer than AES-GCM can take.
#[cfg(feature = "issuer")]
#[must_use]
pub fn seal(lead: &Output, binding: &Binding, packed: &[u8]) -> Option<Vec<u8>> {
    use aes_gcm::aead::{Aead, KeyInit};

    let key = lead.answer_key(binding);
    let cipher = aes_gcm::Aes256Gcm::new_from_slice(key.as_ref()).ok()?;
    cipher.encrypt(&NONCE.into(), packed).ok()
}

/// What opens a stored answer; it does not if the lead or the binding is another, or the answer was changed.
#[must_use]
pub fn decryption<'a>(lead: &Output, binding: &Binding, sealed: &'a [u8]) -> Decryption<'a> {
    Decryption::of_one(lead.answer_key(binding), NONCE, sealed)
}

/// Opens a stored answer with the AES in Rust; `None` if it does not open.
#[cfg(feature = "cipher")]
#[must_use]
pub fn open(lead: &Output, binding: &Binding, sealed: &[u8]) -> Option<Vec<u8>> {
    decryption(lead, binding, sealed).open()
}
