//! Opening a part: chunk by chunk, each with its own nonce, so that nothing can be cut, moved or joined.

use crate::decryption::Chunk;
use alloc::vec::Vec;
use core::fmt;

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

/// The chunks of a part, each with its nonce.
pub(super) fn chunks<'a>(ciphertexts: &[&'a [u8]]) -> Vec<Chunk<'a>> {
    let last = ciphertexts.len().saturating_sub(1);
    let mut chunks = Vec::with_capacity(ciphertexts.len());
    for (index, ciphertext) in ciphertexts.iter().enumerate() {
        chunks.push(Chunk {
            // The header bounds the count below 2^32.
            nonce: nonce(u32::try_from(index).unwrap_or(u32::MAX), index == last),
            ciphertext,
        });
    }
    chunks
}

/// Opens a part with the AES in Rust.
///
/// # Errors
/// [`ContentError::Corrupt`] if a chunk does not open.
#[cfg(feature = "cipher")]
pub fn open(
    part: &super::SealedPart<'_>,
    key: &super::ContentKey,
) -> Result<Vec<u8>, ContentError> {
    part.decryption(key).open().ok_or(ContentError::Corrupt)
}
