//! Paying: coins, change and keys for one redemption, and the check of what comes back.

use super::ask::{ask, receive};
use super::load::keysets_for;
use super::read::SealedReading;
use super::{Counters, FreshToken, OwnedGrant, Seed, WalletError, open_owned, select};
use crate::decryption::Decryption;
use crate::gather::gather;
use crate::grant::Paid;
use crate::hpke::SealedKey;
use crate::id::{Binding, KeysetId, Nonce};
use crate::keyset::Kind;
use crate::manifest::{Body, canonical_split};
use crate::money::Micro;
use crate::offer::{Offer, PriceEntry};
use crate::order::sort_by;
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
    let secrets = seed.redemption(issuer, &lead.keyset, &lead.nonce);
    let secrets = secrets.ok_or(WalletError::Exhausted)?;
    let fields = RedeemFields {
        manifest: manifest.n,
        offer: String::from(basket.offer_text),
        price: price.clone(),
        wrap: basket.wrap,
        inputs: gather(inputs.iter().map(|(input, _)| *input)),
        outputs: ask(seed, issuer, &keysets, counters)?,
        cnf: secrets.cnf,
        sealing: secrets.sealing_public,
        salt: secrets.salt,
    };
    let mac = |input: &Input, binding: &Binding| {
        let (_, token) = inputs.iter().find(|(known, _)| known == input)?;
        Some(token.output().mac(binding))
    };
    let request = RedeemRequest::new(fields, issuer, mac).map_err(|_| WalletError::PriceChanged)?;
    Ok(Payment { request, change })
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
    let fields = request.fields();
    let lead = fields.lead().ok_or(WalletError::AnswerInvalid)?;
    let owned = OwnedGrant {
        grant: &response.grant,
        key: &response.key,
        binding: request.binding(),
        lead_keyset: &lead.keyset,
        lead_nonce: &lead.nonce,
    };
    let (decryption, reading) = open_owned(manifest, offer, seed, &owned)?;
    let claims = reading.grant().claims();
    // As it was paid: the keysets of the manifest are of one kind.
    let is_promo = cfg!(feature = "promo")
        && manifest
            .keyset(&lead.keyset)
            .is_some_and(|keyset| keyset.kind() == Kind::Promo);
    let fits = claims.amount == fields.price.amount
        && (claims.paid == Paid::Promo) == is_promo
        && claims.currency == fields.price.currency
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
