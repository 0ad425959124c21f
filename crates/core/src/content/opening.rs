//! Opening a part: chunk by chunk, each with its own nonce, so that nothing can be cut, moved or joined.

use super::{ContentKey, SealedPart};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

/// Why sealed content is not the text that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentError {
    /// Shape, header or hash differ from the offer's.
    Mismatch,
    /// A chunk does not open under the key.
    Corrupt,
}

impl ContentError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Mismatch => "content_mismatch",
            Self::Corrupt => "content_corrupt",
        }
    }

    /// One line for developers; not stable.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Mismatch => "the sealed text is not the one offered",
            Self::Corrupt => "the sealed text does not open",
        }
    }
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl core::error::Error for ContentError {}

/// 7 zero bytes ‖ be32(index) ‖ last.
pub(super) fn nonce(index: u32, last: bool) -> [u8; 12] {
    let [a, b, c, d] = index.to_be_bytes();
    [0, 0, 0, 0, 0, 0, 0, a, b, c, d, u8::from(last)]
}

/// One chunk, ready for any AES-256-GCM.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// The 96-bit nonce.
    pub nonce: [u8; 12],
    /// Ciphertext with tag.
    pub ciphertext: &'a [u8],
}

/// A part together with its AES key: what an AES-256-GCM implementation needs to open it.
pub struct Opening<'a> {
    part: &'a SealedPart<'a>,
    key: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(…)")
    }
}

impl<'a> Opening<'a> {
    /// Derives the part's key.
    #[must_use]
    pub fn new(part: &'a SealedPart<'a>, key: &ContentKey) -> Self {
        Self {
            part,
            key: key.part_key(part.header().salt()),
        }
    }

    /// The AES-256 key.
    #[must_use]
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The additional data of every chunk.
    #[must_use]
    pub const fn aad(&self) -> &'a [u8] {
        self.part.header_bytes()
    }

    /// The chunks in order.
    pub fn chunks(&self) -> impl Iterator<Item = Chunk<'a>> {
        let chunks = self.part.chunks();
        let last = chunks.len().saturating_sub(1);
        // The header bounds the count below 2^32.
        chunks
            .iter()
            .enumerate()
            .map(move |(index, ciphertext)| Chunk {
                nonce: nonce(u32::try_from(index).unwrap_or(u32::MAX), index == last),
                ciphertext,
            })
    }
}

/// Opens a part with the Rust AES, for where there is no other.
///
/// # Errors
/// [`ContentError::Corrupt`] if a chunk does not open.
pub fn open(part: &SealedPart<'_>, key: &ContentKey) -> Result<Vec<u8>, ContentError> {
    let opening = Opening::new(part, key);
    let cipher = aes_gcm::Aes256Gcm::new_from_slice(opening.key());
    let cipher = cipher.map_err(|_| ContentError::Corrupt)?;
    let mut plaintext = Vec::new();
    for chunk in opening.chunks() {
        let payload = Payload {
            msg: chunk.ciphertext,
            aad: opening.aad(),
        };
        let opened = cipher.decrypt(&chunk.nonce.into(), payload);
        plaintext.extend_from_slice(&opened.map_err(|_| ContentError::Corrupt)?);
    }
    Ok(plaintext)
}
