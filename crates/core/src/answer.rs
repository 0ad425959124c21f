//! The stored answer: readable only with the lead token (spec section 9).

use crate::id::Binding;
use crate::token::Output;
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit};
use alloc::vec::Vec;

/// The key is used once, so the nonce can be fixed.
const NONCE: [u8; 12] = [0; 12];

/// Seals an answer under the lead's output. `None` only if it is longer than AES-GCM can take.
#[cfg(feature = "issuer")]
#[must_use]
pub fn seal(lead: &Output, binding: &Binding, body: &[u8]) -> Option<Vec<u8>> {
    let cipher = Aes256Gcm::new_from_slice(lead.answer_key(binding).as_ref()).ok()?;
    cipher.encrypt(&NONCE.into(), body).ok()
}

/// Opens a stored answer; `None` if the lead or the binding is another, or the answer was changed.
#[must_use]
pub fn open(lead: &Output, binding: &Binding, sealed: &[u8]) -> Option<Vec<u8>> {
    let cipher = Aes256Gcm::new_from_slice(lead.answer_key(binding).as_ref()).ok()?;
    cipher.decrypt(&NONCE.into(), sealed).ok()
}
