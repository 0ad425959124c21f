//! promo: gives a reader what a publisher gives to whoever asks (spec section 10).

use crate::issuer::Issuer;
use crate::random::secret;
use farthing_core::id::QuoteId;
use farthing_core::money::Micro;
use farthing_core::request::{PromoRequest, PromoResponse};
use farthing_ledger::{ClaimKey, GrantPromoError, Ledger, NewOrder, PromoGrant, Quote, StoreError};
use std::sync::Arc;

/// Why nothing is given. Nothing was recorded, except that after a failed store the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromoRefusal {
    /// The claim key did not sign the request.
    Signature,
    /// The publisher is not registered, or gives nothing.
    PublisherUnknown,
    /// Not what the publisher gives.
    AmountInvalid,
    /// The ledger refused.
    Grant(GrantPromoError),
    /// The ledger could not be asked.
    Store(StoreError),
    /// A fault of the issuer.
    Internal(&'static str),
}

/// Gives starter value. The same request gets the same order, whatever has changed since.
///
/// # Errors
/// [`PromoRefusal`].
pub async fn promo<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    request: PromoRequest,
) -> Result<PromoResponse, PromoRefusal> {
    let fields = request.fields().clone();
    let (id, binding) = (fields.order_id(issuer.id()), fields.binding(issuer.id()));
    let check = {
        let ops = Arc::clone(issuer.in_force().keys().ops());
        move || {
            ops.verify(
                &request.fields().claim,
                binding.bytes(),
                request.signature(),
            )
        }
    };
    let signed = issuer.compute().run(check).await.ok();
    let unchecked = PromoRefusal::Internal("the signature was not checked");
    if !signed.and_then(Result::ok).ok_or(unchecked)? {
        return Err(PromoRefusal::Signature);
    }
    let known = issuer.ledger().order(id).await;
    if let Some(known) = known.map_err(PromoRefusal::Store)? {
        return if known.terms.binding == binding {
            Ok(PromoResponse { order: id })
        } else {
            Err(PromoRefusal::Grant(GrantPromoError::Conflict))
        };
    }
    let in_force = issuer.in_force();
    let given = in_force
        .promo(&fields.publisher)
        .filter(|given| given.grant > Micro::ZERO);
    let per_day = issuer
        .config()
        .promo(&fields.publisher)
        .map(|promo| promo.per_day.get());
    let (Some(given), Some(per_day)) = (given, per_day) else {
        return Err(PromoRefusal::PublisherUnknown);
    };
    let publisher = issuer.ledger().publisher(fields.publisher.clone()).await;
    if publisher.map_err(PromoRefusal::Store)?.is_none() {
        return Err(PromoRefusal::PublisherUnknown);
    }
    if (given.currency, given.grant) != (fields.currency, fields.amount) {
        return Err(PromoRefusal::AmountInvalid);
    }
    let now = issuer.now();
    let quote = secret::<16>(issuer.random())
        .map_err(|_| PromoRefusal::Internal("no randomness for a quote"))?;
    let expiry = now.plus(issuer.config().limits().quote_seconds);
    let quote = Quote::new(
        QuoteId::new(*quote),
        expiry,
        fields.amount,
        Micro::ZERO,
        Micro::ZERO,
    );
    let grant = PromoGrant {
        order: NewOrder {
            id,
            claim: ClaimKey::new(*fields.claim.bytes()),
            binding,
            currency: fields.currency,
            quote: quote.ok_or(PromoRefusal::AmountInvalid)?,
            pocket: true,
            promo: Some(fields.publisher),
            disclosure: Vec::new(),
        },
        per_day,
        now,
    };
    let granted = issuer.ledger().grant_promo(grant).await;
    granted.map_err(PromoRefusal::Grant)?;
    Ok(PromoResponse { order: id })
}
