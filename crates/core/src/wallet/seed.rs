//! All wallet secrets come from one seed (spec section 4).

use crate::bytes::Transcript;
use crate::hpke::SealingSecret;
use crate::id::{Binding, GrantSalt, KeysetId, Nonce};
use crate::origin::IssuerId;
use crate::point::Point;
use crate::sign::SecretKey;
use crate::voprf::{Blind, scalar_from_48};
use alloc::vec::Vec;
use core::fmt;
use sha2::Sha256;
use zeroize::Zeroizing;

/// 32 bytes from which every secret of a wallet derives, and the branch on which its tokens and claim keys grow.
pub struct Seed {
    bytes: Zeroizing<[u8; 32]>,
    branch: u32,
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// The key that claims an order's value.
#[derive(Debug)]
pub struct ClaimKey {
    secret: SecretKey,
    public: Point,
}

impl ClaimKey {
    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &Point {
        &self.public
    }

    /// Signs a binding.
    #[must_use]
    pub fn sign(&self, binding: &Binding) -> [u8; 64] {
        self.secret.sign(binding.bytes())
    }
}

/// The keys and the salt of one redemption, from its lead token.
#[derive(Debug)]
pub struct RedemptionSecrets {
    /// The reader's key in the grant.
    pub cnf: Point,
    /// Opens the released content key.
    pub sealing: SealingSecret,
    /// The public half of it.
    pub sealing_public: Point,
    /// The salt of the grant's subject.
    pub salt: GrantSalt,
}

impl Seed {
    /// Takes 32 random bytes, on branch 0.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self {
            bytes: Zeroizing::new(bytes),
            branch: 0,
        }
    }

    /// The same seed on another branch, as after a restore (R35): no counter of one branch means anything on another.
    #[must_use]
    pub fn on_branch(&self, branch: u32) -> Self {
        Self {
            bytes: self.bytes.clone(),
            branch,
        }
    }

    pub(super) fn derive<const N: usize>(&self, info: Transcript) -> Zeroizing<[u8; N]> {
        let mut secret = Zeroizing::new([0; N]);
        // At most 80 bytes, far below HKDF's limit, the only error there is.
        let _ = hkdf::Hkdf::<Sha256>::new(Some(b""), self.bytes.as_ref())
            .expand(&info.bytes(), &mut *secret);
        secret
    }

    pub(super) fn key(&self, info: Transcript) -> Option<p256::SecretKey> {
        let scalar = scalar_from_48(&self.derive(info))?;
        p256::SecretKey::from_slice(&Zeroizing::new(Vec::from(scalar.to_bytes().as_slice()))).ok()
    }

    /// Nonce and blind of a token.
    pub(crate) fn token(
        &self,
        issuer: &IssuerId,
        keyset: &KeysetId,
        counter: u32,
    ) -> Option<(Nonce, Blind)> {
        let info = Transcript::new("farthing/v1/token")
            .lp(issuer.bytes())
            .fixed(keyset.bytes())
            .be32(self.branch)
            .be32(counter);
        let secret = self.derive::<80>(info);
        let (nonce, blind) = secret.split_first_chunk::<32>()?;
        Some((Nonce::new(*nonce), Blind::from_48(blind.try_into().ok()?)?))
    }

    /// The claim key of that number. `None` has probability 2^-256.
    #[must_use]
    pub fn claim(&self, issuer: &IssuerId, counter: u32) -> Option<ClaimKey> {
        let info = Transcript::new("farthing/v1/claim")
            .lp(issuer.bytes())
            .be32(self.branch)
            .be32(counter);
        let secret = SecretKey::from_key(&self.key(info)?);
        let public = secret.public()?;
        Some(ClaimKey { secret, public })
    }

    /// Keys and salt of the redemption with that lead. `None` has probability 2^-256.
    #[must_use]
    pub fn redemption(
        &self,
        issuer: &IssuerId,
        lead_keyset: &KeysetId,
        lead_nonce: &Nonce,
    ) -> Option<RedemptionSecrets> {
        let info = |label| {
            Transcript::new(label)
                .lp(issuer.bytes())
                .fixed(lead_keyset.bytes())
                .fixed(lead_nonce.bytes())
        };
        let cnf = self.key(info("farthing/v1/cnf"))?;
        let sealing = SealingSecret::from_key(self.key(info("farthing/v1/seal"))?);
        Some(RedemptionSecrets {
            cnf: Point::from_key(cnf.public_key())?,
            sealing_public: sealing.public()?,
            sealing,
            salt: GrantSalt::new(*self.derive(info("farthing/v1/salt"))),
        })
    }
}
