//! Giving an article away, claiming it, taking it back, reading it (spec section 13).

use super::pay::{Recipient, finish_with, plan};
use super::read::{decrypting, reading};
use super::{
    Basket, Counters, Payment, Purchase, RedemptionSecrets, SealedPurchase, SealedReading, Seed,
    WalletError,
};
use crate::answer::PackedGrant;
use crate::bytes::Transcript;
use crate::decryption::Decryption;
use crate::gift::{GiftLink, GiftSecret};
use crate::grant::{Grant, Opening, grant_id};
use crate::id::{GrantId, KeysetId, Nonce};
use crate::jwk::Kid;
use crate::manifest::Body;
use crate::offer::Offer;
use crate::origin::IssuerId;
use crate::point::Point;
use crate::request::{
    MemoryKey, RebindFields, RebindRequest, RebindResponse, RedeemRequest, RedeemResponse,
};
use crate::sign::SecretKey;
use crate::time::Timestamp;
use alloc::string::String;

impl Seed {
    /// The secret that goes into the link of the gift bought with that lead.
    #[must_use]
    pub fn gift(
        &self,
        issuer: &IssuerId,
        lead_keyset: &KeysetId,
        lead_nonce: &Nonce,
    ) -> GiftSecret {
        let info = Transcript::new("farthing/v1/gift")
            .lp(issuer.bytes())
            .fixed(lead_keyset.bytes())
            .fixed(lead_nonce.bytes());
        GiftSecret::new(*self.derive::<32>(info))
    }

    /// The key that takes it back. `None` has probability 2^-256.
    #[must_use]
    pub fn giver(
        &self,
        issuer: &IssuerId,
        lead_keyset: &KeysetId,
        lead_nonce: &Nonce,
    ) -> Option<SecretKey> {
        let info = Transcript::new("farthing/v1/giver")
            .lp(issuer.bytes())
            .fixed(lead_keyset.bytes())
            .fixed(lead_nonce.bytes());
        Some(SecretKey::from_key(&self.key(info)?))
    }

    /// This wallet's key in the grant that takes a gift's place. `None` has probability 2^-256.
    #[must_use]
    pub fn rebound(&self, issuer: &IssuerId, gift: &GrantId) -> Option<SecretKey> {
        let info = Transcript::new("farthing/v1/rebound")
            .lp(issuer.bytes())
            .fixed(gift.bytes());
        Some(SecretKey::from_key(&self.key(info)?))
    }

    fn memory(&self, issuer: &IssuerId, gift: &GrantId) -> MemoryKey {
        let info = Transcript::new("farthing/v1/memory")
            .lp(issuer.bytes())
            .lp(b"rebind")
            .fixed(gift.bytes());
        MemoryKey::new(*self.derive::<32>(info))
    }
}

/// Plans a redemption that buys a gift: as [`super::pay`], but grant and content key go to the link that is to be made.
///
/// # Errors
/// As of [`super::pay`].
pub fn pay_gift(
    manifest: &Body,
    seed: &Seed,
    basket: &Basket<'_>,
    counters: &mut Counters,
    now: Timestamp,
) -> Result<Payment, WalletError> {
    let issuer = &manifest.issuer;
    plan(manifest, seed, basket, counters, now, |lead| {
        let secret = seed.gift(issuer, &lead.keyset, &lead.nonce);
        Some(Recipient {
            cnf: secret.cnf()?.public()?,
            sealing: secret.sealing()?.public()?,
            salt: seed.redemption(issuer, &lead.keyset, &lead.nonce)?.salt,
            giver: Some(seed.giver(issuer, &lead.keyset, &lead.nonce)?.public()?),
        })
    })
}

/// Checks the issuer's answer to [`pay_gift`], as [`super::finish_payment`] does that to a purchase for oneself.
///
/// # Errors
/// As of [`super::finish_payment`].
pub fn finish_gift<'a>(
    manifest: &Body,
    seed: &Seed,
    offer: &Offer,
    request: &'a RedeemRequest,
    before: &Counters,
    response: &'a RedeemResponse,
) -> Result<(Decryption<'a>, SealedPurchase), WalletError> {
    let issuer = &manifest.issuer;
    finish_with(manifest, seed, offer, request, before, response, |lead| {
        let secret = seed.gift(issuer, &lead.keyset, &lead.nonce);
        Some(RedemptionSecrets {
            cnf: secret.cnf()?.public()?,
            sealing: secret.sealing()?,
            sealing_public: secret.sealing()?.public()?,
            salt: seed.redemption(issuer, &lead.keyset, &lead.nonce)?.salt,
        })
    })
}

/// The link of a gift that was bought. `None` if the purchase is not a gift of this seed.
#[must_use]
pub fn gift_link(
    issuer: &IssuerId,
    seed: &Seed,
    offer: &Offer,
    purchase: &Purchase,
) -> Option<GiftLink> {
    let (keyset, nonce) = (&purchase.lead_keyset, &purchase.lead_nonce);
    let giver = seed.giver(issuer, keyset, nonce)?.public()?;
    let salt = seed.redemption(issuer, keyset, nonce)?.salt;
    let part = &offer.claims().content;
    let link = GiftLink {
        secret: seed.gift(issuer, keyset, nonce),
        binding: purchase.binding,
        key: purchase.key,
        giver: Kid::of(&giver),
        issuer: issuer.clone(),
        opening: Opening::of(offer, salt),
        ct_hash: part.ct_hash,
        length: part.length,
        media_type: part.media_type.clone(),
        grant: PackedGrant::of(&purchase.grant, issuer, &purchase.binding)?,
    };
    (link.grant()? == purchase.grant).then_some(link)
}

/// A claim of the gift in a link, for this wallet. The same wallet claims by the same bytes.
///
/// # Errors
/// [`WalletError::GrantInvalid`] if the link holds no grant, [`WalletError::Exhausted`] if a secret could not be derived.
pub fn claim(seed: &Seed, link: &GiftLink) -> Result<RebindRequest, WalletError> {
    let by = link.secret.cnf().ok_or(WalletError::Exhausted)?;
    rebind(seed, link, None, &by)
}

/// Takes back the gift in a link that this wallet made of the purchase with that lead.
///
/// # Errors
/// As of [`claim`].
pub fn take_back(
    seed: &Seed,
    link: &GiftLink,
    lead_keyset: &KeysetId,
    lead_nonce: &Nonce,
) -> Result<RebindRequest, WalletError> {
    let by = seed.giver(&link.issuer, lead_keyset, lead_nonce);
    let by = by.ok_or(WalletError::Exhausted)?;
    let giver = by.public().filter(|key| Kid::of(key) == link.giver);
    rebind(
        seed,
        link,
        Some(giver.ok_or(WalletError::GrantInvalid)?),
        &by,
    )
}

fn rebind(
    seed: &Seed,
    link: &GiftLink,
    giver: Option<Point>,
    by: &SecretKey,
) -> Result<RebindRequest, WalletError> {
    let gift = grant_id(&link.binding);
    let own = seed.rebound(&link.issuer, &gift);
    let own = own.ok_or(WalletError::Exhausted)?;
    let fields = RebindFields {
        grant: link.grant().ok_or(WalletError::GrantInvalid)?,
        giver,
        cnf: own.public().ok_or(WalletError::Exhausted)?,
        memory: seed.memory(&link.issuer, &gift),
    };
    let sign = |key: &SecretKey| {
        let key = key.clone();
        move |binding: &crate::id::Binding| key.sign(binding.bytes())
    };
    RebindRequest::new(fields, &link.issuer, sign(by), sign(&own))
        .map_err(|_| WalletError::GrantInvalid)
}

/// Checks the answer to a claim or to taking back: the grant says what the gift's said, for this wallet.
///
/// # Errors
/// [`WalletError::GrantInvalid`]; then nothing is kept, and the same request is to be sent again.
pub fn finish_rebind(
    manifest: &Body,
    link: &GiftLink,
    request: &RebindRequest,
    response: &RebindResponse,
) -> Result<String, WalletError> {
    let invalid = WalletError::GrantInvalid;
    let keys = manifest.grant_keys();
    let grant = Grant::verify(&response.grant, &manifest.issuer, &keys);
    let grant = grant.map_err(|_| invalid)?;
    let cnf = link.secret.cnf().and_then(|key| key.public());
    let gift = link.grant.claims(
        &link.issuer,
        &link.binding,
        &cnf.ok_or(invalid)?,
        Some(link.giver),
    );
    let claims = grant.claims();
    let fits = *claims == gift.rebound(request.binding(), request.fields().cnf, claims.iat);
    fits.then(|| response.grant.clone()).ok_or(invalid)
}

/// Verifies the grant that took a gift's place, and says what opens the content key in the link. Whether access still
/// lasts is the caller's to ask.
///
/// # Errors
/// [`WalletError::GrantInvalid`] if the grant is not for this link and seed, [`WalletError::KeyMismatch`] if the key
/// cannot have been sealed to the link.
pub fn open_gift<'a>(
    manifest: &Body,
    seed: &Seed,
    link: &'a GiftLink,
    grant: &str,
) -> Result<(Decryption<'a>, SealedReading), WalletError> {
    let issuer = &manifest.issuer;
    let gift = grant_id(&link.binding);
    let cnf = seed.rebound(issuer, &gift).and_then(|key| key.public());
    let sealing = || link.secret.sealing().ok_or(WalletError::Exhausted);
    let holder = RedemptionSecrets {
        cnf: cnf.ok_or(WalletError::Exhausted)?,
        sealing: sealing()?,
        sealing_public: sealing()?.public().ok_or(WalletError::Exhausted)?,
        salt: link.opening.salt,
    };
    let cnf = link.secret.cnf().and_then(|key| key.public());
    let claims = link.grant.claims(
        issuer,
        &link.binding,
        &cnf.ok_or(WalletError::Exhausted)?,
        Some(link.giver),
    );
    let publisher = &claims.publisher;
    let sealed = reading(manifest, publisher, &link.opening, &holder, grant)?;
    Ok((decrypting(&holder, &link.key, &link.binding)?, sealed))
}
