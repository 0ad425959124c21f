//! Reading what is owned: the grant and the key, checked again each time.

use super::{RedemptionSecrets, Seed, WalletError};
use crate::content::ContentKey;
use crate::decryption::Decryption;
use crate::grant::{Grant, Opening};
use crate::hpke::{SealedKey, key_info};
use crate::id::{Binding, KeyCommit, KeysetId, Nonce};
use crate::manifest::Body;
use crate::offer::Offer;
use crate::origin::PublisherId;

/// What a wallet keeps of a purchase.
#[derive(Clone, Copy, Debug)]
pub struct OwnedGrant<'a> {
    /// The grant's text.
    pub grant: &'a str,
    /// The content key, sealed to the reader's derived key.
    pub key: &'a SealedKey,
    /// The redemption's binding.
    pub binding: &'a Binding,
    /// The lead's keyset.
    pub lead_keyset: &'a KeysetId,
    /// The lead's nonce.
    pub lead_nonce: &'a Nonce,
}

/// A purchase whose grant is verified, while its content key is still sealed.
#[derive(Debug)]
pub struct SealedReading {
    grant: Grant,
    commit: KeyCommit,
}

impl SealedReading {
    /// The grant is verified, but what it is good for is not at hand yet: outside this module it comes with the key only.
    pub(super) const fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Takes what the decryption gave, `None` if it does not open, and checks it against the offer's commitment (R29).
    ///
    /// # Errors
    /// [`WalletError::KeyMismatch`] if it is not the key that the offer committed to.
    pub fn opened(self, plaintext: Option<&[u8]>) -> Result<(Grant, ContentKey), WalletError> {
        let key = plaintext.and_then(ContentKey::from_slice);
        match key {
            Some(key) if key.commit() == self.commit => Ok((self.grant, key)),
            _ => Err(WalletError::KeyMismatch),
        }
    }
}

/// Verifies a kept grant against the offer and says what opens its content key. Whether access still lasts is the
/// caller's to ask.
///
/// # Errors
/// [`WalletError::GrantInvalid`] if the grant is not for this offer and seed, [`WalletError::KeyMismatch`] if the key
/// cannot have been sealed to the reader.
pub fn open_owned<'a>(
    manifest: &Body,
    offer: &Offer,
    seed: &Seed,
    owned: &OwnedGrant<'a>,
) -> Result<(Decryption<'a>, SealedReading), WalletError> {
    let (keyset, nonce) = (owned.lead_keyset, owned.lead_nonce);
    let (secrets, sealed) = granted(manifest, offer, seed, owned.grant, keyset, nonce)?;
    Ok((decrypting(&secrets, owned.key, owned.binding)?, sealed))
}

/// What a wallet has of a purchase whose answer it opened itself.
#[derive(Clone, Copy, Debug)]
pub struct RecoveredPurchase<'a> {
    /// The grant's text.
    pub grant: &'a str,
    /// The content key, sealed to nobody.
    pub key: &'a [u8],
    /// The lead's keyset.
    pub lead_keyset: &'a KeysetId,
    /// The lead's nonce.
    pub lead_nonce: &'a Nonce,
}

/// Verifies a recovered grant and its content key against the offer. Whether access still lasts is the caller's to ask.
///
/// # Errors
/// As [`open_owned`] and [`SealedReading::opened`].
pub fn open_recovered(
    manifest: &Body,
    offer: &Offer,
    seed: &Seed,
    recovered: &RecoveredPurchase<'_>,
) -> Result<(Grant, ContentKey), WalletError> {
    let (keyset, nonce) = (recovered.lead_keyset, recovered.lead_nonce);
    let (_, sealed) = granted(manifest, offer, seed, recovered.grant, keyset, nonce)?;
    sealed.opened(Some(recovered.key))
}

#[inline]
fn granted(
    manifest: &Body,
    offer: &Offer,
    seed: &Seed,
    grant: &str,
    lead_keyset: &KeysetId,
    lead_nonce: &Nonce,
) -> Result<(RedemptionSecrets, SealedReading), WalletError> {
    let secrets = seed.redemption(&manifest.issuer, lead_keyset, lead_nonce);
    let secrets = secrets.ok_or(WalletError::Exhausted)?;
    let sealed = reading_of(manifest, offer, &secrets, grant)?;
    Ok((secrets, sealed))
}

/// Verifies a grant of that offer for whoever has these secrets.
pub(super) fn reading_of(
    manifest: &Body,
    offer: &Offer,
    secrets: &RedemptionSecrets,
    grant: &str,
) -> Result<SealedReading, WalletError> {
    let opening = Opening::of(offer, secrets.salt);
    let publisher = &offer.claims().publisher;
    reading(manifest, publisher, &opening, secrets, grant)
}

/// Verifies a grant of that publisher with that opening for that holder.
pub(super) fn reading(
    manifest: &Body,
    publisher: &PublisherId,
    opening: &Opening,
    holder: &RedemptionSecrets,
    grant: &str,
) -> Result<SealedReading, WalletError> {
    let grant = Grant::verify(grant, &manifest.issuer, &manifest.grant_keys());
    let grant = grant.map_err(|_| WalletError::GrantInvalid)?;
    grant
        .check_subject(publisher, opening, &holder.cnf)
        .map_err(|_| WalletError::GrantInvalid)?;
    let commit = opening.key_commit;
    Ok(SealedReading { grant, commit })
}

/// What opens the content key, which was sealed in the redemption of that binding.
pub(super) fn decrypting<'a>(
    holder: &RedemptionSecrets,
    key: &'a SealedKey,
    binding: &Binding,
) -> Result<Decryption<'a>, WalletError> {
    let decryption = holder.sealing.decryption(&key_info(binding), key);
    decryption.map_err(|_| WalletError::KeyMismatch)
}
