//! Byte transcripts and base64url: the notation of spec section 1.

use alloc::{boxed::Box, string::String, vec::Vec};
use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

/// SHA-256, the **H** of the specification.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// base64url without padding (RFC 4648 section 5).
#[must_use]
pub fn to_b64u(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Strict base64url: no padding, unused bits zero. `None` for anything else.
#[must_use]
pub fn from_b64u(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// Strict base64url of exactly `N` bytes.
#[must_use]
pub fn array_from_b64u<const N: usize>(text: &str) -> Option<[u8; N]> {
    from_b64u(text)?.try_into().ok()
}

/// A byte string under construction in which no two field lists look alike (R1).
// Boxed, so that a chain of calls hands on a pointer and not a vector, which is half a kilobyte of the browser file.
#[derive(Clone, Debug, Default)]
#[expect(clippy::box_collection, reason = "as said above")]
pub struct Transcript(Box<Vec<u8>>);

impl Transcript {
    /// Starts with a label, written without its length because labels are constants.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self(Box::new(label.as_bytes().to_vec()))
    }

    /// Appends bytes whose length the specification fixes.
    #[must_use]
    pub fn fixed(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Appends be32(length) and the bytes.
    #[must_use]
    pub fn lp(self, bytes: &[u8]) -> Self {
        self.count(bytes.len()).fixed(bytes)
    }

    /// Appends a list's be32(count). Counts are bounded far below 2^32 by the size limits of R3.
    #[must_use]
    pub fn count(self, count: usize) -> Self {
        self.be32(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Appends a 32-bit big-endian number.
    #[must_use]
    pub fn be32(self, value: u32) -> Self {
        self.fixed(&value.to_be_bytes())
    }

    /// Appends a 64-bit big-endian number.
    #[must_use]
    pub fn be64(self, value: u64) -> Self {
        self.fixed(&value.to_be_bytes())
    }

    /// Appends a number in as few bytes as it needs: seven bits each, the lowest first, all but the last with the high bit
    /// (unsigned LEB128).
    #[must_use]
    pub fn number(mut self, mut value: u64) -> Self {
        while let Some(low) = u8::try_from(value & 0x7f).ok().filter(|_| value > 0x7f) {
            self.0.push(low | 0x80);
            value >>= 7;
        }
        self.0.push(u8::try_from(value).unwrap_or_default());
        self
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        *self.0
    }

    /// H of the bytes.
    #[must_use]
    pub fn hash(self) -> [u8; 32] {
        sha256(&self.0)
    }
}

/// Reads bytes front to back; every read is `None` past the end.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// A 32-bit big-endian number.
    pub fn be32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A 64-bit big-endian number.
    pub fn be64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// A number as [`Transcript::number`] writes it, up to 2^56 − 1; another form of it is none.
    pub fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in (0..56).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f).wrapping_shl(place);
            if byte < 0x80 {
                return (byte > 0 || place == 0).then_some(value);
            }
        }
        None
    }

    /// be32(length) and that many bytes.
    pub fn lp(&mut self) -> Option<&'a [u8]> {
        let n = self.be32()?;
        self.take(usize::try_from(n).ok()?)
    }

    /// How many bytes were not read.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.0.len()
    }

    /// What was not read.
    #[must_use]
    pub const fn rest(self) -> &'a [u8] {
        self.0
    }

    /// `Some` only when everything was read.
    #[must_use]
    pub const fn end(self) -> Option<()> {
        if self.0.is_empty() { Some(()) } else { None }
    }
}
