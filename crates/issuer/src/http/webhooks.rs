//! Notices of payment providers.

use super::refusal::Refusal;
use super::{Shared, answer, body};
use crate::payment::{Notice, Sandbox};
use crate::usecase;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use farthing_ledger::Ledger;

/// `POST /v1/webhooks/{provider}`
pub(super) async fn receive<L: Ledger>(
    State(service): Shared<L>,
    Path(provider): Path<String>,
    request: Request,
) -> Response {
    let receive = async {
        let issuer = &service.issuer;
        let sandbox = issuer.sandbox().filter(|_| provider == Sandbox::NAME);
        let sandbox = sandbox.ok_or(Refusal::NotFound)?;
        let (headers, bytes) = body::json(request).await?;
        let header = |name| one(&headers, name).ok_or(Refusal::WebhookSignature);
        let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
        let signatures = header("webhook-signature")?;
        // Nothing in the body is looked at before it is known to be the provider's.
        if !sandbox.verify(id, timestamp, signatures, &bytes, issuer.now()) {
            return Err(Refusal::WebhookSignature);
        }
        let notice = Notice::parse(&bytes)?;
        usecase::settle::settle(issuer, notice)
            .await
            .map_err(Refusal::Settle)?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    answer(receive.await)
}

/// A header that stands there exactly once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        None
    } else {
        value.to_str().ok()
    }
}
