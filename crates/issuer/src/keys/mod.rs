//! The issuer's secret keys: files of mode 0600 in one folder, encrypted under a passphrase or a key file, read at start
//! and whenever they change, and handed to what computes with them.

mod credential;
mod encrypt;
mod error;
mod file;
mod folder;
mod forget;
mod generate;
mod keyring;
mod make;
pub mod ops;
mod read;
mod revoke;
mod rotate;
mod seal;
mod writing;

pub use encrypt::{EncryptError, encrypt, reencrypt};
pub use error::KeysError;
pub use forget::forget;
pub use generate::generate;
pub use revoke::{RevokeError, Revoked, revoke};
pub use rotate::{
    Kind, RotateError, Rotated, Wanted, due, epoch_ends, is_promo_due, is_rights_due, rotate,
};

use crate::config::Config;
use farthing_core::answer::{PackedGrant, PackedRebind};
use farthing_core::grant::GrantClaims;
use farthing_core::id::{Binding, KeysetId, Mac, Nonce};
use farthing_core::jwk::{Kid, PublicJwk};
use farthing_core::jws;
use farthing_core::keyset::Keyset;
use farthing_core::manifest::SealingKey;
use farthing_core::money::Micro;
use farthing_core::origin::{IssuerId, PublisherId};
use farthing_core::request::Evaluation;
use farthing_core::time::Timestamp;
use farthing_core::token::Output;
use farthing_core::voprf::BlindedElement;
use folder::{Folder, Stamp};
use ops::{CheckError, KeyOps, OpeningKey, OpsFailed, SigningKey, TokenKey};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A signing key with what the world knows of it.
#[derive(Debug)]
pub struct Signer {
    jwk: PublicJwk,
    created: Timestamp,
    signs_from: Timestamp,
    revoked: Option<Timestamp>,
    key: Arc<dyn SigningKey>,
}

impl Signer {
    /// The public key.
    #[must_use]
    pub const fn jwk(&self) -> &PublicJwk {
        &self.jwk
    }

    /// When it was made.
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.created
    }

    /// From when on it signs: before that it is only announced.
    #[must_use]
    pub const fn signs_from(&self) -> Timestamp {
        self.signs_from
    }

    /// When the operator took it back; readers are told by the next manifest that another key signs.
    #[must_use]
    pub const fn revoked(&self) -> Option<Timestamp> {
        self.revoked
    }

    /// Signs a payload as JWS of that `typ`. `None` if the operation failed.
    #[must_use]
    pub fn sign(&self, typ: &str, payload: &str) -> Option<String> {
        let kid = self.jwk.kid();
        jws::sign_with(&kid, typ, payload, |input| self.key.sign(input).ok())
    }

    /// Signs a grant that takes a gift's place. `None` if the operation failed.
    #[must_use]
    pub fn sign_rebound(&self, claims: &GrantClaims) -> Option<PackedRebind> {
        PackedRebind::sign(claims, self.jwk.kid(), |input| self.key.sign(input).ok())
    }

    /// Signs a grant, and keeps of it what does not follow from the request. `None` if the operation failed.
    #[must_use]
    pub fn sign_grant(&self, claims: &GrantClaims) -> Option<PackedGrant> {
        PackedGrant::sign(claims, self.jwk.kid(), |input| self.key.sign(input).ok())
    }
}

/// The four dates of a keyset (R9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Coins are made from here on.
    pub mint_from: Timestamp,
    /// And no longer from here on.
    pub mint_until: Timestamp,
    /// Coins no longer pay from here on.
    pub redeem_until: Timestamp,
    /// Coins are worth nothing from here on.
    pub claim_until: Timestamp,
}

/// A keyset with its key.
#[derive(Debug)]
pub struct Mint {
    keyset: Keyset,
    life: Life,
    promo: Option<PublisherId>,
    key: Arc<dyn TokenKey>,
}

impl Mint {
    /// The keyset.
    #[must_use]
    pub const fn keyset(&self) -> &Keyset {
        &self.keyset
    }

    /// Whose starter tokens it makes; `None` for money.
    #[must_use]
    pub const fn promo(&self) -> Option<&PublisherId> {
        self.promo.as_ref()
    }

    /// Whether it makes rights, which are worth nothing.
    #[must_use]
    pub fn is_of_rights(&self) -> bool {
        self.keyset.denomination() == Micro::ZERO
    }

    /// Its dates.
    #[must_use]
    pub const fn life(&self) -> Life {
        self.life
    }

    /// Evaluates 1 to 64 elements under one proof.
    ///
    /// # Errors
    /// [`OpsFailed`].
    pub fn evaluate(
        &self,
        binding: &Binding,
        elements: &[&BlindedElement],
    ) -> Result<Evaluation, OpsFailed> {
        self.key.evaluate(self.keyset.id(), binding, elements)
    }

    /// Recomputes a token's output, whose mac must be for this binding.
    ///
    /// # Errors
    /// [`CheckError`].
    pub fn recognise(
        &self,
        issuer: &IssuerId,
        nonce: &Nonce,
        binding: &Binding,
        mac: &Mac,
    ) -> Result<Output, CheckError> {
        self.key
            .recognise(issuer, self.keyset.id(), nonce, binding, mac)
    }
}

/// All keys of the issuer. Keys whose time is over stay: repeated answers need them.
pub struct Keys {
    signers: Vec<Signer>,
    ops: Arc<dyn KeyOps>,
    sealers: Vec<(SealingKey, Arc<dyn OpeningKey>)>,
    mints: BTreeMap<KeysetId, Mint>,
    replaced: BTreeSet<KeysetId>,
    webhook: Option<Zeroizing<Vec<u8>>>,
    folder: Arc<Folder>,
    stamp: Stamp,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("operations", &self.ops.name())
            .field("signers", &self.signers.len())
            .field("sealers", &self.sealers.len())
            .field("mints", &self.mints.len())
            .finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads all key files, into the operations that the configuration names. Takes a moment where they are under a
    /// passphrase.
    ///
    /// # Errors
    /// [`KeysError`] with the file: unreadable, readable by others, damaged, or of a kind that is missing altogether.
    pub fn read(config: &Config) -> Result<Self, KeysError> {
        Self::read_into(config.keys_place().operations.open()?, config)
    }

    /// Reads all key files into these operations.
    ///
    /// # Errors
    /// As of [`Keys::read`].
    pub fn read_into(ops: Arc<dyn KeyOps>, config: &Config) -> Result<Self, KeysError> {
        read::read(ops, Arc::new(Folder::open(config)?), config)
    }

    /// What computes with the keys.
    #[must_use]
    pub const fn ops(&self) -> &Arc<dyn KeyOps> {
        &self.ops
    }

    /// Reads all key files again if one has changed, is new, or is gone since; `None` if none has. A passphrase is asked
    /// for only where the keyring has changed.
    ///
    /// # Errors
    /// [`KeysError`]; what was read before stays good.
    pub fn read_again(&self, config: &Config) -> Result<Option<Self>, KeysError> {
        if self.folder.stamp()? == self.stamp {
            return Ok(None);
        }
        let folder = if self.folder.is_current()? {
            Arc::clone(&self.folder)
        } else {
            Arc::new(Folder::open(config)?)
        };
        read::read(Arc::clone(&self.ops), folder, config).map(Some)
    }

    /// Whether the files are encrypted.
    #[must_use]
    pub fn are_encrypted(&self) -> bool {
        self.folder.ring().is_some()
    }

    /// The key that signs then: of those that readers have been shown, the newest whose time has come, and one that was
    /// revoked only while there is no other.
    #[must_use]
    pub fn signer(&self, shown: &[PublicJwk], now: Timestamp) -> Option<&Signer> {
        let is_shown = |signer: &&Signer| shown.iter().any(|jwk| jwk.kid() == signer.jwk.kid());
        let mut shown = self.signers.iter().filter(is_shown).rev();
        let mut good = shown.clone().filter(|signer| signer.revoked.is_none());
        let oldest = good.clone().next_back().or(shown.next_back());
        good.find(|signer| signer.signs_from <= now).or(oldest)
    }

    /// All signing keys, oldest first.
    #[must_use]
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// All sealing keys, those good longest last.
    pub fn sealing_keys(&self) -> impl Iterator<Item = &SealingKey> {
        self.sealers.iter().map(|(key, _)| key)
    }

    /// The sealing key of that name.
    #[must_use]
    pub fn sealer(&self, kid: &Kid) -> Option<&(SealingKey, Arc<dyn OpeningKey>)> {
        self.sealers.iter().find(|(key, _)| key.kid() == *kid)
    }

    /// The keyset of that id with its secret.
    #[must_use]
    pub fn mint(&self, id: &KeysetId) -> Option<&Mint> {
        self.mints.get(id)
    }

    /// Whether no coins are made of a keyset any more, because others are made in their place.
    #[must_use]
    pub fn is_replaced(&self, id: &KeysetId) -> bool {
        self.replaced.contains(id)
    }

    /// All keysets with their secrets, by their first date and denomination.
    #[must_use]
    pub fn mints(&self) -> Vec<&Mint> {
        let mut mints: Vec<&Mint> = self.mints.values().collect();
        mints.sort_by_key(|mint| {
            (
                mint.keyset.currency(),
                mint.life.mint_from,
                mint.keyset.denomination(),
            )
        });
        mints
    }

    /// The secret shared with the sandbox's payment provider.
    #[must_use]
    pub fn webhook(&self) -> Option<&[u8]> {
        self.webhook.as_ref().map(|secret| secret.as_slice())
    }
}
