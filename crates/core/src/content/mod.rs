//! Sealed content: header, chunks, commitments (spec section 6).

mod header;
mod opening;
mod part;

pub use header::{Header, MAX_CHUNK, MIN_CHUNK};
pub use opening::ContentError;
#[cfg(feature = "cipher")]
pub use opening::open;
pub use part::{SealedPart, ct_hash};

#[cfg(feature = "publisher")]
pub use part::seal;

use crate::bytes::Transcript;
use crate::id::KeyCommit;
use core::fmt;
use zeroize::Zeroizing;

/// The key of one version of one article (CEK). New for every new text.
#[derive(Clone)]
pub struct ContentKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

impl ContentKey {
    /// Takes 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Takes a key that was sealed; `None` if it has not 32 bytes.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(bytes.first_chunk::<32>().filter(|_| bytes.len() == 32)?);
        Some(Self(key))
    }

    /// The bytes: whoever has them can read the article.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What an offer says about the key (R16).
    #[must_use]
    pub fn commit(&self) -> KeyCommit {
        KeyCommit::new(
            Transcript::new("farthing/v1/cek")
                .fixed(self.bytes())
                .hash(),
        )
    }

    /// The AES key of a part with that salt.
    fn part_key(&self, salt: &[u8; 32]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // 32 bytes are far below HKDF's limit, the only error there is.
        let _ = hkdf::Hkdf::<sha2::Sha256>::new(Some(salt), self.bytes())
            .expand(b"farthing/v1/content", &mut *key);
        key
    }
}
