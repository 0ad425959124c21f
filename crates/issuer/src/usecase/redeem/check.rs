//! What must hold before a token is spent.

use super::{Coins, RedeemRefusal};
use crate::in_force::InForce;
use crate::issuer::Issuer;
use crate::keys::ops::CheckError;
use crate::publisher_keys;
use crate::recent::{VerifiedOffer, WrapName};
use farthing_core::content::ContentKey;
use farthing_core::hpke::wrap_info;
use farthing_core::money::Micro;
use farthing_core::offer::{Offer, UnverifiedOffer};
use farthing_core::origin::PublisherId;
use farthing_core::point::Point;
use farthing_core::request::RedeemRequest;
use farthing_core::time::Timestamp;
use farthing_ledger::{Ledger, Publisher};
use std::sync::Arc;

/// Signature, claims, time, withdrawal. `known` is the offer of that text if it verified before; the signature is checked again
/// only if the publisher's keys are others now.
pub(super) fn offer<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    publisher: &Publisher,
    text: &str,
    known: Option<Arc<VerifiedOffer>>,
    now: Timestamp,
) -> Result<Arc<VerifiedOffer>, RedeemRefusal> {
    let verified = match known.filter(|known| known.is_by(&publisher.keys)) {
        Some(known) => known,
        None => {
            let offer = verify(in_force, publisher, text)?;
            issuer.recent().keep_offer(text, &publisher.keys, offer)
        }
    };
    let offer = verified.offer();
    offer.check_time(now).map_err(RedeemRefusal::Offer)?;
    let claims = offer.claims();
    if claims.iat < publisher.valid_from(claims.resource.as_str()) {
        return Err(RedeemRefusal::OfferWithdrawn);
    }
    Ok(verified)
}

fn verify(in_force: &InForce, publisher: &Publisher, text: &str) -> Result<Offer, RedeemRefusal> {
    let offer = UnverifiedOffer::parse(text).map_err(|_| RedeemRefusal::OfferInvalid)?;
    let keys = publisher_keys::parse(&publisher.keys)
        .map_err(|_| RedeemRefusal::Internal("a publisher's keys are damaged"))?;
    let mut checked = Ok(());
    let verify = |key: &Point, message: &[u8], signature: &[u8; 64]| {
        let verified = in_force.keys().ops().verify(key, message, signature);
        verified.unwrap_or_else(|failed| {
            checked = Err(failed);
            false
        })
    };
    let offer = offer.verify_by(&publisher.origin, &keys, verify);
    checked.map_err(|_| RedeemRefusal::Internal("an offer was not verified"))?;
    offer.map_err(RedeemRefusal::Offer)
}

/// The price entry is the offer's, this issuer's, payable, and within what the publisher is registered with.
pub(super) fn price<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    publisher: &Publisher,
    offer: &Offer,
    request: &RedeemRequest,
) -> Result<(), RedeemRefusal> {
    let chosen = &request.fields().price;
    // What was given before stays good where gifts are no longer sold.
    if request.fields().giver.is_some() && !issuer.config().gifts() {
        return Err(RedeemRefusal::Unsupported);
    }
    if chosen.issuer != *issuer.id() || offer.price(chosen).is_none() {
        return Err(RedeemRefusal::PriceMismatch);
    }
    let currency = in_force
        .body()
        .currency(chosen.currency)
        .ok_or(RedeemRefusal::Unsupported)?;
    if chosen
        .amount
        .units(currency.unit())
        .is_none_or(|units| units == 0)
    {
        return Err(RedeemRefusal::PriceNotPayable);
    }
    if chosen.amount > publisher.max_price {
        return Err(RedeemRefusal::PriceLimit);
    }
    Ok(())
}

/// Inputs still pay, inputs are price plus outputs, and the outputs are made now (R24). All of them are money, or all of
/// them are starter tokens of the publisher that is paid, for the reader's own use: what was given is not given on.
pub(super) fn balance(
    in_force: &InForce,
    publisher: &Publisher,
    request: &RedeemRequest,
    coins: &Coins,
    now: Timestamp,
) -> Result<(), RedeemRefusal> {
    let price = &request.fields().price;
    let keyset = |id| {
        in_force
            .mint(id)
            .map(|mint| mint.keyset())
            .ok_or(RedeemRefusal::KeysetUnknown)
    };
    let promo = promo(in_force, coins);
    if promo.is_some() && request.fields().giver.is_some() {
        return Err(RedeemRefusal::Unsupported);
    }
    for input in &coins.inputs {
        let keyset = keyset(&input.keyset)?;
        if in_force.promo_of(&input.keyset) != promo || keyset.currency() != price.currency {
            return Err(RedeemRefusal::Unbalanced);
        }
        if promo.is_some_and(|of| *of != publisher.origin) {
            return Err(RedeemRefusal::TokenNotForPublisher);
        }
        if !keyset.is_redeemable(now) {
            return Err(RedeemRefusal::KeysetExpired);
        }
    }
    let paid = Micro::sum(coins.inputs.iter().map(|input| input.denomination));
    let change = Micro::sum(coins.outputs.iter().map(|output| output.denomination));
    let due = change.and_then(|change| change.plus(price.amount));
    if paid.is_none() || paid != due {
        return Err(RedeemRefusal::Unbalanced);
    }
    for output in &coins.outputs {
        let keyset = keyset(&output.keyset)?;
        if in_force.promo_of(&output.keyset) != promo || keyset.currency() != price.currency {
            return Err(RedeemRefusal::Unbalanced);
        }
        if !in_force.is_mintable(keyset.id(), now) {
            return Err(RedeemRefusal::KeysetNotMintable {
                manifest: in_force.body().n,
            });
        }
    }
    Ok(())
}

/// Whose starter tokens are spent; `None` for money.
pub(super) fn promo<'a>(in_force: &'a InForce, coins: &Coins) -> Option<&'a PublisherId> {
    let first = coins.inputs.first();
    first.and_then(|input| in_force.promo_of(&input.keyset))
}

/// Opens the wrap and compares the commitment (R29).
pub(super) fn wrap<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    offer: &Offer,
    request: &RedeemRequest,
    now: Timestamp,
) -> Result<ContentKey, RedeemRefusal> {
    let fields = request.fields();
    let kid = &fields.price.sealing_kid;
    let (key, opening) = in_force.keys().sealer(kid).ok_or_else(|| {
        if in_force.lacks_sealing(kid) {
            RedeemRefusal::KeyLacking
        } else {
            RedeemRefusal::SealingKeyUnknown
        }
    })?;
    if now >= key.open_until() {
        return Err(RedeemRefusal::SealingKeyUnknown);
    }
    let name = WrapName::new(kid, offer.hash(), &fields.wrap);
    if let Some(opened) = issuer.recent().content_key(&name) {
        return Ok(opened);
    }
    let info = wrap_info(issuer.id(), kid, offer.hash());
    let opened = opening
        .open(&info, &fields.wrap)
        .map_err(|error| match error {
            CheckError::Invalid => RedeemRefusal::WrapInvalid,
            CheckError::Failed(_) => RedeemRefusal::Internal("a wrap was not opened"),
        })?;
    if opened.commit() == offer.claims().key_commit {
        issuer.recent().keep_content_key(&name, opened.clone());
        Ok(opened)
    } else {
        Err(RedeemRefusal::KeyMismatch)
    }
}
