//! AES-256-GCM under a fresh random nonce: nonce (12) ‖ ciphertext ‖ tag (16). A key here writes dozens of files in its
//! life, far from where random nonces could meet.

use super::KeysError;
use crate::random::Random;
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use zeroize::Zeroizing;

const NONCE: usize = 12;

pub(super) fn seal(
    key: &[u8; 32],
    context: &[u8],
    secret: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, KeysError> {
    let mut nonce = [0; NONCE];
    random.fill(&mut nonce)?;
    let payload = Payload {
        msg: secret,
        aad: context,
    };
    let sealed = Aes256Gcm::new_from_slice(key)
        .ok()
        .and_then(|cipher| cipher.encrypt(&nonce.into(), payload).ok())
        .ok_or(KeysError::Cipher)?;
    Ok([&nonce[..], &sealed].concat())
}

/// `None` under another key, for another context, or if a bit was changed.
pub(super) fn open(key: &[u8; 32], context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload {
        msg: sealed,
        aad: context,
    };
    let cipher = Aes256Gcm::new_from_slice(key).ok()?;
    let secret = cipher.decrypt(&(*nonce).into(), payload).ok()?;
    Some(Zeroizing::new(secret))
}
