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
    let secrets = seed.redemption(&manifest.issuer, owned.lead_keyset, owned.lead_nonce);
    let secrets = secrets.ok_or(WalletError::Exhausted)?;
    open_of(
        manifest,
        offer,
        &secrets,
        owned.grant,
        (owned.key, owned.binding),
    )
}

/// The same for whoever has these secrets.
pub(super) fn open_of<'a>(
    manifest: &Body,
    offer: &Offer,
    secrets: &RedemptionSecrets,
    grant: &str,
    key: (&'a SealedKey, &Binding),
) -> Result<(Decryption<'a>, SealedReading), WalletError> {
    let opening = Opening::of(offer, secrets.salt);
    let publisher = &offer.claims().publisher;
    open_with(manifest, publisher, &opening, secrets, grant, key)
}

/// Verifies a grant of that publisher with that opening for that holder, and says what opens the content key, which was
/// sealed in the redemption of that binding.
pub(super) fn open_with<'a>(
    manifest: &Body,
    publisher: &PublisherId,
    opening: &Opening,
    holder: &RedemptionSecrets,
    grant: &str,
    (key, binding): (&'a SealedKey, &Binding),
) -> Result<(Decryption<'a>, SealedReading), WalletError> {
    let grant = Grant::verify(grant, &manifest.issuer, &manifest.grant_keys());
    let grant = grant.map_err(|_| WalletError::GrantInvalid)?;
    grant
        .check_subject(publisher, opening, &holder.cnf)
        .map_err(|_| WalletError::GrantInvalid)?;
    let decryption = holder.sealing.decryption(&key_info(binding), key);
    let decryption = decryption.map_err(|_| WalletError::KeyMismatch)?;
    let commit = opening.key_commit;
    Ok((decryption, SealedReading { grant, commit }))
}
