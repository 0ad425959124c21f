//! order: takes a load under a claim key, with a signed disclosure of what it costs (spec section 10).

use crate::in_force::InForce;
use crate::issuer::Issuer;
use crate::random::secret;
use farthing_core::disclosure::{DisclosureClaims, Fee};
use farthing_core::id::{OrderId, QuoteId};
use farthing_core::jws;
use farthing_core::money::Micro;
use farthing_core::request::{OrderFields, OrderRequest, OrderResponse};
use farthing_core::time::Timestamp;
use farthing_ledger::{
    ClaimKey, CreateOrderError, Ledger, NewOrder, Order, OrderState, Quote, StoreError,
};
use std::sync::Arc;

/// Why an order is not taken. Nothing was recorded, except that after `Store` the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderRefusal {
    /// A signing key of the newest key list is not here yet; another replica has it.
    KeyLacking,
    /// The claim key did not sign the request.
    Signature,
    /// The issuer does not deal in the currency, or nobody collects money for it.
    Unsupported,
    /// The terms shown are not those in force.
    TermsChanged,
    /// Not a whole number of units, or less than the smallest mix.
    AmountInvalid,
    /// More than a pocket, or from the purse more than an order, may be worth.
    PocketLimit,
    /// The ledger refused.
    Create(CreateOrderError),
    /// The ledger could not be asked.
    Store(StoreError),
    /// A fault of the issuer.
    Internal(&'static str),
}

/// From where an order comes, as far as a browser says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderedFrom {
    /// The issuer's own origin, at which its purse is.
    Purse,
    /// Any other page, or no page.
    Elsewhere,
}

/// Takes an order. The same request gets the same order, whatever has changed since.
///
/// # Errors
/// [`OrderRefusal`].
pub async fn order<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    request: OrderRequest,
    from: OrderedFrom,
) -> Result<OrderResponse, OrderRefusal> {
    let fields = *request.fields();
    let (id, binding) = (fields.order_id(issuer.id()), fields.binding(issuer.id()));
    let check = {
        let ops = Arc::clone(issuer.in_force().keys().ops());
        move || ops.verify(&fields.claim, binding.bytes(), request.signature())
    };
    let signed = issuer.compute().run(check).await.ok();
    let unchecked = OrderRefusal::Internal("the signature was not checked");
    if !signed.and_then(Result::ok).ok_or(unchecked)? {
        return Err(OrderRefusal::Signature);
    }
    let known = issuer
        .ledger()
        .order(id)
        .await
        .map_err(OrderRefusal::Store)?;
    if let Some(known) = known {
        return if known.terms.binding == binding {
            Ok(response(issuer, &known))
        } else {
            Err(OrderRefusal::Create(CreateOrderError::Conflict))
        };
    }
    let in_force = issuer.in_force();
    let purse = purse_max(issuer, from);
    check_fields(issuer, &in_force, &fields, purse)?;
    let now = issuer.now();
    let new = new_order(issuer, &in_force, &fields, id, purse.is_none(), now)?;
    let created = issuer
        .ledger()
        .create_order(new, now)
        .await
        .map_err(OrderRefusal::Create)?;
    Ok(response(issuer, created.order()))
}

/// What a stranger may know of an order.
///
/// # Errors
/// [`StoreError`].
pub async fn state<L: Ledger>(
    issuer: &Issuer<L>,
    id: OrderId,
) -> Result<Option<OrderState>, StoreError> {
    let order = issuer.ledger().order(id).await?;
    Ok(order.map(|order| order.state(issuer.now())))
}

/// The most that the order may be worth if it comes from the purse; `None` for a pocket order (R30).
fn purse_max<L: Ledger>(issuer: &Issuer<L>, from: OrderedFrom) -> Option<Micro> {
    match from {
        OrderedFrom::Purse => issuer.config().wallet().map(|wallet| wallet.order_max),
        OrderedFrom::Elsewhere => None,
    }
}

/// Currency, terms and amount.
fn check_fields<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    fields: &OrderFields,
    purse: Option<Micro>,
) -> Result<(), OrderRefusal> {
    let currency = in_force
        .body()
        .currency(fields.currency)
        .ok_or(OrderRefusal::Unsupported)?;
    if issuer.sandbox().is_none() {
        return Err(OrderRefusal::Unsupported);
    }
    if fields.terms != in_force.body().terms.sha256 {
        return Err(OrderRefusal::TermsChanged);
    }
    if fields.amount.units(currency.unit()).is_none() || fields.amount < currency.smallest_mix() {
        return Err(OrderRefusal::AmountInvalid);
    }
    if fields.amount > purse.unwrap_or(currency.pocket_max()) {
        return Err(OrderRefusal::PocketLimit);
    }
    Ok(())
}

fn new_order<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    fields: &OrderFields,
    id: OrderId,
    pocket: bool,
    now: Timestamp,
) -> Result<NewOrder, OrderRefusal> {
    let quote = secret::<16>(issuer.random())
        .map_err(|_| OrderRefusal::Internal("no randomness for a quote"))?;
    let expiry = now.plus(issuer.config().limits().quote_seconds);
    let quote = Quote::new(
        QuoteId::new(*quote),
        expiry,
        fields.amount,
        Micro::ZERO,
        Micro::ZERO,
    )
    .ok_or(OrderRefusal::AmountInvalid)?;
    let terms = issuer.config().terms();
    let disclosure = DisclosureClaims {
        issuer: issuer.id().clone(),
        iat: now,
        exp: expiry,
        quote: quote.id(),
        order: id,
        currency: fields.currency,
        total: quote.total(),
        value: quote.value(),
        fees: vec![Fee {
            kind: "load".to_owned(),
            amount: quote.fee(),
        }],
        tax: quote.tax(),
        terms: in_force.body().terms.clone(),
        expiry: terms.expiry.clone(),
        cash_out: terms.cash_out.clone(),
        sandbox: issuer.config().sandbox(),
    };
    let disclosure = in_force
        .signer(now)
        .ok_or(OrderRefusal::KeyLacking)?
        .sign(jws::DISCLOSURE, &disclosure.to_json())
        .ok_or(OrderRefusal::Internal("a disclosure was not signed"))?;
    Ok(NewOrder {
        promo: None,
        id,
        claim: ClaimKey::new(*fields.claim.bytes()),
        binding: fields.binding(issuer.id()),
        currency: fields.currency,
        quote,
        pocket,
        disclosure: disclosure.into_bytes(),
    })
}

/// The answer made from what is recorded, so that a repeated request gets the same disclosure.
fn response<L: Ledger>(issuer: &Issuer<L>, order: &Order) -> OrderResponse {
    let id = order.terms.id;
    OrderResponse {
        order: id,
        state: order.state(issuer.now()).word().to_owned(),
        disclosure: String::from_utf8_lossy(&order.terms.disclosure).into_owned(),
        checkout: format!("{}/checkout/{}", issuer.id().as_str(), id.to_b64u()),
    }
}
