//! The sandbox provider's checkout: says what the load costs, takes yes or no, and shows the way back.

mod pages;

use super::refusal::Refusal;
use super::{Shared, body, page};
use crate::issuer::Issuer;
use crate::payment::Notice;
use crate::usecase::settle::{self, SettleRefusal};
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_core::id::OrderId;
use farthing_ledger::{Ledger, Order, OrderState};
use std::sync::Arc;

const NO_ORDER: &str = "There is no such order. Nothing was charged.";

/// `GET /checkout/{id}`
pub(in crate::http) async fn show<L: Ledger>(
    State(service): Shared<L>,
    Path(id): Path<String>,
) -> Response {
    let issuer = &service.issuer;
    match find(issuer, &id).await {
        Ok(Some(order)) => pages::render(issuer, &order),
        Ok(None) => page::not_found(NO_ORDER),
        Err(response) => response,
    }
}

/// `GET /checkout/{id}/later`: the reader did not decide.
pub(in crate::http) async fn later<L: Ledger>(
    State(service): Shared<L>,
    Path(id): Path<String>,
) -> Response {
    let issuer = &service.issuer;
    match find(issuer, &id).await {
        Ok(Some(order)) if order.state(issuer.now()) == OrderState::Quoted => {
            pages::not_now(issuer, &order)
        }
        Ok(Some(order)) => pages::render(issuer, &order),
        Ok(None) => page::not_found(NO_ORDER),
        Err(response) => response,
    }
}

/// `POST /checkout/{id}`: the form.
pub(in crate::http) async fn decide<L: Ledger>(
    State(service): Shared<L>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let issuer = &service.issuer;
    let (headers, bytes) = match body::form(request).await {
        Ok(form) => form,
        Err(refusal) => return pages::refused(issuer, &refusal),
    };
    let order = match find(issuer, &id).await {
        Ok(Some(order)) if issuer.sandbox().is_some() => order,
        Ok(_) => return page::not_found(NO_ORDER),
        Err(response) => return response,
    };
    let id = order.terms.id;
    match decision(&headers, &bytes) {
        Some(Decision::Approve) => match settle::charge(issuer, id).await {
            Ok(notice) => settled(issuer, id, notice).await,
            Err(refusal) => failed(issuer, id, &refusal),
        },
        Some(Decision::Decline) => settled(issuer, id, Notice::Declined { order: id }).await,
        Some(Decision::Later) => see_other(&format!("/checkout/{}/later", id.to_b64u())),
        None => pages::refused(issuer, &Refusal::NotFound),
    }
}

enum Decision {
    Approve,
    Decline,
    Later,
}

/// Another site's form is not the reader's press of the button.
fn decision(headers: &HeaderMap, form: &Bytes) -> Option<Decision> {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin") {
        return None;
    }
    match &form[..] {
        b"decision=approve" => Some(Decision::Approve),
        b"decision=decline" => Some(Decision::Decline),
        b"decision=later" => Some(Decision::Later),
        _ => None,
    }
}

/// The provider gives notice over HTTP; the return settles too, and whichever is second changes nothing.
async fn settled<L: Ledger>(issuer: &Arc<Issuer<L>>, id: OrderId, notice: Notice) -> Response {
    let delivery = issuer
        .sandbox()
        .and_then(|sandbox| sandbox.deliver(&notice, issuer.now()));
    if let Some(delivery) = delivery {
        tokio::task::spawn_blocking(move || {
            if !delivery.send() {
                tracing::warn!("the sandbox's notice was not taken");
            }
        });
    }
    match settle::settle(issuer, notice).await {
        Ok(_) => see_other(&format!("/checkout/{}", id.to_b64u())),
        Err(refusal) => failed(issuer, id, &refusal),
    }
}

fn failed<L: Ledger>(issuer: &Issuer<L>, id: OrderId, refusal: &SettleRefusal) -> Response {
    match refusal {
        // The order's own page says what became of it.
        SettleRefusal::OrderUnknown
        | SettleRefusal::CurrencyMismatch
        | SettleRefusal::Settle(
            farthing_ledger::SettleError::AmountMismatch
            | farthing_ledger::SettleError::Conflict
            | farthing_ledger::SettleError::Declined
            | farthing_ledger::SettleError::Expired
            | farthing_ledger::SettleError::ReferenceUsed
            | farthing_ledger::SettleError::Unknown,
        )
        | SettleRefusal::Decline(
            farthing_ledger::DeclineError::Conflict | farthing_ledger::DeclineError::Unknown,
        ) => see_other(&format!("/checkout/{}", id.to_b64u())),
        SettleRefusal::Store(error)
        | SettleRefusal::Settle(farthing_ledger::SettleError::Store(error))
        | SettleRefusal::Decline(farthing_ledger::DeclineError::Store(error)) => {
            tracing::error!(%error, "ledger");
            pages::unavailable(issuer, id)
        }
    }
}

async fn find<L: Ledger>(issuer: &Issuer<L>, id: &str) -> Result<Option<Order>, Response> {
    let Some(id) = OrderId::parse(id) else {
        return Ok(None);
    };
    issuer.ledger().order(id).await.map_err(|error| {
        tracing::error!(%error, "ledger");
        pages::unavailable(issuer, id)
    })
}

/// After a form the reader's browser asks anew, so that a reload sends nothing twice; the fragment goes along.
fn see_other(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => page::not_found(NO_ORDER),
    }
}
