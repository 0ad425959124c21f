//! For whoever watches over the process.

use super::Shared;
use super::refusal::Refusal;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use farthing_ledger::Ledger;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the ledger answers, and holds the manifest that is in force.
pub(super) async fn ready<L: Ledger>(State(service): Shared<L>) -> Response {
    match service.issuer.ledger().newest_manifest().await {
        Ok(Some(newest)) if newest.n >= service.issuer.body().n => "ok\n".into_response(),
        Ok(_) => Refusal::Overloaded.into_response(),
        Err(error) => Refusal::Store(error).into_response(),
    }
}
