//! Reading what is owned: the grant and the key, checked again each time.

use super::{Seed, WalletError};
use crate::content::ContentKey;
use crate::grant::{Grant, Opening};
use crate::hpke::{SealedKey, key_info};
use crate::id::{Binding, KeysetId, Nonce};
use crate::manifest::Body;
use crate::offer::Offer;

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

/// Verifies a kept grant against the offer and opens its content key. Whether access still lasts is the caller's to ask.
///
/// # Errors
/// [`WalletError::GrantInvalid`] if the grant is not for this offer and seed, [`WalletError::KeyMismatch`] if the key
/// is not the one the offer committed to.
pub fn open_owned(
    manifest: &Body,
    offer: &Offer,
    seed: &Seed,
    owned: &OwnedGrant<'_>,
) -> Result<(Grant, ContentKey), WalletError> {
    let secrets = seed.redemption(&manifest.issuer, owned.lead_keyset, owned.lead_nonce);
    let secrets = secrets.ok_or(WalletError::Exhausted)?;
    let grant = Grant::verify(owned.grant, &manifest.issuer, &manifest.signing_keys);
    let grant = grant.map_err(|_| WalletError::GrantInvalid)?;
    let opening = Opening::of(offer, secrets.salt);
    grant
        .check_subject(&offer.claims().publisher, &opening, &secrets.cnf)
        .map_err(|_| WalletError::GrantInvalid)?;
    let key = secrets.sealing.open(&key_info(owned.binding), owned.key);
    let key = key.map_err(|_| WalletError::KeyMismatch)?;
    if key.commit() == offer.claims().key_commit {
        Ok((grant, key))
    } else {
        Err(WalletError::KeyMismatch)
    }
}
