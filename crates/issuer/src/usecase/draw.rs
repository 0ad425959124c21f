//! draw: evaluates the elements of one pouch of a settled order (spec section 10, R31).

use crate::in_force::InForce;
use crate::issuer::Issuer;
use farthing_core::manifest::{RIGHTS, canonical_split};
use farthing_core::money::Micro;
use farthing_core::point::Point;
use farthing_core::request::{DrawFields, DrawRequest, DrawResponse};
use farthing_core::time::Timestamp;
use farthing_ledger::{Draw, DrawError, Element, Ledger, Order, OrderState, StoreError};
use std::sync::Arc;

/// Why a pouch is not drawn. Nothing was evaluated, except that after a failed store the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DrawRefusal {
    /// No such order.
    OrderUnknown,
    /// The order's claim key did not sign the request.
    Signature,
    /// Nobody has paid.
    NotSettled,
    /// The quote ran out before anybody paid.
    OrderExpired,
    /// An element is for a keyset that is not this issuer's.
    KeysetUnknown,
    /// An element is for a keyset that another replica has made, and whose key has not come here yet.
    KeyLacking,
    /// An element is for a keyset of which no coins are made now.
    KeysetNotMintable {
        /// The number of the manifest in force.
        manifest: u64,
    },
    /// There is no mix of that name.
    MixUnknown,
    /// The elements are not the coins of the mix, or not the rest.
    PouchMismatch,
    /// The ledger refused.
    Draw(DrawError),
    /// The ledger could not be asked.
    Store(StoreError),
    /// A fault of the issuer.
    Internal(&'static str),
}

/// Draws a pouch: recorded durably first, evaluated then. The same request gets the same bytes.
///
/// # Errors
/// [`DrawRefusal`].
pub async fn draw<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    request: DrawRequest,
) -> Result<DrawResponse, DrawRefusal> {
    let fields = request.fields().clone();
    let order = issuer
        .ledger()
        .order(fields.order)
        .await
        .map_err(DrawRefusal::Store)?;
    let order = order.ok_or(DrawRefusal::OrderUnknown)?;
    let claim = Point::parse(*order.terms.claim.bytes())
        .ok_or(DrawRefusal::Internal("an order's claim key is damaged"))?;
    let in_force = issuer.in_force();
    let binding = fields.binding(issuer.id());
    let check = {
        let ops = Arc::clone(in_force.keys().ops());
        move || ops.verify(&claim, binding.bytes(), request.signature())
    };
    let signed = issuer.compute().run(check).await.ok();
    let unchecked = DrawRefusal::Internal("the signature was not checked");
    if !signed.and_then(Result::ok).ok_or(unchecked)? {
        return Err(DrawRefusal::Signature);
    }
    let elements = elements(&in_force, &fields)?;
    let now = issuer.now();
    // A pouch that was drawn before is answered again, or refused as another's, by the ledger alone: neither the clock
    // nor the manifest has a say in it any more (R26).
    if fields.pouch >= order.next_pouch {
        // An older copy of the ledger knows an order as it once was.
        if !issuer.gate().is_open() {
            return Err(DrawRefusal::Store(StoreError::RestoreUndecided));
        }
        check_pouch(&in_force, &order, &fields, now)?;
    }
    let draw = Draw {
        order: fields.order,
        pouch: fields.pouch,
        mix: fields.mix,
        binding,
        elements,
        now,
    };
    issuer
        .ledger()
        .draw(draw)
        .await
        .map_err(DrawRefusal::Draw)?;
    let evaluate = move || in_force.evaluate(&binding, &fields.elements);
    let evaluations = issuer.compute().run(evaluate).await.ok().flatten();
    evaluations
        .map(|evaluations| DrawResponse { evaluations })
        .ok_or(DrawRefusal::Internal("a pouch was not evaluated"))
}

fn elements(in_force: &InForce, fields: &DrawFields) -> Result<Vec<Element>, DrawRefusal> {
    let element = |output: &farthing_core::request::Output| {
        let keyset = in_force.mint(&output.keyset)?.keyset();
        Some(Element::new(
            output.keyset,
            keyset.denomination(),
            output.blinded.bytes(),
        ))
    };
    let elements: Option<Vec<Element>> = fields.elements.iter().map(element).collect();
    elements.ok_or_else(|| {
        if in_force.lacks_one(fields.elements.iter().map(|output| &output.keyset)) {
            DrawRefusal::KeyLacking
        } else {
            DrawRefusal::KeysetUnknown
        }
    })
}

/// Whether a pouch that was not drawn before may be.
fn check_pouch(
    in_force: &InForce,
    order: &Order,
    fields: &DrawFields,
    now: Timestamp,
) -> Result<(), DrawRefusal> {
    match order.state(now) {
        OrderState::Settled => {}
        OrderState::Quoted | OrderState::Declined | OrderState::Closed => {
            return Err(DrawRefusal::NotSettled);
        }
        OrderState::Expired => return Err(DrawRefusal::OrderExpired),
    }
    if fields.mix == RIGHTS {
        return check_rights(in_force, order, fields, now);
    }
    let currency = order.terms.currency;
    let mut coins = Vec::with_capacity(fields.elements.len());
    for output in &fields.elements {
        let keyset = in_force
            .mint(&output.keyset)
            .ok_or(DrawRefusal::KeysetUnknown)?
            .keyset();
        let promo = in_force.promo_of(keyset.id());
        if keyset.currency() != currency || promo != order.terms.promo.as_ref() {
            return Err(DrawRefusal::PouchMismatch);
        }
        if !in_force.is_mintable(keyset.id(), now) {
            return Err(DrawRefusal::KeysetNotMintable {
                manifest: in_force.body().n,
            });
        }
        coins.push(keyset.denomination());
    }
    let mut expected = expected_coins(in_force, order, fields, now)?;
    coins.sort_unstable();
    expected.sort_unstable();
    if coins == expected {
        Ok(())
    } else {
        Err(DrawRefusal::PouchMismatch)
    }
}

/// Whether a pouch of rights is as many as the order gives (R55); that it is the last, and the only one, is for the ledger to
/// say.
fn check_rights(
    in_force: &InForce,
    order: &Order,
    fields: &DrawFields,
    now: Timestamp,
) -> Result<(), DrawRefusal> {
    let rights = in_force.body().rights(order.terms.currency);
    let rights = rights.ok_or(DrawRefusal::MixUnknown)?;
    let outputs = &fields.elements;
    let is_right = |id| rights.keysets().iter().any(|keyset| keyset.id() == id);
    if outputs.len() != rights.of_load(order.terms.quote.value()) {
        return Err(DrawRefusal::PouchMismatch);
    }
    for output in outputs {
        let known = in_force.mint(&output.keyset);
        let keyset = known.ok_or(DrawRefusal::KeysetUnknown)?.keyset();
        if keyset.denomination() > Micro::ZERO || keyset.currency() != order.terms.currency {
            return Err(DrawRefusal::PouchMismatch);
        }
        if !is_right(&output.keyset) || !in_force.is_mintable(&output.keyset, now) {
            return Err(DrawRefusal::KeysetNotMintable {
                manifest: in_force.body().n,
            });
        }
    }
    Ok(())
}

fn expected_coins(
    in_force: &InForce,
    order: &Order,
    fields: &DrawFields,
    now: Timestamp,
) -> Result<Vec<Micro>, DrawRefusal> {
    let currency = order.terms.currency;
    if let Some(of) = &order.terms.promo {
        if !fields.mix.is_empty() {
            return Err(DrawRefusal::MixUnknown);
        }
        let promo = in_force.promo(of).ok_or(DrawRefusal::PouchMismatch)?;
        let denominations = promo.mintable_denominations(now);
        let coins = canonical_split(order.account.unminted, &denominations);
        return coins.ok_or(DrawRefusal::PouchMismatch);
    }
    let terms = in_force
        .body()
        .currency(currency)
        .ok_or(DrawRefusal::Internal(
            "an order is in a currency that the manifest has not",
        ))?;
    if !fields.mix.is_empty() {
        let mix = terms.mix(&fields.mix).ok_or(DrawRefusal::MixUnknown)?;
        return Ok(mix.denominations());
    }
    let rest = order.account.unminted;
    if rest >= terms.smallest_mix() {
        return Err(DrawRefusal::PouchMismatch);
    }
    canonical_split(rest, &in_force.body().mintable_denominations(currency, now))
        .ok_or(DrawRefusal::PouchMismatch)
}
