//! restore: evaluates again what was evaluated before (spec section 10, R35).

use crate::issuer::Issuer;
use farthing_core::request::{RestoreRequest, RestoreResponse};
use farthing_ledger::{Element, Ledger, StoreError};
use std::sync::Arc;

/// Why nothing is restored. Nothing changes either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreRefusal {
    /// The keyset is not this issuer's.
    KeysetUnknown,
    /// Another replica has made the key, and it has not come here yet.
    KeyLacking,
    /// The ledger could not be asked.
    Store(StoreError),
    /// A fault of the issuer.
    Internal(&'static str),
}

/// Evaluates those of the elements that the ledger knows as evaluated. No value comes of it: whoever asks had the
/// evaluation, or the elements' owner had it.
///
/// # Errors
/// [`RestoreRefusal`].
pub async fn restore<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    request: RestoreRequest,
) -> Result<RestoreResponse, RestoreRefusal> {
    let in_force = issuer.in_force();
    let keyset = request.keyset;
    let denomination = match in_force.mint(&keyset) {
        Some(mint) => mint.keyset().denomination(),
        None if in_force.lacks_one([&keyset]) => return Err(RestoreRefusal::KeyLacking),
        None => return Err(RestoreRefusal::KeysetUnknown),
    };
    let elements = request.elements.iter();
    let elements = elements.map(|e| Element::new(keyset, denomination, e.bytes()));
    let issued = issuer
        .ledger()
        .evaluated(elements.collect())
        .await
        .map_err(RestoreRefusal::Store)?;
    if !issued.contains(&true) {
        return Ok(RestoreResponse {
            issued,
            evaluation: None,
        });
    }
    let binding = request.binding(issuer.id());
    let evaluate = {
        let issued = issued.clone();
        move || {
            let known = request.elements.iter().zip(issued);
            let known: Vec<_> = known.filter_map(|(e, is)| is.then_some(e)).collect();
            in_force.mint(&keyset)?.evaluate(&binding, &known).ok()
        }
    };
    let evaluation = issuer.compute().run(evaluate).await.ok().flatten();
    let failed = RestoreRefusal::Internal("elements were not evaluated again");
    Ok(RestoreResponse {
        issued,
        evaluation: Some(evaluation.ok_or(failed)?),
    })
}
