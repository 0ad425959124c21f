//! Loading: an order under a claim key, then pouches drawn from what was settled.

use super::ask::{ask, receive};
use super::{Counters, FreshToken, Seed, WalletError};
use crate::gather::{gather, gather_all};
use crate::id::{OrderId, TermsHash};
use crate::keyset::Keyset;
#[cfg(feature = "undo")]
use crate::manifest::RIGHTS;
use crate::manifest::{Body, CurrencyTerms, canonical_split};
use crate::money::{Currency, Micro};
use crate::order::sort_by;
use crate::origin::IssuerId;
#[cfg(feature = "promo")]
use crate::promo::PromoManifest;
use crate::request::{DrawFields, DrawRequest, DrawResponse, OrderFields, OrderRequest};
#[cfg(feature = "promo")]
use crate::request::{PromoFields, PromoRequest};
use crate::time::Timestamp;
use alloc::{string::String, vec::Vec};

/// An order request and the id it will have.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// The order's id.
    pub order: OrderId,
    /// The signed request.
    pub request: OrderRequest,
}

/// Makes an order under the claim key of that number.
///
/// # Errors
/// [`WalletError::Unsupported`] if the issuer does not deal in the currency.
pub fn order(
    manifest: &Body,
    seed: &Seed,
    claim_counter: u32,
    currency: Currency,
    amount: Micro,
    terms: TermsHash,
) -> Result<Load, WalletError> {
    manifest
        .currency(currency)
        .ok_or(WalletError::Unsupported)?;
    let issuer = &manifest.issuer;
    let claim = seed
        .claim(issuer, claim_counter)
        .ok_or(WalletError::Exhausted)?;
    let fields = OrderFields {
        currency,
        amount,
        terms,
        claim: *claim.public(),
    };
    let signature = claim.sign(&fields.binding(issuer));
    Ok(Load {
        order: fields.order_id(issuer),
        request: OrderRequest::new(fields, signature),
    })
}

/// Claims a publisher's starter tokens under the claim key of that number.
///
/// # Errors
/// [`WalletError::Unsupported`] if the publisher gives nothing now.
#[cfg(feature = "promo")]
pub fn claim_promo(
    promo: &PromoManifest,
    seed: &Seed,
    claim_counter: u32,
) -> Result<(OrderId, PromoRequest), WalletError> {
    if promo.grant == Micro::ZERO {
        return Err(WalletError::Unsupported);
    }
    let issuer = &promo.issuer;
    let claim = seed
        .claim(issuer, claim_counter)
        .ok_or(WalletError::Exhausted)?;
    let fields = PromoFields {
        publisher: promo.publisher.clone(),
        currency: promo.currency,
        amount: promo.grant,
        claim: *claim.public(),
    };
    let signature = claim.sign(&fields.binding(issuer));
    let order = fields.order_id(issuer);
    Ok((order, PromoRequest::new(fields, signature)))
}

/// Most pouches of one order: far above any that is honest.
const MAX_POUCHES: usize = 4_096;

/// The pouches that draw a settled amount: the largest mixes that fit, then the rest as "".
///
/// # Errors
/// [`WalletError::Unsupported`] if the issuer does not deal in the currency, or it takes more than 4,096 pouches.
pub fn plan_pouches(
    manifest: &Body,
    currency: Currency,
    amount: Micro,
) -> Result<Vec<String>, WalletError> {
    let terms = manifest
        .currency(currency)
        .ok_or(WalletError::Unsupported)?;
    let mut mixes = gather(terms.mixes());
    sort_by(&mut mixes, |a, b| a.amount() > b.amount());
    let mut left = amount;
    let mut pouches = Vec::new();
    for mix in mixes {
        while let Some(rest) = left.minus(mix.amount()) {
            if pouches.len() >= MAX_POUCHES {
                return Err(WalletError::Unsupported);
            }
            pouches.push(String::from(mix.name()));
            left = rest;
        }
    }
    if left > Micro::ZERO {
        pouches.push(String::new());
    }
    Ok(pouches)
}

/// Finds the mintable keyset of each coin.
pub(super) fn keysets_for<'a>(
    manifest: &'a Body,
    currency: Currency,
    coins: &[Micro],
    now: Timestamp,
) -> Result<Vec<&'a Keyset>, WalletError> {
    let keyset = |coin: &Micro| manifest.mintable(currency, *coin, now);
    gather_all(coins.iter().map(keyset)).ok_or(WalletError::KeysetNotMintable)
}

/// Which pouch of which order to draw.
#[derive(Clone, Copy, Debug)]
pub struct Pouch<'a> {
    /// The order.
    pub order: OrderId,
    /// The number of its claim key.
    pub claim_counter: u32,
    /// The pouch's number, from 0.
    pub number: u32,
    /// The mix, or empty for the rest.
    pub mix: &'a str,
    /// What is unminted, where the mix is empty; what was loaded, where it is of rights.
    pub rest: Micro,
    /// The currency.
    pub currency: Currency,
}

/// Asks for a pouch, moving the counters on.
///
/// # Errors
/// [`WalletError`] if the issuer has no such mix or makes no such coins now.
pub fn draw(
    manifest: &Body,
    seed: &Seed,
    pouch: &Pouch<'_>,
    counters: &mut Counters,
    now: Timestamp,
) -> Result<DrawRequest, WalletError> {
    let issuer = &manifest.issuer;
    let terms = manifest
        .currency(pouch.currency)
        .ok_or(WalletError::Unsupported)?;
    #[cfg(feature = "undo")]
    let rights = match manifest.rights(pouch.currency) {
        Some(rights) if pouch.mix == RIGHTS => {
            let keyset = rights.mintable(now);
            let keyset = keyset.ok_or(WalletError::KeysetNotMintable)?;
            Some(alloc::vec![keyset; rights.of_load(pouch.rest)])
        }
        _ => None,
    };
    #[cfg(not(feature = "undo"))]
    let rights = None;
    let keysets = match rights {
        Some(rights) => rights,
        None => coins(manifest, terms, pouch, now)?,
    };
    let claim = seed
        .claim(issuer, pouch.claim_counter)
        .ok_or(WalletError::Exhausted)?;
    let fields = DrawFields {
        manifest: manifest.n,
        order: pouch.order,
        pouch: pouch.number,
        mix: String::from(pouch.mix),
        elements: ask(seed, issuer, &keysets, counters)?,
    };
    let signature = claim.sign(&fields.binding(issuer));
    Ok(DrawRequest::new(fields, signature))
}

/// The keysets of a pouch of money, coin by coin.
fn coins<'a>(
    manifest: &'a Body,
    terms: &CurrencyTerms,
    pouch: &Pouch<'_>,
    now: Timestamp,
) -> Result<Vec<&'a Keyset>, WalletError> {
    let coins = if pouch.mix.is_empty() {
        canonical_split(
            pouch.rest,
            &manifest.mintable_denominations(pouch.currency, now),
        )
    } else {
        terms
            .mix(pouch.mix)
            .map(crate::manifest::Mix::denominations)
    };
    let coins = coins.ok_or(WalletError::MixUnknown)?;
    keysets_for(manifest, pouch.currency, &coins, now)
}

/// Signs a draw anew, with a claim key of another branch than its elements: of an order found in a restore, into the branch
/// that the wallet works on since.
///
/// # Errors
/// [`WalletError::Exhausted`] with probability 2^-256.
pub fn sign_draw(
    issuer: &IssuerId,
    seed: &Seed,
    claim_counter: u32,
    draw: &DrawRequest,
) -> Result<DrawRequest, WalletError> {
    let claim = seed.claim(issuer, claim_counter);
    let claim = claim.ok_or(WalletError::Exhausted)?;
    let fields = draw.fields().clone();
    let signature = claim.sign(&fields.binding(issuer));
    Ok(DrawRequest::new(fields, signature))
}

/// Makes the tokens of a pouch from the issuer's answer. `before` are the counters before the request was made.
///
/// # Errors
/// [`WalletError::AnswerInvalid`] or [`WalletError::ProofInvalid`]; then the same request is to be sent again.
pub fn finish_draw(
    manifest: &Body,
    seed: &Seed,
    request: &DrawRequest,
    before: &Counters,
    response: &DrawResponse,
) -> Result<Vec<FreshToken>, WalletError> {
    receive(
        seed,
        manifest,
        &request.fields().elements,
        before,
        &response.evaluations,
    )
}
