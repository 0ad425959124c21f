//! find: what became of an order, for whoever has its claim key (spec section 10, R36).

use crate::issuer::Issuer;
use farthing_core::request::{FindRequest, FindResponse, order_id};
use farthing_ledger::{Ledger, StoreError};
use std::sync::Arc;

/// Why nothing is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindRefusal {
    /// The claim key did not sign the request.
    Signature,
    /// No order was made with that key.
    Unknown,
    /// The ledger could not be asked.
    Store(StoreError),
    /// A fault of the issuer.
    Internal(&'static str),
}

/// Tells how the order under a claim key stands.
///
/// # Errors
/// [`FindRefusal`].
pub async fn find<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    request: FindRequest,
) -> Result<FindResponse, FindRefusal> {
    let FindRequest { claim, signature } = request;
    let check = {
        let ops = Arc::clone(issuer.in_force().keys().ops());
        let binding = FindRequest::binding(issuer.id(), &claim);
        move || ops.verify(&claim, binding.bytes(), &signature)
    };
    let signed = issuer.compute().run(check).await.ok();
    let unchecked = FindRefusal::Internal("the signature was not checked");
    if !signed.and_then(Result::ok).ok_or(unchecked)? {
        return Err(FindRefusal::Signature);
    }
    let id = order_id(issuer.id(), &claim);
    let order = issuer.ledger().order(id).await;
    let order = order
        .map_err(FindRefusal::Store)?
        .ok_or(FindRefusal::Unknown)?;
    Ok(FindResponse {
        order: id,
        state: order.state(issuer.now()).word().to_owned(),
        currency: order.terms.currency,
        value: order.terms.quote.value(),
        unminted: order.account.unminted,
        pouches: order.next_pouch,
        disclosure: String::from_utf8_lossy(&order.terms.disclosure).into_owned(),
    })
}
