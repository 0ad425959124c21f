//! Secret-key code of a publisher. Behind the feature `publisher`: for the command line tool, never in the browser file.

use crate::content::{self, ContentKey, Header, MIN_CHUNK};
use crate::hpke::{self, OpenError, SealedKey, wrap_info};
use crate::id::{CtHash, OfferHash};
use crate::jwk::Kid;
use crate::jws;
use crate::offer::{OfferClaims, OfferError, UnverifiedOffer};
use crate::origin::{IssuerId, PublisherId};
use crate::point::Point;
use crate::resource::{Resource, Version};
use crate::sign::SecretKey;
use alloc::{string::String, vec::Vec};

/// Seals one part of an article with a fresh salt. `None` if it is too long for 2^32 chunks.
#[must_use]
pub fn seal_part(
    publisher: PublisherId,
    resource: Resource,
    version: Version,
    salt: [u8; 32],
    key: &ContentKey,
    plaintext: &[u8],
) -> Option<(Vec<u8>, CtHash)> {
    let length = u64::try_from(plaintext.len()).ok()?;
    let header = Header::new(publisher, resource, version, salt, MIN_CHUNK, length)?;
    let part = content::seal(&header, key, plaintext)?;
    let ct_hash = content::SealedPart::parse(&part)?.ct_hash();
    Some((part, ct_hash))
}

/// Signs an offer, and reads it back as a buyer would: what does not verify is not published.
///
/// # Errors
/// [`OfferError`] if the claims do not fit together.
pub fn sign_offer(
    secret: &SecretKey,
    claims: &OfferClaims,
) -> Result<(String, OfferHash), OfferError> {
    let text = secret
        .sign_jws(jws::OFFER, &claims.to_json())
        .ok_or(OfferError::Invalid)?;
    let key = crate::jwk::PublicJwk::new(secret.public().ok_or(OfferError::Invalid)?);
    let offer = UnverifiedOffer::parse(&text)?.verify(&claims.publisher, &[key])?;
    Ok((text, *offer.hash()))
}

/// Wraps a content key to an issuer's sealing key, for one offer.
///
/// # Errors
/// [`OpenError`] only if the key exchange fails.
pub fn wrap(
    key: &ContentKey,
    issuer: &IssuerId,
    sealing_key: &Point,
    offer: &OfferHash,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<SealedKey, OpenError> {
    hpke::seal(
        sealing_key,
        &wrap_info(issuer, &Kid::of(sealing_key), offer),
        key,
        random,
    )
}
