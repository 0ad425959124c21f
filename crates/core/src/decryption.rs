//! AES-256-GCM ciphertexts with all that opens them. In a page the platform's AES does it; the feature `cipher` brings one
//! in Rust for everybody else.

use alloc::{vec, vec::Vec};
use core::fmt;
use zeroize::Zeroizing;

/// One ciphertext.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// The 96-bit nonce.
    pub nonce: [u8; 12],
    /// Ciphertext with its 128-bit tag.
    pub ciphertext: &'a [u8],
}

/// Ciphertexts under one key, whose plaintexts one after the other are the whole. If one does not open, none of them counts.
pub struct Decryption<'a> {
    key: Zeroizing<[u8; 32]>,
    aad: &'a [u8],
    chunks: Vec<Chunk<'a>>,
}

impl fmt::Debug for Decryption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decryption(…)")
    }
}

impl<'a> Decryption<'a> {
    /// `aad` is the additional data of every chunk.
    #[must_use]
    pub const fn new(key: Zeroizing<[u8; 32]>, aad: &'a [u8], chunks: Vec<Chunk<'a>>) -> Self {
        Self { key, aad, chunks }
    }

    /// Of one ciphertext without additional data.
    pub(crate) fn of_one(key: Zeroizing<[u8; 32]>, nonce: [u8; 12], ciphertext: &'a [u8]) -> Self {
        Self::new(key, b"", vec![Chunk { nonce, ciphertext }])
    }

    /// The AES-256 key.
    #[must_use]
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The additional data of every chunk.
    #[must_use]
    pub const fn aad(&self) -> &'a [u8] {
        self.aad
    }

    /// The chunks in their order.
    #[must_use]
    pub fn chunks(&self) -> &[Chunk<'a>] {
        &self.chunks
    }

    /// The plaintext, by the AES in Rust; `None` if a chunk does not open.
    #[cfg(feature = "cipher")]
    #[must_use]
    pub fn open(&self) -> Option<Vec<u8>> {
        use aes_gcm::aead::{Aead, KeyInit, Payload};

        let cipher = aes_gcm::Aes256Gcm::new_from_slice(self.key()).ok()?;
        let mut plaintext = Vec::new();
        for chunk in &self.chunks {
            let payload = Payload {
                msg: chunk.ciphertext,
                aad: self.aad,
            };
            plaintext.extend_from_slice(&cipher.decrypt(&chunk.nonce.into(), payload).ok()?);
        }
        Some(plaintext)
    }
}
