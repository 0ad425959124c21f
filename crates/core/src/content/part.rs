//! A sealed part: header and chunks, whole and in order.

use super::header::TAG;
use super::opening::chunks;
use super::{ContentKey, Header};
use crate::bytes::{Reader, Transcript, sha256};
use crate::decryption::Decryption;
use crate::id::CtHash;
use alloc::vec::Vec;

/// A part whose shape fits its header: as many chunks as the length demands, each of the right size, nothing after.
#[derive(Debug)]
pub struct SealedPart<'a> {
    header: Header,
    header_bytes: &'a [u8],
    chunks: Vec<&'a [u8]>,
}

impl<'a> SealedPart<'a> {
    /// Cuts the bytes of a part; `None` if they are truncated, too long or have no such header.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let header_bytes = reader.lp()?;
        let header = Header::parse(header_bytes)?;
        let chunks = header.chunks()?;
        let demanded = chunks.checked_mul(TAG)?.checked_add(header.length())?;
        // The bytes at hand bound the count before anything is allocated for it.
        if usize::try_from(demanded).ok()? != reader.left() {
            return None;
        }
        let count = usize::try_from(chunks).ok()?;
        let plain = header.plain_chunk();
        let mut left = header.length();
        let mut chunks = Vec::with_capacity(count);
        for _ in 0..count {
            let plain_here = left.min(plain);
            left = left.checked_sub(plain_here)?;
            chunks.push(reader.take(usize::try_from(plain_here.checked_add(TAG)?).ok()?)?);
        }
        reader.end()?;
        Some(Self {
            header,
            header_bytes,
            chunks,
        })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The header's bytes: the additional data of every chunk.
    #[must_use]
    pub const fn header_bytes(&self) -> &'a [u8] {
        self.header_bytes
    }

    /// The chunks, each ciphertext with tag.
    #[must_use]
    pub fn chunks(&self) -> &[&'a [u8]] {
        &self.chunks
    }

    /// What opens it.
    #[must_use]
    pub fn decryption(&self, key: &ContentKey) -> Decryption<'a> {
        let key = key.part_key(self.header.salt());
        Decryption::new(key, self.header_bytes, chunks(&self.chunks))
    }

    /// The commitment to all of it (R16).
    #[must_use]
    pub fn ct_hash(&self) -> CtHash {
        ct_hash(self.header_bytes, self.chunks.iter().copied())
    }
}

/// H over header and chunk hashes (R16).
#[must_use]
pub fn ct_hash<'a>(header: &[u8], chunks: impl ExactSizeIterator<Item = &'a [u8]>) -> CtHash {
    let start = Transcript::new("farthing/v1/ct")
        .lp(header)
        .count(chunks.len());
    CtHash::new(
        chunks
            .fold(start, |hash, chunk| hash.fixed(&sha256(chunk)))
            .hash(),
    )
}

/// Seals a plaintext under a header of its length. `None` if the length is not the header's.
#[cfg(feature = "publisher")]
#[must_use]
pub fn seal(header: &Header, key: &ContentKey, plaintext: &[u8]) -> Option<Vec<u8>> {
    use super::opening::nonce;
    use aes_gcm::aead::{Aead, KeyInit, Payload};

    if u64::try_from(plaintext.len()).ok()? != header.length() {
        return None;
    }
    let header_bytes = header.to_bytes();
    let cipher = aes_gcm::Aes256Gcm::new_from_slice(key.part_key(header.salt()).as_ref()).ok()?;
    let size = usize::try_from(header.plain_chunk()).ok()?;
    let mut pieces: Vec<&[u8]> = plaintext.chunks(size).collect();
    if pieces.is_empty() {
        pieces.push(b"");
    }
    let last = pieces.len().checked_sub(1)?;
    let mut part = Transcript::default().lp(&header_bytes);
    for (index, piece) in pieces.into_iter().enumerate() {
        let nonce = nonce(u32::try_from(index).ok()?, index == last);
        let payload = Payload {
            msg: piece,
            aad: &header_bytes,
        };
        part = part.fixed(&cipher.encrypt(&nonce.into(), payload).ok()?);
    }
    Some(part.bytes())
}
