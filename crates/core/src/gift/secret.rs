//! The secret in a gift link, and the two keys that derive from it.

use crate::bytes::Transcript;
use crate::hpke::SealingSecret;
use crate::sign::SecretKey;
use crate::voprf::scalar_from_48;
use alloc::vec::Vec;
use core::fmt;
use sha2::Sha256;
use zeroize::Zeroizing;

/// 32 bytes: whoever has them can claim the gift.
#[derive(Clone, PartialEq, Eq)]
pub struct GiftSecret(Zeroizing<[u8; 32]>);

impl fmt::Debug for GiftSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GiftSecret(…)")
    }
}

impl GiftSecret {
    /// Takes the bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the link.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn key(&self, label: &str) -> Option<p256::SecretKey> {
        let mut wide = Zeroizing::new([0; 48]);
        // 48 bytes, far below HKDF's limit, the only error there is.
        let _ = hkdf::Hkdf::<Sha256>::new(Some(b""), self.0.as_ref())
            .expand(&Transcript::new(label).bytes(), &mut *wide);
        let scalar = scalar_from_48(&wide)?;
        p256::SecretKey::from_slice(&Zeroizing::new(Vec::from(scalar.to_bytes().as_slice()))).ok()
    }

    /// The key in the gift's grant. `None` has probability 2^-256.
    #[must_use]
    pub fn cnf(&self) -> Option<SecretKey> {
        Some(SecretKey::from_key(&self.key("farthing/v1/gift-cnf")?))
    }

    /// Opens the content key that came with it. `None` has probability 2^-256.
    #[must_use]
    pub fn sealing(&self) -> Option<SealingSecret> {
        Some(SealingSecret::from_key(self.key("farthing/v1/gift-seal")?))
    }
}
