//! Paying: coins, change and keys for one redemption, and the check of what comes back.

use super::ask::{ask, receive};
use super::load::keysets_for;
use super::read::{SealedReading, decrypting, reading_of};
use super::{Counters, FreshToken, RedemptionSecrets, Seed, WalletError, select};
use crate::decryption::Decryption;
use crate::gather::gather;
use crate::grant::{GrantClaims, Paid};
use crate::hpke::SealedKey;
use crate::id::{Binding, GrantSalt, KeysetId, Nonce};
use crate::keyset::Kind;
use crate::manifest::{Body, canonical_split};
use crate::money::Micro;
use crate::offer::{Offer, PriceEntry};
use crate::order::sort_by;
use crate::point::Point;
use crate::request::{Input, RedeemFields, RedeemRequest, RedeemResponse};
use crate::time::Timestamp;
use crate::token::Token;
use alloc::{string::String, vec::Vec};

/// A redemption ready to be journalled and sent.
#[derive(Debug)]
pub struct Payment {
    /// The request.
    pub request: RedeemRequest,
    /// The change that it asks for.
    pub change: Micro,
}

/// What is bought, and with what: everything that a payment is planned from.
#[derive(Debug)]
pub struct Basket<'a> {
    /// The verified offer.
    pub offer: &'a Offer,
    /// Its text, as it goes into the request.
    pub offer_text: &'a str,
    /// The price entry that the reader saw.
    pub price: &'a PriceEntry,
    /// The content key, wrapped to the issuer.
    pub wrap: SealedKey,
    /// The tokens there are, oldest first.
    pub tokens: &'a [Token],
}

/// Plans a redemption: chooses coins, asks for change, derives fresh keys, authenticates each coin for this request.
///
/// # Errors
/// [`WalletError::PriceChanged`] if the price is not the offer's, [`WalletError::InsufficientFunds`] if the coins do not
/// reach, and what asking for change gives.
pub fn pay(
    manifest: &Body,
    seed: &Seed,
    basket: &Basket<'_>,
    counters: &mut Counters,
    now: Timestamp,
) -> Result<Payment, WalletError> {
    let issuer = &manifest.issuer;
    plan(manifest, seed, basket, counters, now, |lead| {
        let secrets = seed.redemption(issuer, &lead.keyset, &lead.nonce)?;
        Some(Recipient {
            cnf: secrets.cnf,
            sealing: secrets.sealing_public,
            salt: secrets.salt,
            giver: None,
        })
    })
}

/// For whom grant and content key are to be.
pub(super) struct Recipient {
    pub(super) cnf: Point,
    pub(super) sealing: Point,
    pub(super) salt: GrantSalt,
    pub(super) giver: Option<Point>,
}

/// Plans a redemption for whoever `recipient` derives from its lead.
pub(super) fn plan(
    manifest: &Body,
    seed: &Seed,
    basket: &Basket<'_>,
    counters: &mut Counters,
    now: Timestamp,
    recipient: impl FnOnce(&Input) -> Option<Recipient>,
) -> Result<Payment, WalletError> {
    let issuer = &manifest.issuer;
    let price = basket
        .offer
        .price(basket.price)
        .ok_or(WalletError::PriceChanged)?;
    let terms = manifest
        .currency(price.currency)
        .filter(|_| price.issuer == *issuer);
    let unit = terms.ok_or(WalletError::Unsupported)?.unit();
    price
        .amount
        .units(unit)
        .ok_or(WalletError::PriceNotPayable)?;
    // A token of another issuer, of an ended keyset or of another currency is worth nothing here.
    let mut usable = Vec::new();
    let mut worth = Vec::new();
    for token in basket.tokens {
        let keyset = manifest.keyset(token.keyset());
        let keyset = keyset.filter(|k| k.currency() == price.currency && k.is_redeemable(now));
        if let Some(keyset) = keyset {
            usable.push(token);
            worth.push(keyset.denomination());
        }
    }
    let chosen = select(price.amount, &worth).ok_or(WalletError::InsufficientFunds)?;
    let mut paid = Some(Micro::ZERO);
    let mut inputs = Vec::with_capacity(chosen.len());
    for place in chosen {
        if let (Some(token), Some(amount)) = (usable.get(place), worth.get(place)) {
            paid = paid.and_then(|paid| paid.plus(*amount));
            inputs.push((Input::new(issuer, *token.keyset(), *token.nonce()), *token));
        }
    }
    let change = paid.and_then(|paid| paid.minus(price.amount));
    let change = change.ok_or(WalletError::InsufficientFunds)?;
    let denominations = manifest.mintable_denominations(price.currency, now);
    let coins = canonical_split(change, &denominations).ok_or(WalletError::KeysetNotMintable)?;
    let keysets = keysets_for(manifest, price.currency, &coins, now)?;

    sort_by(&mut inputs, |(a, _), (b, _)| a.nullifier < b.nullifier);
    let (lead, _) = inputs.first().ok_or(WalletError::InsufficientFunds)?;
    let recipient = recipient(lead).ok_or(WalletError::Exhausted)?;
    let fields = RedeemFields {
        manifest: manifest.n,
        offer: String::from(basket.offer_text),
        price: price.clone(),
        wrap: basket.wrap,
        inputs: gather(inputs.iter().map(|(input, _)| *input)),
        outputs: ask(seed, issuer, &keysets, counters)?,
        cnf: recipient.cnf,
        sealing: recipient.sealing,
        salt: recipient.salt,
        giver: recipient.giver,
    };
    let mac = |input: &Input, binding: &Binding| {
        let (_, token) = inputs.iter().find(|(known, _)| known == input)?;
        Some(token.output().mac(binding))
    };
    let request = RedeemRequest::new(fields, issuer, mac).map_err(|_| WalletError::PriceChanged)?;
    Ok(Payment { request, change })
}

/// Whether the grant names the giver that was named to the issuer; without gifts there is none in either.
#[cfg(feature = "gift")]
fn is_by(claims: &GrantClaims, fields: &RedeemFields) -> bool {
    claims.giver == fields.giver.as_ref().map(crate::jwk::Kid::of)
}

#[cfg(not(feature = "gift"))]
const fn is_by(_: &GrantClaims, _: &RedeemFields) -> bool {
    true
}

/// What a redemption gave, all of it checked.
#[derive(Clone, Debug)]
pub struct Purchase {
    /// The grant's text.
    pub grant: String,
    /// The content key, still sealed to the reader's derived key.
    pub key: SealedKey,
    /// The redemption's binding.
    pub binding: Binding,
    /// The lead's keyset, from which with the nonce the reader's keys derive again.
    pub lead_keyset: KeysetId,
    /// The lead's nonce.
    pub lead_nonce: Nonce,
    /// The change.
    pub change: Vec<FreshToken>,
}

/// A redemption's answer that fits but for the content key, which is still sealed.
#[derive(Debug)]
pub struct SealedPurchase {
    reading: SealedReading,
    purchase: Purchase,
}

impl SealedPurchase {
    /// Takes what the decryption gave, `None` if it does not open, and checks it against the offer's commitment (R29).
    ///
    /// # Errors
    /// [`WalletError::KeyMismatch`]; then nothing is committed, and the same request is to be sent again.
    pub fn opened(self, plaintext: Option<&[u8]>) -> Result<Purchase, WalletError> {
        self.reading.opened(plaintext)?;
        Ok(self.purchase)
    }
}

/// Checks the issuer's answer: the grant is for this purchase (R21), the change is proven. That the key is the offer's
/// (R29) is shown by what the decryption gives.
///
/// # Errors
/// [`WalletError`] naming what does not fit; then nothing is committed, and the same request is to be sent again.
pub fn finish_payment<'a>(
    manifest: &Body,
    seed: &Seed,
    offer: &Offer,
    request: &'a RedeemRequest,
    before: &Counters,
    response: &'a RedeemResponse,
) -> Result<(Decryption<'a>, SealedPurchase), WalletError> {
    let issuer = &manifest.issuer;
    finish_with(manifest, seed, offer, request, before, response, |lead| {
        seed.redemption(issuer, &lead.keyset, &lead.nonce)
    })
}

/// The same for whoever `holder` derives from the lead.
pub(super) fn finish_with<'a>(
    manifest: &Body,
    seed: &Seed,
    offer: &Offer,
    request: &'a RedeemRequest,
    before: &Counters,
    response: &'a RedeemResponse,
    holder: impl FnOnce(&Input) -> Option<RedemptionSecrets>,
) -> Result<(Decryption<'a>, SealedPurchase), WalletError> {
    let fields = request.fields();
    let lead = fields.lead().ok_or(WalletError::AnswerInvalid)?;
    let secrets = holder(lead).ok_or(WalletError::Exhausted)?;
    let reading = reading_of(manifest, offer, &secrets, &response.grant)?;
    let decryption = decrypting(&secrets, &response.key, request.binding())?;
    let claims = reading.grant().claims();
    // As it was paid: the keysets of the manifest are of one kind.
    let is_promo = cfg!(feature = "promo")
        && manifest
            .keyset(&lead.keyset)
            .is_some_and(|keyset| keyset.kind() == Kind::Promo);
    let fits = claims.amount == fields.price.amount
        && (claims.paid == Paid::Promo) == is_promo
        && claims.currency == fields.price.currency
        && is_by(claims, fields)
        && claims.id == crate::grant::grant_id(request.binding());
    if !fits {
        return Err(WalletError::GrantInvalid);
    }
    let change = receive(seed, manifest, &fields.outputs, before, &response.change)?;
    let purchase = Purchase {
        grant: response.grant.clone(),
        key: response.key,
        binding: *request.binding(),
        lead_keyset: lead.keyset,
        lead_nonce: lead.nonce,
        change,
    };
    Ok((decryption, SealedPurchase { reading, purchase }))
}
