//! What must hold before a token is spent.

use super::{Coins, RedeemRefusal};
use crate::in_force::InForce;
use crate::issuer::Issuer;
use crate::keys::ops::CheckError;
use crate::publisher_keys;
use farthing_core::content::ContentKey;
use farthing_core::hpke::wrap_info;
use farthing_core::money::Micro;
use farthing_core::offer::{Offer, UnverifiedOffer};
use farthing_core::request::RedeemRequest;
use farthing_core::time::Timestamp;
use farthing_ledger::{Ledger, Publisher};

/// Signature, claims, time, withdrawal.
pub(super) fn offer(
    publisher: &Publisher,
    offer: UnverifiedOffer,
    now: Timestamp,
) -> Result<Offer, RedeemRefusal> {
    let keys = publisher_keys::parse(&publisher.keys)
        .map_err(|_| RedeemRefusal::Internal("a publisher's keys are damaged"))?;
    let offer = offer
        .verify(&publisher.origin, &keys)
        .map_err(RedeemRefusal::Offer)?;
    offer.check_time(now).map_err(RedeemRefusal::Offer)?;
    let claims = offer.claims();
    if claims.iat < publisher.valid_from(claims.resource.as_str()) {
        return Err(RedeemRefusal::OfferWithdrawn);
    }
    Ok(offer)
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

/// Inputs still pay, inputs are price plus outputs, and the outputs are made now (R24).
pub(super) fn balance(
    in_force: &InForce,
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
    for input in &coins.inputs {
        let keyset = keyset(&input.keyset)?;
        if keyset.currency() != price.currency {
            return Err(RedeemRefusal::Unbalanced);
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
        if keyset.currency() != price.currency {
            return Err(RedeemRefusal::Unbalanced);
        }
        if !keyset.is_mintable(now) {
            return Err(RedeemRefusal::KeysetNotMintable {
                manifest: in_force.body().n,
            });
        }
    }
    Ok(())
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
    let (key, opening) = in_force
        .keys()
        .sealer(kid)
        .ok_or(RedeemRefusal::SealingKeyUnknown)?;
    if now >= key.open_until() {
        return Err(RedeemRefusal::SealingKeyUnknown);
    }
    let info = wrap_info(issuer.id(), kid, offer.hash());
    let opened = opening
        .open(&info, &fields.wrap)
        .map_err(|error| match error {
            CheckError::Invalid => RedeemRefusal::WrapInvalid,
            CheckError::Failed(_) => RedeemRefusal::Internal("a wrap was not opened"),
        })?;
    if opened.commit() == offer.claims().key_commit {
        Ok(opened)
    } else {
        Err(RedeemRefusal::KeyMismatch)
    }
}
